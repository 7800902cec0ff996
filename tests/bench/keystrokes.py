"""One stream of keystrokes in the shapes of three recorders: ours, jupyterlab-pioneer's, jupyter_events'.

The stream is the synthetic two-hour recording (long_recording): its times decide what travels together.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbassess_events.codec import event_to_wire
from nbassess_events.model import Edit

from tests.bench.long_recording import two_hours

BATCH_DELAY_MS = 200
"""How long the page lets keystrokes wait for more (extensions/recorder/src/transport.ts)."""
_SESSION = str(uuid.UUID(int=0x5EED, version=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keystroke:
    """One edit, numbered from 0, and how long the cell's text was before."""

    edit: Edit
    length_before: int


def keystrokes(count: int) -> list[Keystroke]:
    """Return the first keystrokes of the recording."""
    found: list[Keystroke] = []
    lengths: dict[str, int] = {}
    for record in two_hours():
        event = record.event
        if isinstance(event, Edit):
            before = max(lengths.get(event.cell, 0), max(at + deleted for at, deleted, _ in event.ops))
            lengths[event.cell] = before + sum(len(inserted) - deleted for _, deleted, inserted in event.ops)
            found.append(Keystroke(edit=replace(event, seq=len(found)), length_before=before))
        if len(found) == count:
            break
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBatch:
    """One message of our page."""

    text: str
    began_ms: int
    last_seq: int


def batches(strokes: Sequence[Keystroke], *, client: str) -> Iterator[PageBatch]:
    """Yield what our page sends: the first keystroke starts a timer, and what came in time travels with it."""
    waiting: list[Edit] = []
    for stroke in strokes:
        if waiting and stroke.edit.t_ms - waiting[0].t_ms > BATCH_DELAY_MS:
            yield _batch(waiting, client)
            waiting = []
        waiting.append(stroke.edit)
    if waiting:
        yield _batch(waiting, client)


def _batch(edits: list[Edit], client: str) -> PageBatch:
    text = _compact({"v": 1, "client": client, "events": [event_to_wire(edit) for edit in edits]})
    return PageBatch(text=text, began_ms=edits[0].t_ms, last_seq=edits[-1].seq)


def together(batches: Iterable[PageBatch], gather_s: float) -> Iterator[list[PageBatch]]:
    """Group batches as the server's forwarder does: the first one waits so long for others."""
    group: list[PageBatch] = []
    for batch in batches:
        if group and batch.began_ms - group[0].began_ms > gather_s * 1000:
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


def pioneer_body(stroke: Keystroke, file: str) -> str:
    """Return what jupyterlab-pioneer posts for one keystroke (its CellEditEvent, with the file exporter)."""
    active = [{"name": "CellEditEvent", "logWholeNotebook": False}]
    detail = {
        "eventName": "CellEditEvent",
        "eventTime": stroke.edit.t_ms,
        "eventInfo": {"index": 2, "changes": _sections(stroke), "type": "code"},
    }
    state = {"sessionID": _SESSION, "notebookPath": stroke.edit.path, "notebookContent": None}
    exporter = {"type": "file_exporter", "args": {"path": file}, "activeEvents": active}
    return _compact({"eventDetail": detail, "notebookState": state, "exporter": exporter})


def _sections(stroke: Keystroke) -> list[Any]:
    """Write a change as CodeMirror does: lengths that stay, and [deleted, inserted lines ...]."""
    at, deleted, inserted = stroke.edit.ops[0]
    change = [deleted, *inserted.split("\n")] if inserted else [deleted]
    rest = stroke.length_before - at - deleted
    return [*([at] if at else []), change, *([rest] if rest else [])]


def event_data(stroke: Keystroke) -> dict[str, Any]:
    """Return what an event of jupyter_events carries when it says what ours says; it adds the time itself."""
    wire = event_to_wire(stroke.edit)
    return {name: wire[name] for name in ("seq", "path", "cell", "source", "ops")}


def _compact(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
