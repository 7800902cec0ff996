"""Look whether this host can run nbassess, and say what to do where it cannot.

Every check is one function that looks and never changes anything. A check that does not matter in the configured mode
is not made.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound

from nbassess_hub.disk import room_at
from nbassess_hub.errors import HubError
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.settings import Settings
from nbassess_hub.stack import proxy_program

_LEAST_FREE_BYTES = 5 * 1024**3
_LEAST_NODE_MAJOR = 20
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do when that is not enough.

    A check that is not `required` never keeps nbassess from running; something is missing without it.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True


def checks(settings: Settings) -> list[Check]:
    """Make every check that matters for these settings, in the order in which to mend what is wrong."""
    made: list[Callable[[Settings], Check]] = [
        _bubblewrap,
        _node,
        _proxy,
        _disk,
        _disk_use,
        _ports,
        _database,
        _recordings,
        _chromium,
    ]
    if settings.spawn.mode == "docker":
        made = [_root, _engine, _iptables, _loop_devices, _mkfs, *made, _candidate_image, _analyst_image]
    return [check(settings) for check in made]


def _root(_: Settings) -> Check:
    return Check(
        name="root",
        ok=os.geteuid() == 0,
        detail=f"running as uid {os.geteuid()}",
        remedy="start nbassess as root: it mounts work volumes and writes firewall rules; or set spawn.mode to local",
    )


def _engine(_: Settings) -> Check:
    try:
        with closing(docker.from_env()) as engine:
            version = engine.version()["Version"]
    except DockerException as error:
        return Check(
            name="Docker engine",
            ok=False,
            detail=f"does not answer: {error}",
            remedy="install docker.io and start dockerd, or set spawn.mode to local",
        )
    return Check(name="Docker engine", ok=True, detail=f"version {version}")


def _iptables(_: Settings) -> Check:
    path = shutil.which("iptables-restore")
    if path is None:
        return Check(name="firewall", ok=False, detail="no iptables", remedy="install the package iptables")
    listed = subprocess.run(["iptables", "-w", "5", "-n", "-L", "DOCKER-USER"], capture_output=True, check=False)
    return Check(
        name="firewall",
        ok=listed.returncode == 0,
        detail=f"{path}, chain DOCKER-USER {'present' if listed.returncode == 0 else 'missing'}",
        remedy="run as root with a Docker engine that manages iptables (its default)",
    )


def _loop_devices(_: Settings) -> Check:
    ok = Path("/dev/loop-control").exists() and "ext4" in Path("/proc/filesystems").read_text(encoding="ascii")
    return Check(
        name="loop devices",
        ok=ok,
        detail="present, with ext4" if ok else "no /dev/loop-control or no ext4",
        remedy="run `modprobe loop ext4`; in a container or virtual machine, pass the devices through",
    )


def _mkfs(_: Settings) -> Check:
    path = shutil.which("mkfs.ext4")
    return Check(name="mkfs.ext4", ok=path is not None, detail=path or "not found", remedy="install e2fsprogs")


def _bubblewrap(_: Settings) -> Check:
    path = shutil.which("bwrap")
    if path is None:
        return Check(name="bubblewrap", ok=False, detail="not found", remedy="install the package bubblewrap")
    tried = subprocess.run(
        [path, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return Check(
        name="bubblewrap",
        ok=tried.returncode == 0,
        detail=path if tried.returncode == 0 else tried.stderr.strip(),
        remedy="allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, or run as root",
    )


def _node(_: Settings) -> Check:
    path = shutil.which("node")
    version = ""
    if path is not None:
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version.lstrip("v").partition(".")[0]
    return Check(
        name="Node",
        ok=major.isdecimal() and int(major) >= _LEAST_NODE_MAJOR,
        detail=f"{path or 'not found'} {version}".strip(),
        remedy=f"install Node {_LEAST_NODE_MAJOR} or later: the proxy runs on it",
    )


def _proxy(_: Settings) -> Check:
    try:
        return Check(name="proxy", ok=True, detail=proxy_program())
    except HubError as error:
        return Check(name="proxy", ok=False, detail="not installed", remedy=error.message)


def _disk(settings: Settings) -> Check:
    place = next(path for path in (settings.state_dir, *settings.state_dir.parents) if path.exists())
    free_bytes = shutil.disk_usage(place).free
    return Check(
        name="disk",
        ok=free_bytes >= _LEAST_FREE_BYTES,
        detail=f"{free_bytes / 1024**3:.1f} GiB free at {place}",
        remedy=f"free {_LEAST_FREE_BYTES // 1024**3} GiB or put instance.state_dir elsewhere",
    )


def _disk_use(settings: Settings) -> Check:
    used = room_at(settings.state_dir).used_percent
    return Check(
        name="disk use",
        ok=used < settings.disk.warn_percent,
        detail=f"{used:.0f} % in use at {settings.state_dir}",
        remedy=f"make room: no new sitting starts from {settings.disk.refuse_percent} % (disk.refuse_percent)",
        required=False,
    )


def _ports(settings: Settings) -> Check:
    wanted = [
        (settings.listen_host, settings.listen_port),
        ("127.0.0.1", settings.hub.proxy_api_port),
        (settings.control_address, settings.hub.port),
        (settings.control_address, settings.service.port),
    ]
    taken = [f"{host}:{port}" for host, port in wanted if _is_taken(host, port)]
    return Check(
        name="ports",
        ok=not taken,
        detail=f"in use: {', '.join(taken)}" if taken else "free",
        remedy="end what listens there (an nbassess that runs already?), or set other ports",
    )


def _database(settings: Settings) -> Check:
    url = settings.service.database_url
    is_sqlite = not url or url.startswith("sqlite")
    return Check(
        name="database",
        ok=not is_sqlite,
        detail="SQLite: good for trying out" if is_sqlite else url.partition(":")[0],
        remedy="for people's sittings set service.database_url to PostgreSQL and instance.production to true",
        required=False,
    )


def _recordings(settings: Settings) -> Check:
    remedy = "correct recordings.url, or the way and the credentials to it; rows are kept until it can be reached"
    try:
        storage = Storage.of(settings.recordings_url)
        storage.exists("nbassess-doctor")
    except (HubError, OSError) as error:
        return Check(name="recordings", ok=False, detail=str(error), remedy=remedy, required=False)
    return Check(name="recordings", ok=True, detail=storage.shown, required=False)


def _chromium(_: Settings) -> Check:
    path = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    return Check(
        name="Chromium",
        ok=path is not None,
        detail=path or "not found",
        remedy="install chromium to run the browser tests; nothing else needs it",
        required=False,
    )


def _candidate_image(settings: Settings) -> Check:
    return _image("candidate image", settings.candidate_image)


def _analyst_image(settings: Settings) -> Check:
    return _image("analyst image", settings.analyst_image)


def _image(name: str, tag: str) -> Check:
    try:
        with closing(docker.from_env()) as engine:
            engine.images.get(tag)
    except ImageNotFound:
        return Check(name=name, ok=False, detail=f"{tag} is not here", remedy="run `make images`")
    except DockerException as error:
        return Check(name=name, ok=False, detail=str(error), remedy="start the Docker engine")
    return Check(name=name, ok=True, detail=tag)


def _is_taken(host: str, port: int) -> bool:
    """Return whether somebody listens; an address that this host does not have yet counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
