"""All processes of the control plane on one host, started and ended together.

    proxy     the public entrance; knows no secrets of people, only routes
    service   assessments, events, submissions, reports
    hub       people, tokens, notebook servers
    archivist seals finished recordings
    worker-N  grading

Each is a process of its own with its own log, and each may be restarted while the others and the notebook servers go
on: `restart("hub")` does not end anybody's kernel. In mode docker the network and the firewall are built first, because
hub and service listen on the network's gateway. Used by the command line, `make demo` and the end-to-end tests; a
larger site runs the same commands from its own process supervisor.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx
from docker import APIClient
from docker.errors import DockerException

from nbassess_hub.child import Child, end_group, recorded_process
from nbassess_hub.errors import StackError
from nbassess_hub.images import image_tag, in_checkout
from nbassess_hub.network import Fence, firewall_down, firewall_up, network_down, network_up
from nbassess_hub.notebook_servers import end_notebook_servers
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import ENVIRONMENT_PREFIX, FILE_VARIABLE, SERVICE_PREFIX, Settings, as_toml

_CHECKOUT = Path(__file__).resolve().parents[2]
_PROXY_PROGRAM = "configurable-http-proxy"
_START_PATIENCE_S = 90.0
_SERVER_ERROR = 500


class Stack:
    """Start, restart and end the control plane of one instance; a context manager, too."""

    def __init__(self, settings: Settings, *, without: Collection[str] = ()) -> None:
        """Describe the processes, but for those in `without`, which run elsewhere; nothing runs before `start`."""
        self.settings = settings = with_images(settings)
        self._lock: IO[str] | None = None
        children = [_proxy(settings), _service(settings), _hub(settings), _archivist(settings)]
        children += [_worker(settings, number) for number in range(1, settings.grading.workers + 1)]
        self.children: Mapping[str, Child] = {child.name: child for child in children if child.name not in without}

    def start(self, timeout_s: float = _START_PATIENCE_S) -> None:
        """Build the network, start every process and return when all of them answer.

        Raises:
            StackError: one of them did not start; everything this call started has been ended again.
        """
        self.prepare()
        try:
            for child in self.children.values():
                child.start()
                if child.name == "proxy":  # the hub asks it for routes as soon as it is up
                    child.wait_ready(timeout_s)
            for child in self.children.values():
                child.wait_ready(timeout_s)
        except BaseException:
            self._end_processes()
            self._release()
            raise

    def check(self) -> None:
        """Raise when a process has died.

        Raises:
            StackError: the message names it and carries the end of its log.
        """
        for child in self.children.values():
            child.check()

    def restart(self, name: str, timeout_s: float = _START_PATIENCE_S) -> None:
        """End one process if it runs, start it again and wait until it answers; the others go on."""
        child = self.children[name]
        child.stop()
        child.start()
        child.wait_ready(timeout_s)
        if name == "proxy":
            self._tell_hub_about_proxy()

    def stop(self, *, end_servers: bool = True) -> None:
        """End every process; with `end_servers` also all notebook servers, the network and the firewall rules.

        What people wrote stays in the state directory.
        """
        self._end_processes()
        try:
            if end_servers:
                take_down(self.settings)
        finally:
            self._release()

    def __enter__(self) -> Stack:
        """Start everything."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything, notebook servers included."""
        self.stop()

    def prepare(self) -> None:
        """Make directories, secrets, network and firewall; `start` does it where it has not been done.

        Raises:
            StackError: another stack holds this state directory, or the Docker engine does not answer.
        """
        if self._lock is not None:
            return
        layout = self.settings.layout
        for directory in (layout.root, layout.logs, layout.run, layout.volumes):
            directory.mkdir(mode=0o711 if directory == layout.root else 0o700, parents=True, exist_ok=True)
        for secret in Secret:
            read_or_create(layout.secrets, secret)
        self._lock = _hold_lock(layout.run / "stack.lock")
        _settings_file(self.settings).write_text(as_toml(self.settings), encoding="utf-8")
        if self.settings.spawn.mode == "docker":
            fence = Fence.of(self.settings)
            with closing(_engine()) as engine:
                network_up(engine, fence)
            firewall_up(fence)

    def _end_processes(self) -> None:
        for child in reversed(list(self.children.values())):
            child.stop()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _tell_hub_about_proxy(self) -> None:
        token = read_or_create(self.settings.layout.secrets, Secret.STACK_TOKEN)
        try:
            answer = httpx.post(
                f"{self.settings.hub_api_url}/proxy", headers=_bearer(token), timeout=30.0, trust_env=False
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise StackError(f"the hub did not restore the proxy's routes ({error}); restart the hub") from error


def with_images(settings: Settings) -> Settings:
    """Return the settings with the images named: in a checkout, those that this very checkout builds."""
    spawn = settings.spawn
    if spawn.mode == "local" or not in_checkout() or (spawn.candidate_image and spawn.analyst_image):
        return settings
    named = replace(
        spawn,
        candidate_image=image_tag("candidate", configured=spawn.candidate_image),
        analyst_image=image_tag("analyst", configured=spawn.analyst_image),
    )
    return replace(settings, spawn=named)


def take_down(settings: Settings) -> list[str]:
    """End what a stack of this instance left behind: processes, notebook servers, network and firewall rules."""
    ended = []
    for pid_file in sorted(settings.layout.run.glob("*.pid")):
        pid = recorded_process(pid_file)
        if pid is not None and not pid_file.name.startswith("server-"):
            end_group(pid, lambda file=pid_file: recorded_process(file) is None)  # type: ignore[misc] # bound per file
            pid_file.unlink(missing_ok=True)
            ended.append(pid_file.stem)
    ended += end_notebook_servers(settings)
    if settings.spawn.mode == "docker":
        fence = Fence.of(settings)
        firewall_down(fence)
        with closing(_engine()) as engine:
            network_down(engine, fence)
    return ended


def proxy_program() -> str:
    """Return the proxy's program: of this checkout, else of the PATH.

    Raises:
        StackError: it is not installed.
    """
    own = _CHECKOUT / "hub/proxy/node_modules/.bin" / _PROXY_PROGRAM
    found = str(own) if own.is_file() else shutil.which(_PROXY_PROGRAM)
    if found is None:
        raise StackError(f"{_PROXY_PROGRAM} is not installed; run `npm ci` (or `npm install`) in hub/proxy")
    return found


def hub_configuration() -> Path:
    """Return the file that the hub is started with.

    Raises:
        StackError: it is not where a checkout has it.
    """
    path = _CHECKOUT / "jupyterhub_config.py"
    if not path.is_file():
        raise StackError(f"{path} does not exist; start nbassess from a checkout")
    return path


def _proxy(settings: Settings) -> Child:
    token = read_or_create(settings.layout.secrets, Secret.PROXY_TOKEN)
    api = f"127.0.0.1:{settings.hub.proxy_api_port}"
    command = [proxy_program(), "--ip", settings.listen_host, "--port", str(settings.listen_port)]
    command += ["--api-ip", "127.0.0.1", "--api-port", str(settings.hub.proxy_api_port)]
    command += ["--error-target", f"http://{settings.control_address}:{settings.hub.port}/hub/error"]
    return _child(
        settings, "proxy", command, _answers(f"http://{api}/api/routes", token), {"CONFIGPROXY_AUTH_TOKEN": token}
    )


def _service(settings: Settings) -> Child:
    address = f"{settings.service_url}{SERVICE_PREFIX}api/health"
    return _child(settings, "service", [sys.executable, "-m", "nbassess_hub.service"], _answers(address))


def _hub(settings: Settings) -> Child:
    command = [sys.executable, "-m", "jupyterhub", "-f", str(hub_configuration())]
    return _child(settings, "hub", command, _answers(f"{settings.hub_api_url}/"))


def _archivist(settings: Settings) -> Child:
    return _child(settings, "archivist", [sys.executable, "-m", "nbassess_hub.sealing.archivist"], lambda: True)


def _worker(settings: Settings, number: int) -> Child:
    command = [sys.executable, "-m", "nbassess_hub.grading.worker"]
    return _child(settings, f"worker-{number}", command, lambda: True)


def _child(
    settings: Settings,
    name: str,
    command: list[str],
    is_ready: Callable[[], bool],
    extra: Mapping[str, str] | None = None,
) -> Child:
    layout = settings.layout
    return Child(
        name=name,
        command=command,
        environment=_environment(settings) | dict(extra or {}),
        log=layout.logs / f"{name}.log",
        pid_file=layout.run / f"{name}.pid",
        is_ready=is_ready,
    )


def _environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with these settings and no others."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith((ENVIRONMENT_PREFIX, "JUPYTERHUB_"))
    }
    return kept | {FILE_VARIABLE: str(_settings_file(settings)), "PYTHONUNBUFFERED": "1"}


def _settings_file(settings: Settings) -> Path:
    return settings.layout.run / "settings.toml"


def _answers(url: str, token: str | None = None) -> Callable[[], bool]:
    def is_ready() -> bool:
        headers = _bearer(token) if token is not None else {}
        try:
            return httpx.get(url, headers=headers, timeout=2.0, trust_env=False).status_code < _SERVER_ERROR
        except httpx.HTTPError:
            return False

    return is_ready


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"token {token}"}


def _hold_lock(path: Path) -> IO[str]:
    file = path.open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StackError(
            f"{path.parent.parent}: another nbassess runs on this state directory; end it first"
        ) from error
    return file


def _engine() -> APIClient:
    try:
        return APIClient(version="auto")
    except DockerException as error:
        raise StackError(
            f"the Docker engine does not answer ({error}); start it, or set spawn.mode to local"
        ) from error
