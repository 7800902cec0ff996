"""What made each edit, and what the recorder said: counted over all scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbassess_events.model import CellsChanged, Edit

STRICT = ("type", "paste")
"""For these `unknown` is allowed and a wrong word is not."""


@dataclass
class Step:
    """A stretch of page time in which one thing made every edit."""

    source: str
    path: str
    from_ms: float
    to_ms: float = 0.0
    edits: int = 0


@dataclass
class Confusion:
    """Expected and recorded sources of edits, by script."""

    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def count(self, script: str, steps: list[Step], edits: Iterable[Edit | CellsChanged]) -> None:
        """Count the edits of a script by the step they fall into; changes of the list of cells count within a step."""
        for edit in edits:
            step = _step_of(steps, edit)
            if step is None and isinstance(edit, CellsChanged):
                continue
            if step is not None:
                step.edits += 1
            self.counted[script, step.source if step else "(no step)", edit.source] += 1

    def total(self) -> Counter[tuple[str, str]]:
        """Return the table over all scripts: (expected, recorded)."""
        table: Counter[tuple[str, str]] = Counter()
        for (_, expected, recorded), number in self.counted.items():
            table[expected, recorded] += number
        return table

    def right(self) -> float:
        """Return which part of the edits carries the right source."""
        table = self.total()
        return sum(number for (expected, recorded), number in table.items() if expected == recorded) / table.total()

    def wrong(self) -> dict[str, int]:
        """Return by script the edits that were wrongly called typing or paste, or were these and called otherwise."""
        found: Counter[str] = Counter()
        for (script, expected, recorded), number in self.counted.items():
            if expected != recorded and recorded != "unknown" and (expected in STRICT or recorded in STRICT):
                found[f"{script}: {expected} was called {recorded}"] += number
        return dict(found)

    def text(self) -> str:
        """Return the table for people."""
        table = self.total()
        lines = [f"{'what it was':14} {'what was recorded':18} {'edits':>7}"]
        lines += [f"{expected:14} {recorded:18} {number:7d}" for (expected, recorded), number in sorted(table.items())]
        return "\n".join([*lines, f"right: {self.right():.3%} of {table.total()} edits"])

    def write(self, path: Path) -> None:
        """Write the table as JSON."""
        rows = [
            {"script": script, "expected": expected, "recorded": recorded, "edits": number}
            for (script, expected, recorded), number in sorted(self.counted.items())
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"right": self.right(), "wrong": self.wrong(), "edits": rows}, indent=1), "utf-8")


def _step_of(steps: list[Step], edit: Edit | CellsChanged) -> Step | None:
    # The recorder rounds its time to whole milliseconds.
    fitting = (step for step in steps if step.from_ms - 0.5 <= edit.t_ms <= step.to_ms + 0.5)
    return next((step for step in fitting if step.path == edit.path), None)
