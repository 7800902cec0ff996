"""Kernels run as another user, with nothing of the server's. Real kernels, started and stopped."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpec
from nbassess_recorder.provisioner import UidProvisioner

from tests.support import foreign_kernel

KERNEL_UID = foreign_kernel.UID
SECRET = foreign_kernel.SECRET

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to start processes as another user")


def provisioner(**values: Any) -> UidProvisioner:
    """Return a provisioner that starts nothing."""
    spec = KernelSpec(argv=["python"], env={"FROM_SPEC": "1"})
    return UidProvisioner(kernel_spec=spec, kernel_id="synthetic", **values)


@needs_root
def test_a_kernel_inherits_only_what_is_on_the_list() -> None:
    inherited = {"LANG": "C.UTF-8", "JUPYTERHUB_API_TOKEN": SECRET, "NBASSESS_API_URL": "http://x", "HOME": "/root"}
    environment = provisioner(uid=KERNEL_UID, path="/bin", processes_max=77).kernel_env(inherited)
    assert environment == {
        "FROM_SPEC": "1",
        "HOME": "/home/candidate",
        "IPYTHONDIR": "/home/candidate/.ipython",
        "LANG": "C.UTF-8",
        "LOGNAME": "candidate",
        "MPLCONFIGDIR": "/home/candidate/.matplotlib",
        "NBASSESS_KERNEL_NPROC": "77",
        "PATH": "/bin",
        "TMPDIR": "/tmp",
        "USER": "candidate",
        "XDG_CACHE_HOME": "/home/candidate/.cache",
    }


def test_without_root_the_environment_is_cleaned_all_the_same() -> None:
    environment = provisioner(uid=0).kernel_env({"HOME": "/home/me", "JUPYTERHUB_API_TOKEN": SECRET})
    assert SECRET not in environment.values()
    assert environment["HOME"] == "/home/me"
    assert "NBASSESS_KERNEL_NPROC" not in environment


def test_without_a_uid_the_kernel_stays_with_the_servers_user() -> None:
    assert not provisioner(uid=0).changes_uid


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run a server that starts a kernel as another user; return what it saw."""
    directory: Path = tmp_path_factory.mktemp("kernel")
    command = foreign_kernel.command(directory)
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@needs_root
def test_code_in_a_cell_cannot_reach_the_server(seen: dict[str, Any]) -> None:
    assert seen["look"] == {
        "ids": [KERNEL_UID, 2000, []],
        "environ": "PermissionError",
        "memory": "PermissionError",
        "signal": "PermissionError",
        "setuid": "PermissionError",
        "sees_secret": False,
        "processes_max": 64,
        "core_max": 0,
        "oom_score": "1000",
    }


@needs_root
def test_what_a_kernel_writes_belongs_to_it_and_is_open_to_the_group(seen: dict[str, Any]) -> None:
    assert seen["file"] == [KERNEL_UID, 2000, "0o660"]


@needs_root
def test_what_a_kernel_started_dies_with_it_even_after_setsid(seen: dict[str, Any]) -> None:
    assert seen["alive_before_end"] >= 4
    assert seen["alive_after_end"] == 0


@needs_root
def test_a_kernel_can_be_interrupted_and_restarted(seen: dict[str, Any]) -> None:
    assert seen["interrupted"] == "KeyboardInterrupt"
    assert seen["pid_after_restart"] != seen["pid_before_restart"]
    assert seen["uid_after_restart"] == str(KERNEL_UID)
