"""`nbassess demo` as a person runs it: three links that work, and nothing left after Ctrl-C."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import httpx
import psutil
import pytest
from nbassess_hub.api_client import AdminClient
from nbassess_hub.settings import Settings, load_settings

from tests.support.site import wait_for

pytestmark = pytest.mark.timeout(600)

PEOPLE = 2
REPO = Path(__file__).resolve().parents[2]


@contextmanager
def running_demo(folder: Path, mode: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a small demo; what is yielded is its process and its ready file."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "nbassess_hub.cli", "demo", "--mode", mode, "--sittings", str(PEOPLE)]
    command += ["--state-dir", str(folder / "state"), "--ready-file", str(ready)]
    with (folder / "demo.log").open("w") as log:
        process = subprocess.Popen(command, cwd=REPO, stderr=log, stdout=log, text=True)
    try:
        wait_for(
            lambda: ready.exists() or process.poll() is not None, f"the demo in {folder}", timeout_s=500, every_s=1
        )
        assert ready.exists(), (folder / "demo.log").read_text()
        yield process, json.loads(ready.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def interrupt(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    return process.wait(120)


def settings_of(ready: dict[str, Any]) -> Settings:
    return load_settings(Path(ready["settings"]), {})


def check_links(ready: dict[str, Any]) -> None:
    for role in ("candidate", "manager", "coordinator"):
        page = httpx.get(ready[role].partition("#")[0], trust_env=False)
        assert page.status_code == 200, role
        assert "text/html" in page.headers["content-type"]


def check_cohort(ready: dict[str, Any]) -> None:
    """Everything that shows a sitting says that it is synthetic, and every score came from the graders."""
    with AdminClient.of(settings_of(ready)) as service:
        cohort = service.get("cohorts", ready["assessment"])
    assert len(cohort["sittings"]) == len(cohort["reports"]) == PEOPLE
    assert all(each["is_synthetic"] and each["candidate"].startswith("Synthetic ") for each in cohort["sittings"])
    assert all(report["grader"]["rootfs_digest"] for report in cohort["reports"])


def processes_below(state: Path) -> list[list[str]]:
    """Return the processes that work in the demo's state directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(state) in process.cwd() or any(str(state) in word for word in process.cmdline()):
                found.append(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_without_docker_the_demo_warns_works_and_leaves_nothing(tmp_path: Path) -> None:
    with running_demo(tmp_path, "local") as (process, ready):
        check_links(ready)
        check_cohort(ready)
        assert interrupt(process) == 0
    assert "for trying out" in (tmp_path / "demo.log").read_text()
    assert processes_below(tmp_path / "state") == []


@pytest.mark.docker
def test_with_docker_the_demo_works_and_leaves_no_container_network_mount_or_rule(tmp_path: Path) -> None:
    with running_demo(tmp_path, "docker") as (process, ready):
        check_links(ready)
        check_cohort(ready)
        settings = settings_of(ready)
        assert interrupt(process) == 0
    assert processes_below(tmp_path / "state") == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
    rules = subprocess.run(["iptables", "-w", "5", "-S"], capture_output=True, text=True, check=True).stdout
    assert settings.network.bridge not in rules
    client = docker.from_env()
    try:
        assert client.networks.list(names=[f"{settings.instance.name}-sittings"]) == []
        assert [
            each.name for each in client.containers.list(all=True) if settings.instance.name in str(each.name)
        ] == []
    finally:
        client.close()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_a_demo_that_was_killed_is_taken_over_by_the_next_one(tmp_path: Path) -> None:
    with running_demo(tmp_path, "local") as (process, _):
        process.kill()
        process.wait(30)
        assert processes_below(tmp_path / "state") != []
    (tmp_path / "ready.json").unlink()
    with running_demo(tmp_path, "local") as (process, ready):
        check_cohort(ready)
        assert interrupt(process) == 0
    assert processes_below(tmp_path / "state") == []
