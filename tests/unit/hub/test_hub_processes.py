"""Processes of the control plane: started, watched, ended; readiness; what the doctor sees."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from nbassess_hub import doctor
from nbassess_hub.child import Child, end_group, record_process, recorded_process
from nbassess_hub.errors import SpawnError, StackError
from nbassess_hub.readiness import Stages, wait_until_ready
from nbassess_hub.settings import Settings, load_settings
from nbassess_hub.settings_sections import Hub, Instance, Spawn
from nbassess_hub.stack import Stack, take_down

SLEEPER = "import time; print('started', flush=True); time.sleep(60)"
PARENT = (
    "import subprocess, sys, time; "
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print(p.pid, flush=True); time.sleep(60)"
)


def child_of(tmp_path: Path, code: str, *, ready_when: str = "started") -> Child:
    log = tmp_path / "logs" / "child.log"
    return Child(
        name="child",
        command=[sys.executable, "-c", code],
        environment={"PATH": os.environ["PATH"]},
        log=log,
        pid_file=tmp_path / "run" / "child.pid",
        is_ready=lambda: log.is_file() and ready_when in log.read_text(),
    )


def test_child_runs_until_it_is_stopped(tmp_path: Path) -> None:
    child = child_of(tmp_path, SLEEPER)
    child.start()
    try:
        child.wait_ready(20)
        child.check()
        assert child.pid == recorded_process(child.pid_file)
    finally:
        child.stop()
    assert not child.is_running
    assert not child.pid_file.exists()
    child.stop()


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    child = child_of(tmp_path, PARENT, ready_when="\n")
    child.start()
    try:
        child.wait_ready(20)
        grandchild = int(child.log.read_text())
        os.kill(grandchild, 0)
    finally:
        child.stop()
    assert not Path(f"/proc/{grandchild}").exists() or " Z " in Path(f"/proc/{grandchild}/stat").read_text()


def test_child_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = child_of(tmp_path, "import sys; print('no database here'); sys.exit(3)")
    child.start()
    with pytest.raises(StackError, match=r"child: ended \(3\).*\n.*no database here"):
        child.wait_ready(20)
    child.stop()


def test_child_that_never_answers_is_reported(tmp_path: Path) -> None:
    child = child_of(tmp_path, SLEEPER, ready_when="never said")
    child.start()
    try:
        with pytest.raises(StackError, match=r"child: not ready after 0\.1 s"):
            child.wait_ready(0.1)
    finally:
        child.stop()


def test_missing_program_sends_to_the_doctor(tmp_path: Path) -> None:
    child = replace(child_of(tmp_path, ""), command=["nbassess-has-no-such-program"])
    with pytest.raises(StackError, match="nbassess doctor"):
        child.start()


def test_process_of_an_earlier_start_is_found_and_a_stranger_is_not(tmp_path: Path) -> None:
    pid_file = tmp_path / "x.pid"
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, start_new_session=True) as earlier:
        assert earlier.stdout is not None
        earlier.stdout.readline()
        record_process(pid_file, earlier.pid)
        assert recorded_process(pid_file) == earlier.pid
        child = replace(child_of(tmp_path, SLEEPER), pid_file=pid_file)
        with pytest.raises(StackError, match="from an earlier start"):
            child.start()
        end_group(earlier.pid, lambda: earlier.poll() is not None)
    assert recorded_process(pid_file) is None
    pid_file.write_text(f"{os.getpid()} 1")
    assert recorded_process(pid_file) is None


def test_process_that_ignores_the_polite_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbassess_hub.child._TERM_PATIENCE_S", 0.2)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end_group(process.pid, lambda: process.poll() is not None)
        assert process.wait(5) == -signal.SIGKILL


def local_settings(tmp_path: Path) -> Settings:
    return Settings(instance=Instance(state_dir=str(tmp_path)), spawn=Spawn(mode="local"))


def test_children_of_the_stack_see_its_settings_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBASSESS_HUB__PORT", "1234")
    settings = local_settings(tmp_path)
    stack = Stack(settings)
    stack.prepare()
    try:
        for child in stack.children.values():
            assert load_settings(environment=child.environment) == settings
        assert list(stack.children) == ["proxy", "service", "hub", "archivist", "worker-1"]
        assert not any("token" in word for child in stack.children.values() for word in child.command)
    finally:
        stack.stop(end_servers=False)


def test_second_stack_on_the_same_state_is_refused(tmp_path: Path) -> None:
    first, second = Stack(local_settings(tmp_path)), Stack(local_settings(tmp_path))
    first.prepare()
    with pytest.raises(StackError, match="another nbassess runs on this state directory"):
        second.prepare()
    first.stop(end_servers=False)
    second.prepare()
    second.stop(end_servers=False)


def test_take_down_ends_what_an_earlier_stack_left(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    settings.layout.run.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, start_new_session=True) as left:
        assert left.stdout is not None
        left.stdout.readline()
        record_process(settings.layout.run / "hub.pid", left.pid)
        assert take_down(settings) == ["hub"]
        assert left.wait(5) == -signal.SIGTERM


class Answers(BaseHTTPRequestHandler):
    """Answers 503 until it has been asked three times."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(503 if self.asked < 3 else 200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


async def alive() -> str | None:
    return None


async def dead() -> str | None:
    return "exit code 1"


async def test_wait_ends_with_the_first_answer_that_is_no_server_error() -> None:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            await wait_until_ready(f"http://127.0.0.1:{server.server_port}/", died=alive, timeout_s=20)
        finally:
            await asyncio.to_thread(server.shutdown)
            thread.join()
    assert Answers.asked >= 3


async def test_server_that_died_is_noticed_before_the_timeout() -> None:
    with pytest.raises(SpawnError, match="exit code 1"):
        await wait_until_ready("http://127.0.0.1:9/", died=dead, timeout_s=60)


async def test_server_that_never_answers_is_given_up() -> None:
    with pytest.raises(SpawnError, match=r"did not answer within 0\.2 s"):
        await wait_until_ready("http://127.0.0.1:9/", died=alive, timeout_s=0.2)


async def test_somebody_who_looks_late_sees_every_stage() -> None:
    stages = Stages()
    stages.say(5, "one")
    follower = stages.follow()
    assert await anext(follower) == {"progress": 5, "message": "one"}
    waiting = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0)
    stages.say(60, "two")
    assert await waiting == {"progress": 60, "message": "two"}
    late = stages.follow()
    assert [(await anext(late))["message"], (await anext(late))["message"]] == ["one", "two"]
    await late.aclose()  # type: ignore[attr-defined] # it is an asynchronous generator
    await follower.aclose()  # type: ignore[attr-defined] # it is an asynchronous generator


def test_doctor_says_which_port_is_taken_and_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = replace(local_settings(tmp_path), hub=Hub(port=port))
        (ports,) = [check for check in doctor.checks(settings) if check.name == "ports"]
    assert not ports.ok
    assert str(port) in ports.detail
    assert ports.remedy


def test_doctor_looks_at_docker_only_where_it_is_used(tmp_path: Path) -> None:
    names = [check.name for check in doctor.checks(local_settings(tmp_path))]
    assert "Docker engine" not in names
    assert {"bubblewrap", "Node", "proxy", "disk", "ports", "Chromium"} <= set(names)


def test_doctor_names_a_remedy_for_everything_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    settings = Settings(instance=Instance(state_dir=str(tmp_path)))
    missing = {check.name: check for check in doctor.checks(settings) if not check.ok}
    assert {"Docker engine", "firewall", "mkfs.ext4", "bubblewrap", "Node", "candidate image"} <= set(missing)
    assert all(check.remedy for check in missing.values())
