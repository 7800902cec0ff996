"""Running cells and cases against a sandbox that forges what comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.assessment import Problem, load_problem
from nbassess_graders.errors import SandboxFailure
from nbassess_graders.execution import RESTARTS_MAX, Answered, Call, NotRun, Run, execute
from nbassess_graders.sandbox.fake import FakeSandbox
from nbassess_graders.sandbox.port import Ended, Limits, Status
from nbassess_graders.submission import CodeCell

DIED = Ended(status=Status.DIED, cpu_s=0.1, exit_code=139)
CELLS = [CodeCell(id="a", source="1", role="setup"), CodeCell(id="b", source="2", role="answer")]
RAN = {"kind": "ran"}
RIGHT = {"kind": "returned", "value": 2, "mutated": []}


@pytest.fixture
def problem(make_problem: Callable[..., Path]) -> Problem:
    return load_problem(make_problem())


def calls(*names: str) -> list[Call]:
    return [Call(name=name, args=["tuple", [name]]) for name in names]


def run(problem: Problem, sandbox: FakeSandbox, *names: str) -> Run:
    return execute(sandbox, problem, CELLS, calls(*names), {"numbers.csv": b"1"}, Limits())


def test_cells_and_cases_run_in_one_session(problem: Problem) -> None:
    sandbox = FakeSandbox(lambda request: RAN if request["op"] == "cell" else RIGHT)
    found = run(problem, sandbox, "x", "y")
    (session,) = sandbox.sessions
    assert [request["op"] for request in session.asked] == ["start", "cell", "cell", "case", "case"]
    assert session.is_closed
    assert (found.cells, list(found.cases), found.python) == ((), ["x", "y"], "3.0.0")


def test_a_case_that_kills_the_runner_leaves_the_others_graded(problem: Problem) -> None:
    """Catalogue G24, within a problem."""

    def script(request: dict[str, Any]) -> Any:
        if request["op"] == "cell":
            return RAN
        return DIED if request["args"] == ["tuple", ["x"]] else RIGHT

    found = run(problem, FakeSandbox(script), "w", "x", "y")
    assert found.cases["x"] is DIED
    assert all(isinstance(found.cases[name], Answered) for name in ("w", "y"))


def test_a_cell_that_kills_the_runner_is_left_out(problem: Problem) -> None:
    sandbox = FakeSandbox(lambda request: DIED if request.get("cell") == "a" else RAN if "cell" in request else RIGHT)
    found = run(problem, sandbox, "x")
    assert [(trouble.cell.id, trouble.outcome) for trouble in found.cells] == [("a", DIED)]
    assert [request.get("cell") for request in sandbox.sessions[1].asked] == [None, "b", None]
    assert isinstance(found.cases["x"], Answered)


def test_a_cell_that_raises_is_noted_and_does_not_stop(problem: Problem) -> None:
    error = {"type": "NameError", "message": "x"}
    sandbox = FakeSandbox(lambda request: {"kind": "raised", "error": error} if "cell" in request else RIGHT)
    found = run(problem, sandbox, "x")
    assert [trouble.cell.id for trouble in found.cells] == ["a", "b"]
    assert isinstance(found.cases["x"], Answered)


def test_restarts_are_bounded(problem: Problem) -> None:
    names = [f"n{place}" for place in range(20)]
    sandbox = FakeSandbox(lambda request: RAN if request["op"] == "cell" else DIED)
    found = run(problem, sandbox, *names)
    assert len(sandbox.sessions) == RESTARTS_MAX + 1
    assert sum(isinstance(outcome, NotRun) for outcome in found.cases.values()) == len(names) - RESTARTS_MAX - 1


@pytest.mark.parametrize("forged", [b"", b"{}", b"[]", b"null", b'{"id":0,"kind":"returned","value":2}', b'{"id":4}'])
def test_a_reply_that_is_not_to_this_request_is_tampering(problem: Problem, forged: bytes) -> None:
    sandbox = FakeSandbox(lambda request: RAN if request["op"] == "cell" else forged)
    outcome = run(problem, sandbox, "x").cases["x"]
    assert isinstance(outcome, Ended)
    assert outcome.status is Status.TAMPERED


def test_a_sandbox_that_does_not_open_is_our_failure(problem: Problem) -> None:
    """Promise: our own failure is never a zero."""
    with pytest.raises(SandboxFailure):
        run(problem, FakeSandbox(lambda _: RAN, failures=1), "x")


class NeverStarts(FakeSandbox):
    """Its runner ends before it says a word."""

    def open(self, limits: Limits) -> Any:
        session = super().open(limits)
        session.ask = lambda *_: DIED  # type: ignore[method-assign] # the fault of this double
        return session


def test_a_runner_that_does_not_start_is_our_failure_and_its_session_is_closed(problem: Problem) -> None:
    sandbox = NeverStarts(lambda _: RAN)
    with pytest.raises(SandboxFailure, match="did not start"):
        run(problem, sandbox, "x")
    assert [session.is_closed for session in sandbox.sessions] == [True]
