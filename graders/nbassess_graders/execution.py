"""Run one problem's cells and cases in the sandbox, and bring home what happened.

One session serves all cells and cases. When candidate code ends it (a crash, a limit), the case or cell that did so
has its outcome, and a new session takes up the rest: cells that ended a session are left out from then on. Nothing is
decided here about right or wrong; what is decided is whose fault a missing answer is. A runner that does not even
start is ours and raises SandboxFailure.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbassess_graders.assessment import Problem
from nbassess_graders.errors import SandboxFailure
from nbassess_graders.inside import plain
from nbassess_graders.sandbox.port import Allowance, Ended, Limits, Reply, Sandbox, Session, Status
from nbassess_graders.submission import CodeCell

START: Final = Allowance(cpu_s=30.0, wall_s=90.0)
CELL: Final = Allowance(cpu_s=20.0, wall_s=40.0)
WALL_PER_CPU: Final = 3.0
RESTARTS_MAX: Final = 8
SEED: Final = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Name a case and the encoded args it is called with."""

    name: str
    args: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Hold the runner's answer: well-formed, but still the candidate's word."""

    reply: Mapping[str, Any]
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """Say that a case was not tried, because the process had been ended too often."""

    times: int


Outcome = Answered | Ended | NotRun


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """Say what went wrong in one cell: an exception it raised, or the end of its session."""

    cell: CodeCell
    outcome: Answered | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Hold what happened to one problem: by cell where something did, by case always."""

    cells: tuple[CellProblem, ...]
    cases: Mapping[str, Outcome]
    python: str


def execute(
    sandbox: Sandbox,
    problem: Problem,
    cells: Sequence[CodeCell],
    calls: Sequence[Call],
    files: Mapping[str, bytes],
    limits: Limits,
) -> Run:
    """Run the cells, then every call, in as many sessions as it takes.

    Raises:
        SandboxFailure: the runner did not start; try again.
    """
    return _Execution(sandbox, problem, list(cells), files, limits).run(calls)


@dataclass(slots=True)
class _Execution:
    sandbox: Sandbox
    problem: Problem
    cells: list[CodeCell]
    files: Mapping[str, bytes]
    limits: Limits
    python: str = ""
    troubles: dict[str, CellProblem] = field(default_factory=dict)
    restarts: int = 0
    number: int = 0

    def run(self, calls: Sequence[Call]) -> Run:
        outcomes: dict[str, Outcome] = {}
        while len(outcomes) < len(calls):
            left = [call for call in calls if call.name not in outcomes]
            if self.restarts > RESTARTS_MAX:
                outcomes.update((call.name, NotRun(times=self.restarts)) for call in left)
                break
            with self.sandbox.open(self.limits) as session:
                outcomes.update(self._serve(session, left))
        return Run(cells=tuple(self.troubles.values()), cases=outcomes, python=self.python)

    def _serve(self, session: Session, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Use one session for as long as it lives."""
        outcomes: dict[str, Outcome] = {}
        self._start(session)
        if not self._run_cells(session):
            self.restarts += 1
            return outcomes
        for call in calls:
            outcome = self._call(session, call)
            outcomes[call.name] = outcome
            if isinstance(outcome, Ended):
                self.restarts += 1
                break
        return outcomes

    def _start(self, session: Session) -> None:
        files = {name: base64.b64encode(content).decode("ascii") for name, content in self.files.items()}
        outcome = self._ask(session, START, {"op": "start", "files": files})
        if isinstance(outcome, Ended) or outcome.reply.get("kind") != "started":
            said = outcome.output if isinstance(outcome, Ended) else str(outcome.reply)
            raise SandboxFailure(f"the runner did not start; it said {said[-500:]!r}; is the image complete?")
        self.python = str(outcome.reply.get("python"))

    def _run_cells(self, session: Session) -> bool:
        """Run the cells that are still in use; say whether the session lives."""
        for cell in list(self.cells):
            request = {"op": "cell", "cell": cell.id, "source": cell.source, "seed": SEED}
            outcome = self._ask(session, CELL, request)
            if isinstance(outcome, Ended):
                self.troubles[cell.id] = CellProblem(cell=cell, outcome=outcome)
                self.cells.remove(cell)
                return False
            if outcome.reply.get("kind") != "ran":
                self.troubles[cell.id] = CellProblem(cell=cell, outcome=outcome)
        return True

    def _call(self, session: Session, call: Call) -> Answered | Ended:
        limit_s = self.problem.case_wall_s
        allowance = Allowance(cpu_s=limit_s, wall_s=limit_s * WALL_PER_CPU)
        request = {"op": "case", "entry": self.problem.entry.name, "args": call.args, "seed": SEED}
        return self._ask(session, allowance, request)

    def _ask(self, session: Session, allowance: Allowance, request: dict[str, Any]) -> Answered | Ended:
        self.number += 1
        message = {**request, "id": self.number, "answer_bytes_max": self.limits.answer_bytes}
        reply = session.ask(plain.to_bytes(message), allowance)
        return reply if isinstance(reply, Ended) else self._read(reply)

    def _read(self, reply: Reply) -> Answered | Ended:
        try:
            body = plain.from_bytes(reply.body)
        except plain.Malformed:
            body = None
        if not isinstance(body, dict) or body.get("id") != self.number or not isinstance(body.get("kind"), str):
            return Ended(status=Status.TAMPERED, cpu_s=reply.cpu_s)
        return Answered(reply=body, cpu_s=reply.cpu_s)
