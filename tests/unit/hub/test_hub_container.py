"""Container specifications, compared whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from docker.types import LogConfig, Ulimit
from nbassess_hub.container import Zone, container_spec, server_environment, zone_of
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Limits, Spawn
from nbassess_hub.volume import Volume

MIB = 1024**2
SETTINGS = Settings(
    spawn=Spawn(candidate_image="c:1", analyst_image="a:1"),
    limits=Limits(
        memory_bytes=512 * MIB,
        cpu_cores=0.5,
        pids=100,
        kernel_processes=60,
        tmpfs_bytes=8 * MIB,
        work_bytes=32 * MIB,
        nofile=1000,
    ),
)
BOUNDED = {
    "network_mode": "net",
    "dns": ["127.0.0.1"],
    "dns_opt": ["timeout:1", "attempts:1"],
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "privileged": False,
    "ipc_mode": "private",
    "mem_limit": 536870912,
    "memswap_limit": 536870912,
    "cpu_period": 100_000,
    "cpu_quota": 50_000,
    "pids_limit": 100,
    "shm_size": 8388608,
    "oom_score_adj": 500,
    "ulimits": [
        Ulimit(name="nofile", soft=1000, hard=1000),
        Ulimit(name="core", soft=0, hard=0),
        Ulimit(name="fsize", soft=33554432, hard=33554432),
    ],
    "log_config": LogConfig(type="json-file", config={"max-size": "2m", "max-file": "2"}),
    "restart_policy": {"Name": "no", "MaximumRetryCount": 0},
}
LABELS = {"nbassess.instance": "nbassess"}


def test_candidates_container_is_exactly_this() -> None:
    spec = container_spec(
        settings=SETTINGS, zone=Zone.CANDIDATE, network="net", kernel_uid=20_007, volume=Volume(Path("/v/s-1"))
    )
    assert (spec.image, spec.directory, spec.landing) == ("c:1", "/home/work", "/lab")
    assert spec.create == {"user": "0:2000", "hostname": "notebook", "labels": LABELS}
    assert spec.host == BOUNDED | {
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "binds": {
            "/v/s-1/work": {"bind": "/home/work", "mode": "rw"},
            "/v/s-1/journal": {"bind": "/srv/journal", "mode": "rw"},
        },
        "tmpfs": {
            "/tmp": "rw,nosuid,nodev,size=8388608,nr_inodes=16384,noexec,mode=1777",
            "/home/candidate": "rw,nosuid,nodev,size=8388608,nr_inodes=16384,uid=20007,gid=2000,mode=1770",
            "/srv/server": "rw,nosuid,nodev,size=33554432,nr_inodes=16384,noexec,mode=0700",
            "/run/nb": "rw,nosuid,nodev,size=4194304,nr_inodes=16384,noexec,mode=0711",
            "/run/nbassess": "rw,nosuid,nodev,size=4194304,nr_inodes=16384,noexec,mode=0700",
        },
    }


def test_analysts_container_has_an_ordinary_user_and_no_capability() -> None:
    spec = container_spec(settings=SETTINGS, zone=Zone.ANALYST, network="net", kernel_uid=20_007, volume=None)
    assert (spec.image, spec.directory) == ("a:1", "/home/analyst")
    assert spec.create == {"user": "1000:1000", "hostname": "notebook", "labels": LABELS}
    assert spec.host == BOUNDED | {
        "cap_add": [],
        "binds": {},
        "tmpfs": {
            "/tmp": "rw,nosuid,nodev,size=8388608,nr_inodes=16384,noexec,mode=1777",
            "/home/analyst": "rw,nosuid,nodev,size=33554432,nr_inodes=16384,uid=1000,gid=1000,mode=0700",
        },
    }


def test_default_seccomp_filter_stays_on() -> None:
    spec = container_spec(settings=SETTINGS, zone=Zone.ANALYST, network="net", kernel_uid=1, volume=None)
    assert not [option for option in spec.host["security_opt"] if "seccomp" in option or "unconfined" in option]


def test_candidate_without_a_volume_is_no_specification() -> None:
    with pytest.raises(ValueError, match="work volume"):
        container_spec(settings=SETTINGS, zone=Zone.CANDIDATE, network="net", kernel_uid=1, volume=None)


@pytest.mark.parametrize(
    ("groups", "zone"),
    [
        ({"candidates"}, Zone.CANDIDATE),
        ({"managers"}, Zone.ANALYST),
        ({"reviewers"}, Zone.ANALYST),
        ({"coordinators"}, None),
        (set(), None),
        ({"candidates", "managers"}, None),
        ({"candidates", "visitors"}, Zone.CANDIDATE),
    ],
)
def test_group_decides_the_zone(groups: set[str], zone: Zone | None) -> None:
    assert zone_of(frozenset(groups)) is zone


def test_environment_of_each_zone_is_exactly_this() -> None:
    api = "http://172.30.0.1:8090/services/nbassess/api"
    assert server_environment(SETTINGS, Zone.ANALYST, kernel_uid=5) == {"NBASSESS_API_URL": api}
    assert server_environment(SETTINGS, Zone.CANDIDATE, kernel_uid=20_007) == {
        "NBASSESS_API_URL": api,
        "NBASSESS_WORK_DIR": "/home/work",
        "NBASSESS_JOURNAL_DIR": "/srv/journal",
        "NBASSESS_KERNEL_NPROC": "60",
        "NBASSESS_KERNEL_UID": "20007",
    }
    local = replace(SETTINGS, spawn=Spawn(mode="local"))
    assert "NBASSESS_KERNEL_UID" not in server_environment(local, Zone.CANDIDATE, kernel_uid=None)
