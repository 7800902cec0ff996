"""Rebuild the notebooks at any moment of a sitting, exactly, from the records alone.

A document lives per client (page load) and path: `notebook_opened` or `file_opened` is its full snapshot, later changes
build on it. The current document of a path is the one that was changed last: opening a stale copy in a second tab does
not make earlier typing disappear. A change that does not fit (a hole in the recording) is a gap: it is noted, the
document is marked incomplete until the next snapshot, and nothing is guessed.

Seeking is fast because a snapshot of the (immutable) state is kept every few hundred records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from nbassess_events.document import FILE_CELL, Cell, Document, text_document
from nbassess_events.errors import EventError, ReplayError
from nbassess_events.kinds import Json
from nbassess_events.model import (
    ActiveCell,
    CellsChanged,
    Edit,
    Event,
    ExecutionFinished,
    FileOpened,
    Focus,
    NotebookOpened,
    Recorded,
)
from nbassess_events.timing import moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place where the recording does not fit together."""

    position: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a cell showed after its last run, which was recorded at `position`."""

    position: int
    outputs: tuple[Json, ...]
    execution_count: int | None
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookState:
    """Everything that is known at one position. The mappings are never changed in place."""

    position: int = 0
    by_client: dict[tuple[str, str], Document] = field(default_factory=dict)
    current_client: dict[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    shown: dict[tuple[str, str], Shown] = field(default_factory=dict)
    active: tuple[str, str] = ("", "")
    focus: str = ""
    gaps: tuple[Gap, ...] = ()

    @property
    def documents(self) -> dict[str, Document]:
        """The current document of every path."""
        return {path: self.by_client[client, path] for path, client in self.current_client.items()}

    def documents_of(self, client: str) -> dict[str, Document]:
        """Return the documents as one page load saw them, by path."""
        return {path: document for (owner, path), document in self.by_client.items() if owner == client}

    def to_json(self) -> Json:
        """Return the state as plain data, for a snapshot. Outputs are not in it, only where they were recorded."""
        return {
            "position": self.position,
            "documents": [
                [client, document.path, document.is_complete, [[c.id, c.cell_type, c.source] for c in document.cells]]
                for (client, _), document in self.by_client.items()
            ],
            "current": self.current_client,
            "changed": sorted(self.changed),
            "shown": [[path, cell, shown.position] for (path, cell), shown in self.shown.items()],
            "active": list(self.active),
            "focus": self.focus,
            "gaps": [[gap.position, gap.path, gap.reason] for gap in self.gaps],
        }

    @staticmethod
    def from_json(value: Json, event_at: Callable[[int], Event]) -> NotebookState:
        """Read a snapshot; `event_at` returns the event recorded at a position. Raises ReplayError."""
        try:
            return _state_of(value, event_at)
        except (KeyError, TypeError, ValueError) as error:
            raise ReplayError(f"this is no snapshot of a replay ({error!r:.200})") from error


def _state_of(value: Json, event_at: Callable[[int], Event]) -> NotebookState:
    return NotebookState(
        position=value["position"],
        by_client={
            (client, path): Document(
                path=path, cells=tuple(Cell(id=i, cell_type=t, source=s) for i, t, s in cells), is_complete=is_complete
            )
            for client, path, is_complete, cells in value["documents"]
        },
        current_client=dict(value["current"]),
        changed=frozenset(value["changed"]),
        shown={(path, cell): _shown(at, event_at(at)) for path, cell, at in value["shown"]},
        active=(value["active"][0], value["active"][1]),
        focus=value["focus"],
        gaps=tuple(Gap(position=at, path=path, reason=reason) for at, path, reason in value["gaps"]),
    )


def _shown(position: int, event: Event) -> Shown:
    if not isinstance(event, ExecutionFinished):
        raise ReplayError(f"record {position} is {event.TYPE}, the snapshot says that it holds outputs")
    return Shown(position=position, outputs=event.outputs, execution_count=event.execution_count, ok=event.ok)


def advance(state: NotebookState, record: Recorded) -> NotebookState:
    """Return the state after one more record."""
    event = record.event
    state = replace(state, position=record.position)
    if _is_notebook_as_text(event):
        return state
    if isinstance(event, Edit | CellsChanged):
        return _changed(state, record, event)
    if isinstance(event, NotebookOpened):
        return _opened(state, record.client, Document(path=event.path, cells=event.cells))
    if isinstance(event, FileOpened):
        return _opened(state, record.client, text_document(event.path, event.text))
    if isinstance(event, ExecutionFinished):
        shown = {**state.shown, (event.path, event.cell): _shown(record.position, event)}
        return replace(state, shown=shown)
    if isinstance(event, ActiveCell):
        return replace(state, active=(event.path, event.cell))
    if isinstance(event, Focus):
        return replace(state, focus=event.state)
    return state


def _is_notebook_as_text(event: Event) -> bool:
    """Whether a notebook's file is shown as text. That view is not the notebook and must never stand for it."""
    if isinstance(event, Edit) and event.cell != FILE_CELL:
        return False
    return isinstance(event, FileOpened | Edit) and _names_a_notebook(event.path)


def _names_a_notebook(path: str) -> bool:
    """Whether a path leads to a notebook's file in any spelling: "a.ipynb/." and "A.IPYNB" do."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return bool(parts) and parts[-1].lower().endswith(".ipynb")


def _opened(state: NotebookState, client: str, document: Document) -> NotebookState:
    path = document.path
    by_client = {**state.by_client, (client, path): document}
    is_taken = path in state.changed and state.current_client[path] != client
    current = state.current_client if is_taken else {**state.current_client, path: client}
    return replace(state, by_client=by_client, current_client=current)


def _changed(state: NotebookState, record: Recorded, event: Edit | CellsChanged) -> NotebookState:
    key = (record.client, event.path)
    document = state.by_client.get(key)
    if document is None:
        return _with_gap(state, record, event.path, "a change came before the notebook's snapshot")
    try:
        document = document.edited(event.cell, event.ops) if isinstance(event, Edit) else document.respliced(event.ops)
    except EventError as error:
        state = _with_gap(state, record, event.path, str(error))
        document = replace(document, is_complete=False)
    return replace(
        state,
        by_client={**state.by_client, key: document},
        current_client={**state.current_client, event.path: record.client},
        changed=state.changed | {event.path},
    )


def _with_gap(state: NotebookState, record: Recorded, path: str, reason: str) -> NotebookState:
    return replace(state, gaps=(*state.gaps, Gap(position=record.position, path=path, reason=reason)))


@dataclass(slots=True)
class Sequences:
    """Where every client's own sequence stands, while one goes through a recording."""

    _next: dict[str, int] = field(default_factory=dict)

    def missing_before(self, record: Recorded) -> int | None:
        """Take the next record; return the number that should have come in its place, None when it is the right one."""
        expected = self._next.get(record.client, 0)
        self._next[record.client] = record.event.seq + 1
        return None if record.event.seq == expected else expected


def sequence_gaps(records: Sequence[Recorded]) -> tuple[Gap, ...]:
    """Find holes in any client's own sequence."""
    sequences, found = Sequences(), []
    for record in records:
        missing = sequences.missing_before(record)
        if missing is not None:
            reason = f"client {record.client}: expected event {missing}, found {record.event.seq}"
            found.append(Gap(position=record.position, path="", reason=reason))
    return tuple(found)


class Replay:
    """A recording that can be asked for its state at any position or time."""

    def __init__(self, records: Sequence[Recorded], *, snapshot_every: int = 256) -> None:
        self.records = tuple(records)
        self.times_ms = moments(self.records)
        self._every = snapshot_every
        self._snapshots = self._take_snapshots()
        self.gaps = (*sequence_gaps(self.records), *self.end.gaps)

    def _take_snapshots(self) -> list[NotebookState]:
        state = NotebookState()
        snapshots = [state]
        for index, record in enumerate(self.records, start=1):
            state = advance(state, record)
            if index % self._every == 0:
                snapshots.append(state)
        self.end = state
        return snapshots

    def state_at(self, position: int) -> NotebookState:
        """Return the state after the record at `position`; 0 is before the first. Raises ReplayError."""
        if not 0 <= position <= len(self.records):
            raise ReplayError(f"position {position} is outside 0..{len(self.records)}")
        state = self._snapshots[position // self._every]
        for record in self.records[position - position % self._every : position]:
            state = advance(state, record)
        return state

    def position_at(self, time_ms: int) -> int:
        """Return the last position at or before a time (server milliseconds)."""
        return bisect_right(self.times_ms, time_ms)

    def event_at(self, position: int) -> Event:
        """Return the event at a position from 1. Raises ReplayError."""
        if not 1 <= position <= len(self.records):
            raise ReplayError(f"position {position} is outside 1..{len(self.records)}")
        return self.records[position - 1].event
