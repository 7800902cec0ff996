"""A synthetic two-hour recording with 50,000 edits: labelled, seeded, the same for one state of the code.

Scripted hands type real Python code (functions of this repository) into the notebooks of real problems: in bursts,
with slips, completion, undo, pasting, rewriting and cutting; cells are run, notebooks saved, the window is left, the
page reloaded, the server a second witness; the cursor and the view are recorded each second, as at monitoring level
`full`. Nobody works that much; a recording that fits this one fits every other.
"""

from __future__ import annotations

import ast
import base64
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from nbassess_events.codec import parse_event
from nbassess_events.model import Recorded
from nbassess_hub.demo.desk import Desk, bmp_only
from nbassess_hub.demo.hands import Hands
from nbassess_hub.demo.material import load_material
from nbassess_hub.demo.personas import Persona
from nbassess_hub.demo.tape import Tape

from tests.bench.recordings import REPO, STARTED_MS, assessment

LABEL = "synthetic two-hour recording"
EDITS = 50_000
LENGTH_MS = 2 * 3_600_000
_BATCH_MS = 250
_PASSAGES_PER_NOTEBOOK = 12
_RELOADS = 3


@cache
def two_hours(edits: int = EDITS, *, seed: int = 1) -> tuple[Recorded, ...]:
    """Return the recording, as the collector would have stored it."""
    tape = _FullTape(now_ms=STARTED_MS, deadline_ms=2**52, random=Random(f"{LABEL}/{seed}/tape"))
    _Writer(tape, Random(f"{LABEL}/{seed}")).write(edits)
    return tuple(_received(tape, Random(f"{LABEL}/{seed}/network")))


class _FullTape(Tape):
    """Adds where the cursor is and what is in view, once a second while text is changed."""

    looked_ms = 0

    def add(self, kind: str, **fields: object) -> None:
        super().add(kind, **fields)
        if kind == "edit" and self.now_ms >= self.looked_ms + 1000:
            self.looked_ms = self.now_ms
            place, line = {"path": fields["path"]}, self.random.randrange(40)
            super().add("selection", **place, cell=fields["cell"], first_line=line, last_line=line, length=0)
            if self.random.random() < 0.2:
                super().add("scrolled", **place, first_cell=fields["cell"], last_cell=fields["cell"])


class _Writer:
    """The scripted candidate at work."""

    def __init__(self, tape: Tape, random: Random) -> None:
        self.tape, self.random = tape, random
        self.desk = Desk(tape=tape)
        self.hands = Hands(desk=self.desk, tape=tape, persona=_fast_person(), random=random, line_pause_s=0.3)
        self.passages = list(_functions())
        random.shuffle(self.passages)
        self.runs = 0

    def write(self, edits: int) -> None:
        materials = [load_material(problem) for problem in assessment("data-scientist").problems]
        reload_at = [edits * part // (_RELOADS + 1) for part in range(_RELOADS, 0, -1)]
        self._load_page()
        while (done := self._edits()) < edits:
            if reload_at and done >= reload_at[-1]:
                reload_at.pop()
                self.tape.new_client()
                self._load_page()
            material = self.random.choice(materials)
            self.desk.open(material.path, list(material.cells))
            self._work_on(material.path, edits)

    def _load_page(self) -> None:
        self.tape.add("client_started", recorder="0.1.0", lab="4.6.6")
        for path in self.desk.notebooks:
            self.desk.open(path, [])

    def _edits(self) -> int:
        return sum(event["type"] == "edit" for event in self.tape.events)

    def _work_on(self, path: str, edits: int) -> None:
        for _ in range(_PASSAGES_PER_NOTEBOOK):
            cell = self._cell(path)
            self.tape.add("active_cell", path=path, cell=cell)
            target = self.passages.pop(0)
            self.passages.append(target)
            self.hands.rewrite(path, cell, target)
            for _ in range(self.random.randint(1, 5)):
                self._run(path, cell)
                self._amend(path, cell)
            self._look_away()
            if self._edits() >= edits:
                return

    def _cell(self, path: str) -> str:
        cells = self.desk.notebooks[path]
        code = [cell["id"] for cell in cells if cell["cell_type"] == "code"]
        if len(code) < 14 and self.random.random() < 0.3:
            new = f"{self.random.getrandbits(32):08x}"
            self.desk.insert_cell(path, len(cells), {"id": new, "cell_type": "code", "source": ""})
            return new
        return self.random.choice(code)

    def _amend(self, path: str, cell: str) -> None:
        """Write one line of the cell anew, as after a failed run."""
        lines = self.desk.source(path, cell).splitlines(keepends=True)
        index = self.random.randrange(len(lines))
        self.hands.rewrite(path, cell, "".join([*lines[:index], lines[index].replace("e", "o"), *lines[index + 1 :]]))

    def _run(self, path: str, cell: str) -> None:
        self.runs += 1
        self.tape.wait(self.random.expovariate(1.0))
        self.tape.add("execution_started", path=path, cell=cell)
        code = self.desk.source(path, cell).encode()
        seen = {"path": path, "cell": cell}
        self.tape.add_seen("server_execute", **seen, code_sha256=sha256(code).hexdigest(), length=len(code))
        duration_s = self.random.expovariate(2.0)
        self.tape.wait(duration_s)
        is_ok = self.random.random() < 0.8
        self.tape.add(
            "execution_finished",
            path=path,
            cell=cell,
            ok=is_ok,
            execution_count=self.runs,
            duration_ms=round(duration_s * 1000),
            outputs=[_output(self.random, is_ok=is_ok)],
            truncated=False,
        )
        self.tape.add_seen("server_executed", **seen, ok=is_ok, execution_count=self.runs)
        self.desk.save(path)

    def _look_away(self) -> None:
        if self.random.random() < 0.2:
            for state in ("blur", "hidden", "visible", "focus"):
                self.tape.wait(self.random.expovariate(0.2))
                self.tape.add("focus", state=state)


def _fast_person() -> Persona:
    return Persona(
        name=f"Synthetic ({LABEL})",
        skill=0.5,
        keys_per_s=11.0,
        pace=1.0,
        typo_rate=0.03,
        undo_rate=0.05,
        complete_rate=0.1,
        paste_rate=0.03,
        away_rate=0.1,
        scratch_rate=0.0,
        reload_rate=0.0,
        restart_rate=0.0,
        writes_from_outside=False,
        tidy=0.5,
        submits=True,
    )


def _functions() -> Iterator[str]:
    """Yield the functions of this repository's own packages: code that people wrote, 200 to 2,000 characters each."""
    for folder in ("graders/nbassess_graders", "hub/nbassess_hub"):
        for file in sorted((REPO / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    source = bmp_only(ast.get_source_segment(text, node) or "")
                    if 200 <= len(source) <= 2_000:
                        yield source


def _output(random: Random, *, is_ok: bool) -> dict[str, Any]:
    if not is_ok:
        frames = [f"File <cell>, line {random.randint(1, 40)}" for _ in range(4)]
        return {"output_type": "error", "ename": "KeyError", "evalue": "'region'", "traceback": frames}
    data: dict[str, str] = {"text/plain": "\n".join(f"{row} {random.random():.6f}" for row in range(10))}
    if random.random() < 0.1:
        data["image/png"] = base64.b64encode(random.randbytes(15_000)).decode("ascii")
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}


def _received(tape: Tape, random: Random) -> Iterator[Recorded]:
    """Spread the events over two hours and put them into batches of a quarter of a second."""
    first, last = tape.events[0]["t_ms"], tape.events[-1]["t_ms"]
    times = [STARTED_MS + (event["t_ms"] - first) * LENGTH_MS // (last - first) for event in tape.events]
    batch_end = received = 0
    for index, (client, event) in enumerate(tape._events):
        if times[index] > batch_end:
            batch_end = times[bisect_right(times, times[index] + _BATCH_MS) - 1]
            received = max(received, batch_end + 20 + round(random.expovariate(1 / 30)))
        beat = {"wall_ms": times[index]} if "wall_ms" in event else {}
        parsed = parse_event(event | {"t_ms": times[index]} | beat)
        yield Recorded(position=index + 1, client=client, received_ms=received, event=parsed)
