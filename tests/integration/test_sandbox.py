"""The bubblewrap adapter against the real kernel: what is measured, what is limited, what is left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.errors import SandboxFailure
from nbassess_graders.inside import plain
from nbassess_graders.sandbox import bubblewrap
from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox
from nbassess_graders.sandbox.port import MIB, Allowance, Ended, Limits, Reply, Session, Status

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")

PLENTY = Allowance(cpu_s=20.0, wall_s=60.0)


@pytest.fixture
def session() -> Iterator[Session]:
    with BubblewrapSandbox().open(Limits(memory_bytes=256 * MIB, output_bytes=MIB)) as opened:
        start(opened)
        yield opened


def start(session: Session) -> None:
    answered(session.ask(request(op="start", files={"data/prices.csv": "cHJpY2U="}), PLENTY))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def request(**fields: Any) -> bytes:
    return plain.to_bytes({"id": 1, "seed": 1, "answer_bytes_max": MIB, **fields})


def cell(session: Session, source: str, allowance: Allowance = PLENTY) -> Reply | Ended:
    return session.ask(request(op="cell", cell="c", source=source), allowance)


def answered(outcome: Reply | Ended) -> dict[str, Any]:
    assert isinstance(outcome, Reply), outcome
    body: dict[str, Any] = plain.from_bytes(outcome.body)
    return body


def value(session: Session, expression: str) -> object:
    answered(cell(session, f"def probe():\n    import os\n    return {expression}"))
    body = answered(session.ask(request(op="case", entry="probe", args=["tuple", []]), PLENTY))
    return plain.decode(body["value"]) if body["kind"] == "returned" else body


def test_data_files_are_in_the_work_directory(session: Session) -> None:
    assert value(session, "(os.getcwd(), open('data/prices.csv').read())") == ("/home/work", "price")


def test_code_runs_as_nobody_who_owns_anything(session: Session) -> None:
    uid = value(session, "os.getuid()")
    assert isinstance(uid, int)
    assert uid not in (0, os.getuid())


def test_computing_beyond_the_allowance_ends_the_session_within_a_tenth(session: Session) -> None:
    """Catalogue S13."""
    ended = cell(session, "while True: pass", Allowance(cpu_s=1.0, wall_s=60.0))
    assert isinstance(ended, Ended)
    assert ended.status is Status.TIMED_OUT
    assert 1.0 <= ended.cpu_s <= 1.2


def test_computing_of_children_counts(session: Session) -> None:
    ended = cell(session, "!while true; do true; done", Allowance(cpu_s=0.5, wall_s=60.0))
    assert isinstance(ended, Ended)
    assert ended.status is Status.TIMED_OUT


def test_waiting_ends_by_the_clock_on_the_wall(session: Session) -> None:
    """Catalogue S14."""
    ended = cell(session, "import time; time.sleep(1e6)", Allowance(cpu_s=60.0, wall_s=0.3))
    assert isinstance(ended, Ended)
    assert ended.status is Status.TIMED_OUT
    assert ended.cpu_s < 0.3


def test_an_exit_tells_its_status(session: Session) -> None:
    ended = cell(session, "import os; os._exit(7)")
    assert isinstance(ended, Ended)
    assert (ended.status, ended.exit_code) == (Status.DIED, 7)


def test_a_runner_that_closes_its_socket_has_died(session: Session) -> None:
    ended = cell(session, "import os; os.closerange(3, 256)")
    assert isinstance(ended, Ended)
    assert ended.status is Status.DIED


def test_more_than_one_answer_is_tampering(session: Session) -> None:
    source = """
import os, stat
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, b"\\0\\0\\0\\2{}{}")
    except OSError:
        pass
"""
    ended = cell(session, source)
    assert isinstance(ended, Ended)
    assert ended.status is Status.TAMPERED


def test_a_request_larger_than_any_buffer_arrives(session: Session) -> None:
    text = "x" * (4 * MIB)
    answered(cell(session, "def size(text): return len(text)"))
    body = answered(session.ask(request(op="case", entry="size", args=["tuple", [text]]), PLENTY))
    assert body["value"] == len(text)


def test_closing_twice_is_allowed_and_leaves_no_group() -> None:
    session = BubblewrapSandbox().open(Limits())
    session.close()
    session.close()
    assert not list(Path("/sys/fs/cgroup").glob(f"**/nbassess-{os.getpid()}-*"))


def test_nothing_is_graded_without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SandboxFailure, match="install bubblewrap"):
        BubblewrapSandbox()


def test_a_box_that_does_not_open_is_our_failure_and_leaves_nothing(tmp_path: Path) -> None:
    """A root without a working interpreter's surroundings: bubblewrap itself gives up."""
    python = tmp_path / "opt" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    sandbox = BubblewrapSandbox(tmp_path)
    before = open_files()
    outcome: object = None
    try:
        with sandbox.open(Limits()) as session:
            outcome = session.ask(request(op="start", files={}), PLENTY)
    except SandboxFailure as failure:
        outcome = failure
    assert isinstance(outcome, (SandboxFailure, Ended))
    assert open_files() == before


def test_a_root_without_an_interpreter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure, match="export the candidate image"):
        BubblewrapSandbox(tmp_path)


def test_descriptors_do_not_pile_up() -> None:
    sandbox = BubblewrapSandbox()
    sandbox.open(Limits()).close()
    before = open_files()
    for _ in range(3):
        sandbox.open(Limits()).close()
    assert open_files() == before


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the ways that a user without rights has: a user namespace, no control group."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bubblewrap, "create_group", lambda *_: None)


@pytest.mark.usefixtures("unprivileged")
def test_without_rights_a_box_still_limits_and_measures() -> None:
    with BubblewrapSandbox().open(Limits(memory_bytes=512 * MIB)) as session:
        start(session)
        assert value(session, "os.getuid()") == 65534
        error = answered(cell(session, "kept = bytearray(2**30)"))["error"]
        assert error["type"] == "MemoryError"
        ended = cell(session, "while True: pass", Allowance(cpu_s=0.5, wall_s=60.0))
    assert isinstance(ended, Ended)
    assert ended.status is Status.TIMED_OUT
    assert ended.cpu_s >= 0.5
