"""A scripted (synthetic) sitting in which everything happens that a replay must be able to show.

Pastes of every sort, a kernel that restarts, a text file, two pages with one notebook, reading, a hole in the
recording, outputs that try to act. Short, so that a person can look through it.
"""

from __future__ import annotations

from random import Random
from typing import Any

from nbassess_events.document import text_sha256

from tests.unit.dashboards.hostile_outputs import hostile_html, hostile_markdown, hostile_svg
from tests.unit.dashboards.scribe import Scribe, failed, shown, stream
from tests.unit.dashboards.synthetic_cohort import START_MS, cells_of

PATH, FILE = "clean-orders/clean-orders.ipynb", "clean-orders/notes.py"
ANSWER, TRIAL = "clean-orders-answer", "clean-orders-try"


def eventful_recording(started_ms: int = START_MS, *, beacon: str = "http://192.0.2.1/") -> Scribe:
    """Record the sitting; `beacon` is the address that its hostile outputs try to reach."""
    scribe = Scribe(random=Random(11), now_ms=started_ms)
    scribe.load_page()
    cells = [*cells_of("clean-orders", "Clean an order export"), _markdown("mine", hostile_markdown(beacon))]
    scribe.open(PATH, cells)
    scribe.add("scrolled", path=PATH, first_cell="clean-orders-prompt", last_cell="clean-orders-answer")
    _beat(scribe, 60)
    end = _type_with_help(scribe, beacon)
    _paste_both_ways(scribe, end)
    _work_in_a_file(scribe)
    _break_the_kernel(scribe)
    scribe.leave(90)
    _drop_a_stretch(scribe)
    _open_a_second_page(scribe, cells)
    _beat(scribe, 40)
    scribe.add("submit_requested", documents={})
    return scribe


def _markdown(cell: str, source: str) -> dict[str, str]:
    return {"id": cell, "cell_type": "markdown", "source": source}


def _beat(scribe: Scribe, seconds: int) -> None:
    """Let time pass in which the recorder says that it is there."""
    for _ in range(seconds // 10):
        scribe.wait(10)
        scribe.add("heartbeat", wall_ms=scribe.now_ms)


def _edit(scribe: Scribe, source: str, ops: list[list[Any]], *, path: str = PATH, cell: str = ANSWER) -> None:
    scribe.add("edit", path=path, cell=cell, source=source, ops=ops)
    scribe.wait(2)


def _type_with_help(scribe: Scribe, beacon: str) -> int:
    end = scribe.type(PATH, ANSWER, 'def solve(frame):\n    """Sum per customer."""\n    return frame.groupby(')
    _edit(scribe, "complete", [[end, 0, '"customer"']])
    _edit(scribe, "inline", [[end + 10, 0, ')["amount"].sum().reset_index()']])
    _edit(scribe, "compose", [[end + 41, 0, "  # 合計"]])
    _edit(scribe, "undo", [[end + 41, 6, ""]])
    _edit(scribe, "replace", [[4, 5, "answer"]])
    scribe.add("selection", path=PATH, cell=ANSWER, first_line=1, last_line=2, length=80)
    scribe.run(PATH, ANSWER, count=1)
    scribe.type(PATH, TRIAL, "answer(orders)")
    pictures = shown(**{"image__svg+xml": hostile_svg(beacon)})
    scribe.run(PATH, TRIAL, shown(text__html=hostile_html(beacon)), pictures, count=2)
    return end + 42


def _pasted(scribe: Scribe, text: str, via: str, seen: list[str]) -> None:
    length = len(text.encode("utf-16-le")) // 2
    scribe.add("pasted", path=PATH, cell=ANSWER, via=via, length=length, sha256=text_sha256(text), seen=seen)


def _paste_both_ways(scribe: Scribe, end: int) -> None:
    own, foreign = "\n# Sum per customer", "\nimport itertools\nPAIRS = list(itertools.pairwise(range(9)))  # 🧮"
    _pasted(scribe, own, "paste", ["cell", "prompt"])
    _edit(scribe, "paste", [[end, 0, own]])
    _pasted(scribe, foreign, "drop", [])
    _edit(scribe, "drop", [[end + len(own), 0, foreign]])
    scribe.add("save_started", path=PATH)
    scribe.add("saved", path=PATH)
    scribe.wait(20)


def _work_in_a_file(scribe: Scribe) -> None:
    scribe.add("file_opened", path=FILE, text="LIMIT = 10\n")
    scribe.type(FILE, "file", "# tried 12, too slow\n", at=11)
    scribe.wait(30)


def _break_the_kernel(scribe: Scribe) -> None:
    scribe.add("active_cell", path=PATH, cell=TRIAL)
    scribe.add("execution_started", path=PATH, cell=TRIAL)
    scribe.wait(3)
    scribe.add("kernel_changed", path=PATH, state="died")
    scribe.wait(2)
    scribe.add("kernel_changed", path=PATH, state="restarted")
    scribe.run(
        PATH, TRIAL, stream("starting\n"), failed("NameError", "name 'orders' is not defined"), ok=False, count=1
    )
    scribe.wait(30)


def _drop_a_stretch(scribe: Scribe) -> None:
    """Twenty events never arrive."""
    scribe.type(PATH, TRIAL, "# before the hole\n")
    scribe.wait(20)
    scribe.seq += 20
    scribe.wait(50)
    scribe.type(PATH, TRIAL, "# after the hole\n")


def _open_a_second_page(scribe: Scribe, cells: list[dict[str, str]]) -> None:
    first, sequence = scribe.client, scribe.seq
    scribe.load_page()
    scribe.open(PATH, cells)
    scribe.type(PATH, TRIAL, "second = True")
    scribe.client, scribe.seq = first, sequence
    scribe.type(PATH, TRIAL, "first = True\n")
