"""Each configuration function on a bare Config, and the whole file as the hub reads it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from nbassess_hub.authenticator import USERNAME_PATTERN, TicketAuthenticator
from nbassess_hub.configure import (
    configure_access,
    configure_hub,
    configure_proxy,
    configure_services,
    configure_spawner,
)
from nbassess_hub.local_spawner import LocalSittingSpawner
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Instance, Spawn
from nbassess_hub.spawner import SittingSpawner
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(instance=Instance(state_dir=str(tmp_path)))


def test_hub_may_go_and_come_back(settings: Settings) -> None:
    c = Config()
    configure_hub(c, settings)
    assert c.JupyterHub.cleanup_servers is False
    assert c.JupyterHub.cleanup_proxy is False
    assert c.JupyterHub.default_url == "/services/nbassess/"
    assert c.JupyterHub.hub_bind_url == "http://172.30.0.1:8081"
    assert c.JupyterHub.db_url == f"sqlite:///{settings.state_dir}/hub.sqlite"


def test_proxy_is_not_the_hubs_child(settings: Settings) -> None:
    c = Config()
    configure_proxy(c, settings)
    token = read_or_create(settings.layout.secrets, Secret.PROXY_TOKEN)
    assert c.ConfigurableHTTPProxy == {
        "should_start": False,
        "api_url": "http://127.0.0.1:8001",
        "auth_token": token,
    }


def test_people_get_in_by_ticket_only(settings: Settings) -> None:
    c = Config()
    configure_access(c, settings)
    assert c.JupyterHub.authenticator_class is TicketAuthenticator
    assert c.TicketAuthenticator.username_pattern == USERNAME_PATTERN
    assert c.TicketAuthenticator.admin_users == set()
    assert c.JupyterHub.admin_access is False
    assert set(c.JupyterHub.load_groups) == {"candidates", "reviewers", "managers", "coordinators"}
    assert c.JupyterHub.load_roles[0]["name"] == "user"


def test_services_are_known_and_not_started(settings: Settings) -> None:
    c = Config()
    configure_services(c, settings)
    service, operator = c.JupyterHub.services
    assert service["url"] == "http://172.30.0.1:8090"
    assert {"command", "managed"}.isdisjoint(service)
    assert service["oauth_no_confirm"] is True
    assert operator["name"] == "nbassess-stack"
    assert service["api_token"] != operator["api_token"]


def test_docker_spawner_neither_pulls_nor_removes(settings: Settings) -> None:
    c = Config()
    configure_spawner(c, settings)
    assert c.JupyterHub.spawner_class is SittingSpawner
    assert (c.SittingSpawner.pull_policy, c.SittingSpawner.remove) == ("never", False)
    assert c.JupyterHub.allow_named_servers is False
    assert c.Spawner.args == ["--HubOAuth.cache_max_age=43200"]
    assert c.Spawner.disable_user_config is True


def test_mode_local_needs_no_docker(settings: Settings) -> None:
    c = Config()
    local = Settings(instance=settings.instance, spawn=Spawn(mode="local"))
    configure_spawner(c, local)
    configure_hub(c, local)
    assert c.JupyterHub.spawner_class is LocalSittingSpawner
    assert "SittingSpawner" not in c
    assert c.JupyterHub.hub_bind_url == "http://127.0.0.1:8081"


def test_configuration_file_is_a_table_of_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBASSESS_INSTANCE__STATE_DIR", str(tmp_path))
    monkeypatch.delenv("NBASSESS_SETTINGS", raising=False)
    c = PyFileConfigLoader("jupyterhub_config.py", path=str(ROOT)).load_config()
    assert c.JupyterHub.spawner_class is SittingSpawner
    assert c.ConfigurableHTTPProxy.should_start is False
    assert len((ROOT / "jupyterhub_config.py").read_text().splitlines()) <= 45


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    first = read_or_create(tmp_path / "secrets", Secret.ADMIN_TOKEN)
    assert read_or_create(tmp_path / "secrets", Secret.ADMIN_TOKEN) == first
    assert len(bytes.fromhex(first)) == 32
    path = tmp_path / "secrets" / "admin_token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["admin_token"]


def test_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read_or_create(tmp_path, Secret.ADMIN_TOKEN)
    (tmp_path / "admin_token").chmod(0o644)
    with pytest.raises(Exception, match="other users can read this secret"):
        read_or_create(tmp_path, Secret.ADMIN_TOKEN)
