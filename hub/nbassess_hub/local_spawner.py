"""Notebook servers without a Docker engine: processes inside bubblewrap, for trying nbassess out.

The person's code sees the system read-only, an empty /tmp, its own two directories and nothing else of the host's
files: no home directories, no state directory, no problem library. What is missing compared with containers is said in
`LOCAL_MODE_WARNING`, which every page of an instance in mode local shows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner  # type: ignore[import-untyped] # it ships no types
from traitlets import Instance, default

from nbassess_hub.child import record_process
from nbassess_hub.container import (
    ANALYST_HOME,
    ANALYST_LANDING,
    CANDIDATE_LANDING,
    JOURNAL_DIR,
    WORK_DIR,
    Zone,
    server_environment,
)
from nbassess_hub.errors import SpawnError
from nbassess_hub.readiness import Stages, wait_until_ready
from nbassess_hub.settings import Settings
from nbassess_hub.spawner import refuse_options, zone_for
from nbassess_hub.volume import DirectoryVolumes, Volume

LOCAL_MODE_WARNING = (
    "This instance runs in mode local, for trying out: notebook servers are ordinary processes of this machine, whose "
    "code can use its network and processor without limit and can read the server's token. Do not assess anybody here."
)
_SANDBOX_ID = "1000"
_HOME = "/home/candidate"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_CONFIGURATION = ("alternatives", "fonts", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "resolv.conf")
_PACKAGES = {
    Zone.CANDIDATE: ("nbassess_events", "nbassess_recorder"),
    Zone.ANALYST: ("nbassess_events", "nbassess_dashboards"),
}


def bubblewrap_command(*, zone: Zone, volume: Volume, read_only: Iterable[Path]) -> list[str]:
    """Return the words before the server's own command; `read_only` is shown at the place where it is."""
    words = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    words += ["--uid", _SANDBOX_ID, "--gid", _SANDBOX_ID, "--cap-drop", "ALL", "--hostname", "notebook"]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home", "--dir", "/run/nbassess"]  # noqa: S108 - inside
    for name in _CONFIGURATION:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for path in read_only:
        words += (
            ["--symlink", str(path.readlink()), str(path)] if path.is_symlink() else ["--ro-bind", str(path), str(path)]
        )
    if zone is Zone.CANDIDATE:
        words += ["--dir", _HOME, "--bind", str(volume.work), WORK_DIR, "--bind", str(volume.journal), JOURNAL_DIR]
        return [*words, "--chdir", WORK_DIR, "--"]
    return [*words, "--bind", str(volume.work), ANALYST_HOME, "--chdir", ANALYST_HOME, "--"]


def visible_paths(zone: Zone) -> list[Path]:
    """Return what of the host a server in `zone` may read: the system, this Python, and its own packages of ours."""
    system = [Path(name) for name in _SYSTEM if Path(name).exists()]
    packages = [path for name in _PACKAGES[zone] if (path := _package(name)) is not None]
    outside = [path for path in (Path(sys.base_prefix), Path(sys.prefix), *packages) if not path.is_relative_to("/usr")]
    inside_prefix = Path(sys.prefix)
    return system + [path for path in outside if path == inside_prefix or not path.is_relative_to(inside_prefix)]


def server_command(zone: Zone) -> list[str]:
    """Return what the image of that zone would run."""
    if zone is Zone.ANALYST:
        return [f"{sys.prefix}/bin/jupyterhub-singleuser", "--ServerApp.terminals_enabled=False"]
    package = _package("nbassess_recorder")
    if package is None:
        raise SpawnError("nbassess-recorder is not installed beside the hub; mode local needs it: run `uv sync`")
    return [sys.executable, "-I", "-S", str(package / "entry.py"), "jupyterhub-singleuser"]


class LocalSittingSpawner(LocalProcessSpawner):  # type: ignore[misc] # JupyterHub carries no types
    """One bubblewrap sandbox per person, on 127.0.0.1 and a free port."""

    settings = Instance(Settings, help="The settings of this instance.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        """Read the traits; nothing is started yet."""
        super().__init__(**kwargs)
        self.stages = Stages()

    @default("env_keep")
    def _keep_nothing(self) -> list[str]:
        return []

    async def start(self) -> tuple[str, int]:
        """Start the sandbox and return once the server answers."""
        refuse_options(self)
        zone = zone_for(self)
        self.stages = Stages()
        self.stages.say(5, "Preparing your workspace…")
        volume = DirectoryVolumes(root=self.settings.layout.volumes).up(self.user.name)
        self._prepare(zone, volume)
        self.stages.say(30, "Starting your notebook server…")
        ip, port = await super().start()
        record_process(self._pid_file, self.pid)
        self.stages.say(60, "Opening your notebooks…")
        url = f"http://{ip}:{port}{self.server.base_url}api"
        await wait_until_ready(url, died=self._died, timeout_s=self.settings.spawn.start_timeout_s)
        self.stages.say(95, "Ready.")
        return ip, port

    async def stop(self, now: bool = False) -> None:
        """End everything in the sandbox; Jupyter would answer an interrupt with a question nobody sees."""
        await super().stop(now=True)
        self._pid_file.unlink(missing_ok=True)

    async def progress(self) -> AsyncIterator[dict[str, object]]:
        """Yield what the waiting page shows."""
        async for event in self.stages.follow():
            yield event

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the server's environment; there is no account on this machine to take any of it from."""
        zone = zone_for(self)
        env.pop("JPY_API_TOKEN", None)
        env |= {
            "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": _HOME if zone is Zone.CANDIDATE else ANALYST_HOME,
            "USER": "candidate" if zone is Zone.CANDIDATE else "analyst",
            "LANG": "C.UTF-8",
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return env | server_environment(self.settings, zone, kernel_uid=None)

    def make_preexec_fn(self, name: str) -> Callable[[], None] | None:
        """Return nothing: the sandbox changes the user, not the hub."""
        return None

    def _prepare(self, zone: Zone, volume: Volume) -> None:
        if zone is Zone.ANALYST:
            _lay_out_dashboards(volume.work)
        self.port = 0
        self.cmd = [*bubblewrap_command(zone=zone, volume=volume, read_only=visible_paths(zone)), *server_command(zone)]
        self.notebook_dir = WORK_DIR if zone is Zone.CANDIDATE else ANALYST_HOME
        self.default_url = CANDIDATE_LANDING if zone is Zone.CANDIDATE else ANALYST_LANDING
        self.settings.layout.logs.mkdir(parents=True, exist_ok=True)
        log = (self.settings.layout.logs / f"server-{self.user.name}.log").open("ab")
        self.popen_kwargs = {"stdout": log, "stderr": log}

    @property
    def _pid_file(self) -> Path:
        run = self.settings.layout.run
        run.mkdir(parents=True, exist_ok=True)
        return run / f"server-{self.user.name}.pid"

    async def _signal(self, sig: int) -> bool:
        try:
            os.killpg(self.pid, sig)
        except ProcessLookupError:
            return False
        return True

    async def _died(self) -> str | None:
        status = await self.poll()
        return None if status is None else f"exit code {status}"


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _lay_out_dashboards(home: Path) -> None:
    package = _package("nbassess_dashboards")
    shipped = package.parent / "dashboards" if package is not None else None
    if shipped is None or not shipped.is_dir():
        return
    for source in shipped.glob("*.ipynb"):
        target = home / "dashboards" / source.name
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            target.write_bytes(source.read_bytes())
