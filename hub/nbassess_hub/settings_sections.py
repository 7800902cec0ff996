"""The sections of the settings: every key with its default, bounds and meaning."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

T = TypeVar("T")


def _setting(default: T, about: str, *, at_least: float | None = None, at_most: float | None = None) -> T:
    """Declare one setting; the dataclass machinery sees a field, the type checker sees its value."""
    declared: Any = field(default=default, metadata={"about": about, "at_least": at_least, "at_most": at_most})
    return declared  # type: ignore[no-any-return] # a dataclass field stands in for its value until the class is made


def _port(default: int, about: str) -> int:
    return _setting(default, about, at_least=1, at_most=65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Which nbassess this is, and where it keeps its state."""

    name: str = _setting("nbassess", "Prefix of the names of network, containers, images and firewall chains.")
    state_dir: str = _setting("/var/lib/nbassess", "Directory of databases, secrets, logs and work volumes.")
    public_url: str = _setting("http://127.0.0.1:8000", "Address that people open in their browser.")
    production: bool = _setting(False, "People's real sittings: refuses what is for trying out only, as SQLite.")
    listen: str = _setting(
        "", "host:port the proxy listens on; empty: as in public_url. Set it when TLS ends in front of nbassess."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """JupyterHub and its proxy."""

    port: int = _port(8081, "Port of the hub's API, on the address that notebook containers can reach.")
    proxy_api_port: int = _port(8001, "Port of the proxy's own API, on 127.0.0.1 only.")
    auth_cache_s: int = _setting(
        43_200,
        "How long a login is good for, also while the hub is away; an assessment must be an hour shorter.",
        at_least=7200,
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting("INFO", "What the hub's log shows.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assessment service."""

    port: int = _port(8090, "Port of the service, on the address that notebook containers can reach.")
    database_url: str = _setting("", "SQLAlchemy URL; empty: an SQLite file in state_dir.")
    grace_s: int = _setting(
        5, "Seconds after the deadline in which typing that was under way is still taken.", at_least=0
    )
    contact: str = _setting("", "Whom candidates ask for help or an accommodation; empty: the person who invited them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The network of notebook containers (mode docker)."""

    subnet: str = _setting(
        "172.30.0.0/24", "IPv4 subnet; its first address is the gateway, where hub and service listen."
    )
    bridge: str = _setting("nbassess0", "Name of the bridge interface on the host, at most 15 characters.")

    @property
    def gateway(self) -> str:
        """Return the address of the host on the containers' network."""
        return str(next(ipaddress.IPv4Network(self.subnet).hosts()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spawn:
    """How notebook servers are started."""

    mode: Literal["docker", "local"] = _setting(
        "docker", "docker: one hardened container each. local: bubblewrap processes, for trying out only."
    )
    candidate_image: str = _setting("", "Image of candidates' servers; empty: <instance name>/candidate:latest.")
    analyst_image: str = _setting(
        "", "Image of reviewers' and managers' servers; empty: <instance name>/analyst:latest."
    )
    start_timeout_s: int = _setting(60, "Seconds a server may take until it answers.", at_least=5)
    threads: int = _setting(8, "Calls to the Docker engine that may be under way at once.", at_least=2, at_most=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one notebook server may use."""

    memory_bytes: int = _setting(1024**3, "Memory; swap is never added to it.", at_least=128 * 1024**2)
    cpu_cores: float = _setting(1.0, "Processor cores.", at_least=0.1)
    pids: int = _setting(256, "Processes and threads, the server's own included.", at_least=64)
    kernel_processes: int = _setting(160, "Processes and threads of the candidate's own code.", at_least=16)
    tmpfs_bytes: int = _setting(64 * 1024**2, "Size of /tmp and of the kernel's home, each.", at_least=1024**2)
    work_bytes: int = _setting(
        256 * 1024**2, "Size of the work volume, taken from the disk when its server starts.", at_least=16 * 1024**2
    )
    nofile: int = _setting(4096, "Open files per process.", at_least=256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of the state directory."""

    warn_percent: int = _setting(80, "From this share in use, staff and the log are warned.", at_least=1, at_most=100)
    refuse_percent: int = _setting(
        95, "From this share in use, no new sitting starts; saving and submitting go on.", at_least=1, at_most=100
    )
    reserve_bytes: int = _setting(
        256 * 1024**2, "Kept free for recordings and submissions when the disk is full; 0: nothing.", at_least=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Where finished recordings are sealed to, and what is published about all of them."""

    url: str = _setting(
        "", "Folder, or URL of a place that fsspec knows (s3://...), of sealed recordings; empty: one in state_dir."
    )
    keep_rows_days: int = _setting(
        1, "Days for which a sealed recording stays in the database as well.", at_least=0, at_most=36_500
    )
    publish_heads_to: str = _setting(
        "", "Folder or URL on another system that gets a signed file with the heads of each day; empty: none."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The grading workers and their sandbox."""

    sandbox: Literal["bubblewrap"] = _setting("bubblewrap", "What keeps graded code away from the host.")
    rootfs: str = _setting(
        "", "Directory graded code sees as /: the exported candidate image; empty: the host, read-only."
    )
    workers: int = _setting(1, "Grading processes.", at_least=0, at_most=64)
    memory_bytes: int = _setting(1024**3, "Memory of graded code.", at_least=128 * 1024**2)
