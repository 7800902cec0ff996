"""Scripted candidates: from a persona and the problems to the recording of a whole sitting.

Deterministic: the same persona, problems, outputs and seed give the same recording, byte for byte. Time is the tape's,
so a sitting of an hour is made in a fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from nbassess_events.document import text_sha256
from nbassess_graders.assessment import Monitoring

from nbassess_hub.demo.desk import Desk
from nbassess_hub.demo.drafts import plan_drafts
from nbassess_hub.demo.hands import Hands
from nbassess_hub.demo.material import Material
from nbassess_hub.demo.outputs import CellResult, OutputBook
from nbassess_hub.demo.personas import Persona
from nbassess_hub.demo.tape import DeadlineReached, Tape

RECORDER_VERSION = "synthetic"
_LAB_VERSION = "4.6"
_AUTOSAVE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one person will write for each problem, decided before the sitting so that outputs can be prepared."""

    persona: Persona
    drafts: Mapping[str, Sequence[str]]  # slug -> texts of the answer cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """A played sitting."""

    tape: Tape
    documents: dict[str, str]  # path -> digest, as the browser sees it at the end
    submitted_ms: int | None  # None: the sitting is collected at the deadline


def plan(persona: Persona, materials: Sequence[Material], seed: int) -> Plan:
    """Decide what a person writes; independent of how long the sitting is."""
    drafts = {
        material.slug: plan_drafts(persona, material, _random(seed, persona, f"drafts/{material.slug}"))
        for material in materials
    }
    return Plan(persona=persona, drafts=drafts)


def drafts_by_problem(plans: Sequence[Plan]) -> dict[str, set[str]]:
    """Return every text that some plan will run, by problem: what outputs must be prepared for."""
    found: dict[str, set[str]] = {}
    for each in plans:
        for slug, drafts in each.drafts.items():
            found.setdefault(slug, set()).update(drafts)
    return found


def play(
    sitting_plan: Plan,
    materials: Sequence[Material],
    outputs: OutputBook,
    *,
    started_ms: int,
    deadline_ms: int,
    monitoring: Monitoring,
    seed: int,
) -> Performance:
    """Play a sitting from Start to Submit or to the deadline."""
    random = _random(seed, sitting_plan.persona, f"play/{started_ms}")
    tape = Tape(now_ms=started_ms, deadline_ms=deadline_ms, random=random)
    script = Script(
        plan=sitting_plan, outputs=outputs, tape=tape, desk=Desk(tape=tape), random=random, monitoring=monitoring
    )
    try:
        script.sit(materials)
        submitted_ms = tape.now_ms if sitting_plan.persona.submits else None
    except DeadlineReached:
        submitted_ms = None
    return Performance(tape=tape, documents=script.desk.digests(), submitted_ms=submitted_ms)


def _random(seed: int, persona: Persona, purpose: str) -> Random:
    return Random(f"{seed}/{persona.name}/{purpose}")  # noqa: S311 -- play, not secrets


@dataclass(slots=True, kw_only=True)
class Script:
    """One person at one desk, problem after problem."""

    plan: Plan
    outputs: OutputBook
    tape: Tape
    desk: Desk
    random: Random
    monitoring: Monitoring
    _runs: dict[str, int] = field(default_factory=dict)
    _saved_ms: int = 0

    @property
    def persona(self) -> Persona:
        """Return who sits here."""
        return self.plan.persona

    def sit(self, materials: Sequence[Material]) -> None:
        """Work on every problem, then submit if this person does. Raises: `DeadlineReached`."""
        self._saved_ms = self.tape.now_ms
        self._load_page()
        order = list(materials)
        if self.random.random() < 0.25:
            order.append(order.pop(0))  # some people start with the second problem
        for material in order:
            self._solve(material)
        if self.persona.submits:
            self._think(8)
            self.tape.add("submit_requested", documents=self.desk.digests())

    def _solve(self, material: Material) -> None:
        budget_s = 60 * material.minutes * self.persona.pace * self.random.lognormvariate(0, 0.15)
        self.tape.wait(1)
        self.desk.open(material.path, list(material.cells))
        self._read(material, budget_s)
        self._run_cells(material, material.cells_with_role("setup"), "")
        if self.random.random() < self.persona.scratch_rate:
            self._look_around(material)
        drafts = self.plan.drafts[material.slug]
        for number, draft in enumerate(drafts):
            self._write_draft(material, draft, spare_s=0.45 * budget_s / len(drafts))
            if number < len(drafts) - 1 and self.random.random() < self.persona.reload_rate:
                self._reload()
        self._save(material.path)
        if self.persona.writes_from_outside and len(self.desk.notebooks) == 1:
            # A program in a cell wrote the notebook's file: only the server can see that.
            self.tape.add_seen("server_file", path=material.path, digest=text_sha256("synthetic"))

    def _read(self, material: Material, budget_s: float) -> None:
        for cell in material.cells_with_role("prompt"):
            self._activate(material.path, cell)
            self._think(0.12 * budget_s)

    def _write_draft(self, material: Material, draft: str, *, spare_s: float) -> None:
        self._activate(material.path, material.answer)
        self._think(0.5 * spare_s)
        Hands(desk=self.desk, tape=self.tape, persona=self.persona, random=self.random).rewrite(
            material.path, material.answer, draft
        )
        if self.random.random() < 0.93:  # some answers are typed and never run
            self._run_cells(material, [material.answer, *material.cells_with_role("scratch")], draft)
        self._think(0.5 * spare_s)

    def _run_cells(self, material: Material, cells: Sequence[str], draft: str) -> None:
        for cell in cells:
            result = self.outputs.result(material.slug, draft, cell)
            if result is None or not self.desk.source(material.path, cell).strip():
                continue
            self._activate(material.path, cell)
            self._run(material.path, cell, result)
            self._think(4)
            if not result.ok:
                return

    def _run(self, path: str, cell: str, result: CellResult) -> None:
        self._start_kernel(path)
        code = self.desk.source(path, cell)
        self.tape.add("execution_started", path=path, cell=cell)
        self.tape.add_seen("server_execute", path=path, cell=cell, code_sha256=text_sha256(code), length=len(code))
        self.tape.wait(result.duration_ms / 1000)
        self._runs[path] = self._runs.get(path, 0) + 1
        self.tape.add_seen("server_executed", path=path, cell=cell, ok=result.ok, execution_count=self._runs[path])
        self.tape.add(
            "execution_finished",
            path=path,
            cell=cell,
            ok=result.ok,
            execution_count=self._runs[path],
            duration_ms=result.duration_ms,
            outputs=result.outputs_at(self._runs[path]),
            truncated=False,
        )
        self._save(path)

    def _start_kernel(self, path: str) -> None:
        """Start the notebook's kernel before its first run; some people start anew now and then."""
        if path in self._runs and self.random.random() >= self.persona.restart_rate:
            return
        state = "restarted" if path in self._runs else "started"
        self._runs[path] = 0
        self.tape.add("kernel_changed", path=path, state=state)
        self.tape.add_seen("server_kernel", path=path, state=state)
        self.tape.wait(1.5)

    def _look_around(self, material: Material) -> None:
        """Add a cell to look at something, and mostly remove it again."""
        cell = f"{self.random.getrandbits(32):08x}"
        index = self.desk.index(material.path, material.answer) + 1
        self.desk.insert_cell(material.path, index, {"id": cell, "cell_type": "code", "source": ""})
        hands = Hands(desk=self.desk, tape=self.tape, persona=self.persona, random=self.random)
        self._activate(material.path, cell)
        hands.type_text(material.path, cell, 0, "sorted(name for name in dir() if not name.startswith('_'))")
        self._think(6)
        if self.random.random() < 0.7:
            self.desk.delete_cell(material.path, cell)

    def _activate(self, path: str, cell: str) -> None:
        self.tape.wait(0.4)
        if self.monitoring != "none":
            self.tape.add("active_cell", path=path, cell=cell)
        if self.monitoring == "full":
            self.tape.add("scrolled", path=path, first_cell=self.desk.above(path, cell), last_cell=cell)
            self.tape.add("selection", path=path, cell=cell, first_line=0, last_line=0, length=0)

    def _save(self, path: str) -> None:
        if self.tape.now_ms - self._saved_ms >= _AUTOSAVE_S * 1000:
            self._saved_ms = self.tape.now_ms
            self.desk.save(path)

    def _think(self, median_s: float) -> None:
        """Pause; some people look at another window meanwhile."""
        pause_s = self.random.lognormvariate(math.log(max(median_s, 0.2)), 0.35)
        if pause_s < 5 or self.random.random() >= self.persona.away_rate * 2:
            self.tape.wait(pause_s)
            return
        self.tape.wait(0.3 * pause_s)
        self._focus("blur", "hidden")
        self.tape.wait(0.5 * pause_s)
        self._focus("visible", "focus")
        self.tape.wait(0.2 * pause_s)

    def _focus(self, *states: str) -> None:
        for state in states if self.monitoring == "full" else ():
            self.tape.add("focus", state=state)

    def _load_page(self) -> None:
        self.tape.add("client_started", recorder=RECORDER_VERSION, lab=_LAB_VERSION)
        self._focus("visible", "focus")

    def _reload(self) -> None:
        self._think(2)
        self.tape.new_client()
        self._load_page()
        for path in list(self.desk.notebooks):
            self.desk.open(path, [])
