"""The events of a sitting. An event is a small frozen class whose docstring is its documentation.

Every event carries `seq` (gap-free per client, from 0) and `t_ms` (the client's clock, epoch milliseconds). A client is
one page load: 16 hex characters, new at every load. Positions inside texts count UTF-16 code units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from nbassess_events.document import Cell
from nbassess_events.errors import EventError
from nbassess_events.kinds import Flag, Json, Kind, Objects, OneOf, Plain, Text, TextMap, Whole, read_list, read_object

MAX_TEXT = 1_000_000
MAX_CELLS = 2_000
MAX_OPS = 10_000

SOURCES = ("type", "paste", "cut", "undo", "redo", "complete", "programmatic", "unknown")
CELL_TYPES = ("code", "markdown", "raw")

PATH = Text(1024)
CELL_ID = Text(128)
BODY = Text(MAX_TEXT)
CLIENT = Text(16, "[0-9a-f]{16}")
DIGEST = Text(64, "([0-9a-f]{64})?")

_CELL_KINDS: dict[str, Kind] = {"cell_type": OneOf(CELL_TYPES), "id": CELL_ID, "source": BODY}


class _Cells(Plain):
    """A list of cells."""

    def read(self, value: object) -> tuple[Cell, ...]:
        """Refuse what is no list of {id, cell_type, source}."""
        return tuple(self._cell(item) for item in read_list(value, MAX_CELLS))

    @staticmethod
    def _cell(item: object) -> Cell:
        found = read_object(item, frozenset(_CELL_KINDS))
        return Cell(**{name: kind.read(found[name]) for name, kind in _CELL_KINDS.items()})  # type: ignore[arg-type] # the kinds check

    def write(self, value: tuple[Cell, ...]) -> object:
        """Return plain objects."""
        return [{"id": cell.id, "cell_type": cell.cell_type, "source": cell.source} for cell in value]

    def schema(self) -> Json:
        """Describe the list."""
        properties = {name: kind.schema() for name, kind in _CELL_KINDS.items()}
        cell = {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": MAX_CELLS, "items": cell}


CELLS = _Cells()


@dataclass(frozen=True, slots=True)
class _Ops(Plain):
    """A list of [position, delete count, what is inserted], applied one after the other."""

    inserted: Kind

    def read(self, value: object) -> tuple[tuple[int, int, Any], ...]:
        """Refuse what is no list of such triples."""
        return tuple(self._op(item) for item in read_list(value, MAX_OPS))

    def _op(self, item: object) -> tuple[int, int, Any]:
        triple = read_list(item, 3)
        if len(triple) != 3:
            raise EventError(f"an operation has 3 items, got {len(triple)}")
        position, delete_count = _COUNT.read(triple[0]), _COUNT.read(triple[1])
        return position or 0, delete_count or 0, self.inserted.read(triple[2])

    def write(self, value: tuple[tuple[int, int, Any], ...]) -> object:
        """Return plain lists."""
        return [[position, delete_count, self.inserted.write(inserted)] for position, delete_count, inserted in value]

    def schema(self) -> Json:
        """Describe the list of triples."""
        triple = {"type": "array", "prefixItems": [_COUNT.schema(), _COUNT.schema(), self.inserted.schema()]}
        return {"type": "array", "maxItems": MAX_OPS, "items": triple | {"minItems": 3, "maxItems": 3}}


_COUNT = Whole(limit=10 * MAX_TEXT)


def _is(kind: Kind) -> Any:
    return field(metadata={"kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: its place in the client's sequence and the client's time."""

    TYPE: ClassVar[str] = ""

    seq: int = _is(Whole())
    t_ms: int = _is(Whole())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStarted(Event):
    """A page was loaded and the recorder is on. Always the first event of a client."""

    TYPE: ClassVar[str] = "client_started"

    recorder: str = _is(Text(64))
    lab: str = _is(Text(64))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookOpened(Event):
    """A notebook was opened: a full snapshot that every later change of this client builds on."""

    TYPE: ClassVar[str] = "notebook_opened"

    path: str = _is(PATH)
    cells: tuple[Cell, ...] = _is(CELLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Event):
    """The text of one cell changed. `source` says what made the change, `unknown` where nobody can say."""

    TYPE: ClassVar[str] = "edit"

    path: str = _is(PATH)
    cell: str = _is(CELL_ID)
    source: str = _is(OneOf(SOURCES))
    ops: tuple[tuple[int, int, str], ...] = _is(_Ops(BODY))


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsChanged(Event):
    """Cells were inserted, deleted, moved, or changed their type."""

    TYPE: ClassVar[str] = "cells_changed"

    path: str = _is(PATH)
    action: str = _is(OneOf(("insert", "delete", "move", "type", "other")))
    ops: tuple[tuple[int, int, tuple[Cell, ...]], ...] = _is(_Ops(CELLS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted(Event):
    """A cell was sent to the kernel."""

    TYPE: ClassVar[str] = "execution_started"

    path: str = _is(PATH)
    cell: str = _is(CELL_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFinished(Event):
    """A cell finished running. Not emitted when the kernel dies first. Outputs are bounded; `truncated` says when."""

    TYPE: ClassVar[str] = "execution_finished"

    path: str = _is(PATH)
    cell: str = _is(CELL_ID)
    ok: bool = _is(Flag())
    execution_count: int | None = _is(Whole(optional=True))
    duration_ms: int = _is(Whole())
    outputs: tuple[Json, ...] = _is(Objects(1_000))
    truncated: bool = _is(Flag())


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCell(Event):
    """Another cell became active; an empty id means none."""

    TYPE: ClassVar[str] = "active_cell"

    path: str = _is(PATH)
    cell: str = _is(CELL_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus(Event):
    """The window gained or lost the keyboard, or the page became visible or hidden. Off at monitoring level `none`."""

    TYPE: ClassVar[str] = "focus"

    state: str = _is(OneOf(("focus", "blur", "visible", "hidden")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Event):
    """A notebook was written to the candidate's disk."""

    TYPE: ClassVar[str] = "saved"

    path: str = _is(PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequested(Event):
    """The candidate confirmed Submit. `documents`: digest of each open notebook as the browser sees it, or ""."""

    TYPE: ClassVar[str] = "submit_requested"

    documents: dict[str, str] = _is(TextMap(100, DIGEST))  # noqa: RUF009 - makes a dataclass field


EVENT_TYPES: tuple[type[Event], ...] = (
    ClientStarted,
    NotebookOpened,
    Edit,
    CellsChanged,
    ExecutionStarted,
    ExecutionFinished,
    ActiveCell,
    Focus,
    Saved,
    SubmitRequested,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Consecutive events of one client, as they travel."""

    client: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in its place in the recording. `position` counts from 1; `received_ms` is the server's clock."""

    position: int
    client: str
    received_ms: int
    event: Event
