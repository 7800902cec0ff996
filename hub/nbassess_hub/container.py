"""What a notebook server's container is made of, as data.

`container_spec` decides everything that keeps a person's code inside: the spawner only hands the result to Docker. Two
zones exist. In the *candidate* zone the Jupyter server is root without any capability but the three it needs to start a
kernel as somebody else (SETUID, SETGID) and to end it (KILL); the kernel has another uid and nothing. In the *analyst*
zone there is one ordinary user and no capability at all. Everywhere: read-only image, no new privileges, Docker's
default seccomp filter, bounded memory, processes, files and logs, no name resolution, one internal network.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from docker.types import LogConfig, Ulimit

from nbassess_hub.scopes import ANALYST_GROUPS, CANDIDATE_GROUP
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Limits
from nbassess_hub.volume import WORK_GROUP, Volume

WORK_DIR = "/home/work"
JOURNAL_DIR = "/srv/journal"
ANALYST_HOME = "/home/analyst"
ANALYST_ID = 1000
FIRST_KERNEL_UID = 20_000
INSTANCE_LABEL = "nbassess.instance"
CANDIDATE_LANDING = "/lab"
ANALYST_LANDING = "/lab/tree/dashboards/cohort.ipynb"

_CPU_PERIOD_US = 100_000
_MIB = 1024**2


class Zone(StrEnum):
    """Which kind of notebook server a person gets."""

    CANDIDATE = "candidate"
    ANALYST = "analyst"


def zone_of(groups: frozenset[str]) -> Zone | None:
    """Return the zone of a person in these hub groups; none for nobody's and for everybody's groups alike."""
    zones = [Zone.ANALYST] * bool(groups & ANALYST_GROUPS) + [Zone.CANDIDATE] * (CANDIDATE_GROUP in groups)
    return zones[0] if len(zones) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """Arguments of the Docker engine, of the container and of its host configuration, and where the server opens."""

    image: str
    directory: str
    landing: str
    create: dict[str, Any]
    host: dict[str, Any]


def container_spec(
    *, settings: Settings, zone: Zone, network: str, kernel_uid: int, volume: Volume | None
) -> ContainerSpec:
    """Return the whole specification of one person's container; `volume` is the candidate zone's only."""
    if zone is Zone.CANDIDATE:
        if volume is None:
            raise ValueError("a candidate's container needs its work volume")
        return _candidate(settings, network, kernel_uid, volume)
    return _analyst(settings, network)


def server_environment(settings: Settings, zone: Zone, *, kernel_uid: int | None) -> dict[str, str]:
    """Return the variables that nbassess adds to those of the hub; no uid means kernels share the server's."""
    environment = {"NBASSESS_API_URL": settings.service_api_url}
    if zone is Zone.CANDIDATE:
        environment |= {
            "NBASSESS_WORK_DIR": WORK_DIR,
            "NBASSESS_JOURNAL_DIR": JOURNAL_DIR,
            "NBASSESS_KERNEL_NPROC": str(settings.limits.kernel_processes),
        }
        if kernel_uid is not None:
            environment["NBASSESS_KERNEL_UID"] = str(kernel_uid)
    return environment


def _candidate(settings: Settings, network: str, kernel_uid: int, volume: Volume) -> ContainerSpec:
    limits = settings.limits
    host = _bounded(limits, network) | {
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "binds": {
            str(volume.work): {"bind": WORK_DIR, "mode": "rw"},
            str(volume.journal): {"bind": JOURNAL_DIR, "mode": "rw"},
        },
        "tmpfs": {
            "/tmp": _tmpfs(limits.tmpfs_bytes, "noexec,mode=1777"),  # noqa: S108 - the container's own
            "/home/candidate": _tmpfs(limits.tmpfs_bytes, f"uid={kernel_uid},gid={WORK_GROUP},mode=1770"),
            "/srv/server": _tmpfs(32 * _MIB, "noexec,mode=0700"),
            "/run/nb": _tmpfs(4 * _MIB, "noexec,mode=0711"),
            "/run/nbassess": _tmpfs(4 * _MIB, "noexec,mode=0700"),
        },
    }
    create = _created(settings, f"0:{WORK_GROUP}")
    return ContainerSpec(
        image=settings.candidate_image, directory=WORK_DIR, landing=CANDIDATE_LANDING, create=create, host=host
    )


def _analyst(settings: Settings, network: str) -> ContainerSpec:
    limits = settings.limits
    host = _bounded(limits, network) | {
        "cap_add": [],
        "binds": {},
        "tmpfs": {
            "/tmp": _tmpfs(limits.tmpfs_bytes, "noexec,mode=1777"),  # noqa: S108 - the container's own
            ANALYST_HOME: _tmpfs(limits.work_bytes, f"uid={ANALYST_ID},gid={ANALYST_ID},mode=0700"),
        },
    }
    create = _created(settings, f"{ANALYST_ID}:{ANALYST_ID}")
    return ContainerSpec(
        image=settings.analyst_image, directory=ANALYST_HOME, landing=ANALYST_LANDING, create=create, host=host
    )


def _created(settings: Settings, user: str) -> dict[str, Any]:
    return {"user": user, "hostname": "notebook", "labels": {INSTANCE_LABEL: settings.instance.name}}


def _bounded(limits: Limits, network: str) -> dict[str, Any]:
    return {
        "network_mode": network,
        "dns": ["127.0.0.1"],  # nobody answers there: a name outside fails in a second instead of ten
        "dns_opt": ["timeout:1", "attempts:1"],
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "privileged": False,
        "ipc_mode": "private",
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,  # equal: no swap is added
        "cpu_period": _CPU_PERIOD_US,
        "cpu_quota": int(limits.cpu_cores * _CPU_PERIOD_US),
        "pids_limit": limits.pids,
        "shm_size": limits.tmpfs_bytes,
        "oom_score_adj": 500,
        "ulimits": [
            Ulimit(name="nofile", soft=limits.nofile, hard=limits.nofile),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=limits.work_bytes, hard=limits.work_bytes),
        ],
        "log_config": LogConfig(type="json-file", config={"max-size": "2m", "max-file": "2"}),
        "restart_policy": {"Name": "no", "MaximumRetryCount": 0},
    }


def _tmpfs(size_bytes: int, options: str) -> str:
    return f"rw,nosuid,nodev,size={size_bytes},nr_inodes=16384,{options}"
