"""Set JupyterHub up from the settings: one function per concern, each of which only sets.

The hub is one of several processes that must be able to restart without each other. So the proxy is not the hub's
child, servers and routes are left alone when the hub goes, and the service is known by address and token only.
"""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from nbassess_hub.authenticator import USERNAME_PATTERN, TicketAuthenticator
from nbassess_hub.local_spawner import LocalSittingSpawner
from nbassess_hub.scopes import CUSTOM_SCOPES, GROUPS, OPERATOR, load_roles
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import SERVICE_NAME, SERVICE_PREFIX, Settings
from nbassess_hub.spawner import SittingSpawner, token_scopes

RESTART_PATIENCE_S = 300
POLL_EVERY_S = 10
_TEMPLATES = Path(__file__).parent / "hub_templates"


def configure_hub(c: Config, settings: Settings) -> None:
    """Place the hub where notebook servers reach it, and let it go and come back without anybody noticing."""
    c.JupyterHub.bind_url = f"http://{settings.listen_host}:{settings.listen_port}"
    c.JupyterHub.public_url = settings.instance.public_url
    c.JupyterHub.hub_bind_url = f"http://{settings.control_address}:{settings.hub.port}"
    c.JupyterHub.hub_connect_ip = settings.control_address
    c.JupyterHub.db_url = f"sqlite:///{settings.layout.hub_database}"
    c.JupyterHub.cookie_secret_file = str(settings.layout.secrets / Secret.COOKIE_SECRET)
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.default_url = SERVICE_PREFIX
    c.JupyterHub.template_paths = [str(_TEMPLATES)]
    c.JupyterHub.log_level = settings.hub.log_level
    c.JupyterHub.pid_file = ""


def configure_proxy(c: Config, settings: Settings) -> None:
    """Use the proxy that runs already."""
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.hub.proxy_api_port}"
    c.ConfigurableHTTPProxy.auth_token = read_or_create(settings.layout.secrets, Secret.PROXY_TOKEN)


def configure_access(c: Config, settings: Settings) -> None:
    """Let people in by ticket, and let nobody do what the scope table does not list."""
    c.JupyterHub.authenticator_class = TicketAuthenticator
    c.TicketAuthenticator.service_api_url = settings.service_api_url
    c.TicketAuthenticator.service_token = read_or_create(settings.layout.secrets, Secret.SERVICE_TOKEN)
    c.TicketAuthenticator.username_pattern = USERNAME_PATTERN
    c.TicketAuthenticator.allow_all = True  # whoever the service vouches for
    c.TicketAuthenticator.admin_users = set()
    c.JupyterHub.admin_access = False
    c.JupyterHub.load_groups = {group: {} for group in GROUPS}
    c.JupyterHub.custom_scopes = {name: {"description": about} for name, about in CUSTOM_SCOPES.items()}
    c.JupyterHub.load_roles = load_roles()
    c.JupyterHub.oauth_token_expires_in = settings.hub.auth_cache_s


def configure_services(c: Config, settings: Settings) -> None:
    """Make the service and the supervisor known; the hub starts neither."""
    secrets = settings.layout.secrets
    c.JupyterHub.services = [
        {
            "name": SERVICE_NAME,
            "url": settings.service_url,
            "api_token": read_or_create(secrets, Secret.SERVICE_TOKEN),
            "oauth_no_confirm": True,
            "display": False,
        },
        {"name": OPERATOR.service, "api_token": read_or_create(secrets, Secret.STACK_TOKEN), "display": False},
    ]


def configure_spawner(c: Config, settings: Settings) -> None:
    """Choose how notebook servers are started, and what each of them is told."""
    spawner = SittingSpawner if settings.spawn.mode == "docker" else LocalSittingSpawner
    c.JupyterHub.spawner_class = spawner
    c[spawner.__name__].settings = settings
    c.Spawner.server_token_scopes = token_scopes
    c.Spawner.cmd = ["jupyterhub-singleuser"]
    c.Spawner.args = [f"--HubOAuth.cache_max_age={settings.hub.auth_cache_s}"]
    c.Spawner.disable_user_config = True
    c.Spawner.start_timeout = settings.spawn.start_timeout_s + 10
    c.Spawner.http_timeout = RESTART_PATIENCE_S  # the spawner waits by itself; this one is for the hub's own restart
    c.Spawner.poll_interval = POLL_EVERY_S  # a dead server is noticed, and started again, within half a minute
    c.JupyterHub.allow_named_servers = False
    c.JupyterHub.implicit_spawn_seconds = 0
    # A start is answered at once: whoever waits sees its progress instead of a silent request.
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
    if spawner is SittingSpawner:
        configure_docker(c, settings)


def configure_docker(c: Config, settings: Settings) -> None:
    """Never pull, never remove, and give containers names that nobody can guess."""
    c.SittingSpawner.pull_policy = "never"
    c.SittingSpawner.remove = False
    c.SittingSpawner.use_internal_ip = True
    c.SittingSpawner.name_key = read_or_create(settings.layout.secrets, Secret.COOKIE_SECRET).encode()
