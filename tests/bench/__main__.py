"""Run the benchmarks: `python -m tests.bench [NAME...]`; prints a table and writes build/bench.json.

Each benchmark is a function that returns measurements. What cannot run on this machine is reported and left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from tests.bench.collector import collector_events_per_s
from tests.bench.delivery import delivery
from tests.bench.editor import editor
from tests.bench.grading import grading_submissions_per_cpu_s
from tests.bench.journal import journal_append
from tests.bench.measure import Measurement
from tests.bench.needs import CannotRun
from tests.bench.recordings import REPO
from tests.bench.replay_browser import replay_in_browser
from tests.bench.sealed import sealed_recording
from tests.bench.servers import servers

OUTPUT = REPO / "build" / "bench.json"
BENCHMARKS: dict[str, Callable[[], list[Measurement]]] = {
    "sealed": sealed_recording,
    "replay": replay_in_browser,
    "editor": editor,
    "journal": journal_append,
    "delivery": delivery,
    "collector": collector_events_per_s,
    "grading": grading_submissions_per_cpu_s,
    "servers": servers,
}


def main(names: list[str]) -> int:
    """Run all benchmarks, or those that are named."""
    unknown = sorted(set(names) - BENCHMARKS.keys())
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    console, found = Console(width=None if sys.stdout.isatty() else 140), []
    for name, benchmark in BENCHMARKS.items():
        if names and name not in names:
            continue
        with console.status(f"benchmark {name}"):
            try:
                found += benchmark()
            except CannotRun as reason:
                console.print(f"benchmark {name} left out: {reason}", style="yellow")
    _print(console, found)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([each.to_json() for each in found], indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {OUTPUT.relative_to(REPO)}")
    return 0


def _print(console: Console, found: list[Measurement]) -> None:
    table = Table("Name", "Median", "Unit", "Spread (IQR)", "n", "Peer", "Times better")
    for each in found:
        row = each.to_json()
        table.add_row(
            *("" if row[key] is None else str(row[key]) for key in ("name", "value", "unit", "spread", "n")),
            row["peer"] or "",
            "" if row["ratio"] is None else str(row["ratio"]),
        )
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
