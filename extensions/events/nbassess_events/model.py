"""The events of a sitting. An event is a small frozen class whose docstring is its documentation.

Every event carries `seq` (gap-free per client, from 0) and `t_ms` (the client's clock, epoch milliseconds, which never
runs backwards within a client). A client is one page load, or one run of the Jupyter server: 16 hex characters.
Positions inside texts count UTF-16 code units. A field with a default is left out on the wire when it has that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nbassess_events.document import Cell
from nbassess_events.fields import BODY, CELL_ID, CELLS, DIGEST, PATH, Ops, declared
from nbassess_events.kinds import Flag, Json, Objects, OneOf, Text, TextMap, Whole, Words

SOURCES = (
    "type",
    "compose",
    "paste",
    "drop",
    "cut",
    "undo",
    "redo",
    "complete",
    "inline",
    "replace",
    "cells",
    "programmatic",
    "unknown",
)
ACTIONS = ("insert", "delete", "move", "type", "split", "merge", "paste", "cut", "other")
KERNEL_STATES = ("started", "restarted", "interrupted", "died", "stopped")
FOCUS_STATES = ("focus", "blur", "visible", "hidden", "fullscreen", "windowed")
PASTE_ROUTES = ("paste", "drop", "cells")
SEEN_IN = ("cell", "prompt", "output", "copied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: its place in the client's sequence and the client's time."""

    TYPE: ClassVar[str] = ""

    seq: int = declared(Whole())
    t_ms: int = declared(Whole())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStarted(Event):
    """A page was loaded and the recorder is on. Always the first event of a page."""

    TYPE: ClassVar[str] = "client_started"

    recorder: str = declared(Text(64))
    lab: str = declared(Text(64))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookOpened(Event):
    """A notebook was opened: a full snapshot that every later change of this client builds on."""

    TYPE: ClassVar[str] = "notebook_opened"

    path: str = declared(PATH)
    cells: tuple[Cell, ...] = declared(CELLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened(Event):
    """A text file was opened: a full snapshot. Its edits name the cell `file`."""

    TYPE: ClassVar[str] = "file_opened"

    path: str = declared(PATH)
    text: str = declared(BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Event):
    """The text of one cell changed. `source` says what made the change, `unknown` where nobody can say."""

    TYPE: ClassVar[str] = "edit"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    source: str = declared(OneOf(SOURCES))
    ops: tuple[tuple[int, int, str], ...] = declared(Ops(BODY))


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsChanged(Event):
    """Cells were inserted, deleted, moved, split, merged, or changed their type."""

    TYPE: ClassVar[str] = "cells_changed"

    path: str = declared(PATH)
    action: str = declared(OneOf(ACTIONS))
    ops: tuple[tuple[int, int, tuple[Cell, ...]], ...] = declared(Ops(CELLS))
    source: str = declared(OneOf(SOURCES), default="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted(Event):
    """Text came by paste or drop: how long, its fingerprint, and where in this sitting it was seen before.

    Comes right before the edit or change of cells that it became; `cell` is empty when it became several cells.
    `length` counts UTF-16 units, `sha256` is over the text as UTF-8.
    """

    TYPE: ClassVar[str] = "pasted"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    via: str = declared(OneOf(PASTE_ROUTES))
    length: int = declared(Whole())
    sha256: str = declared(DIGEST)
    seen: tuple[str, ...] = declared(Words(SEEN_IN))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted(Event):
    """A cell was sent to the kernel."""

    TYPE: ClassVar[str] = "execution_started"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFinished(Event):
    """A cell finished running. Not emitted when the kernel dies first. Outputs are bounded; `truncated` says when."""

    TYPE: ClassVar[str] = "execution_finished"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    ok: bool = declared(Flag())
    execution_count: int | None = declared(Whole(optional=True))
    duration_ms: int = declared(Whole())
    outputs: tuple[Json, ...] = declared(Objects(1_000))
    truncated: bool = declared(Flag())


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelChanged(Event):
    """The kernel of a notebook started, was restarted or interrupted, died, or was stopped."""

    TYPE: ClassVar[str] = "kernel_changed"

    path: str = declared(PATH)
    state: str = declared(OneOf(KERNEL_STATES))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCell(Event):
    """Another cell became active; an empty id means none."""

    TYPE: ClassVar[str] = "active_cell"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Event):
    """The cursor or selection came to rest: lines from 0, `length` selected units. At most one a second."""

    TYPE: ClassVar[str] = "selection"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    first_line: int = declared(Whole())
    last_line: int = declared(Whole())
    length: int = declared(Whole())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrolled(Event):
    """Other cells came into view: the topmost and the bottommost visible one. At most one a second."""

    TYPE: ClassVar[str] = "scrolled"

    path: str = declared(PATH)
    first_cell: str = declared(CELL_ID)
    last_cell: str = declared(CELL_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus(Event):
    """The window gained or lost the keyboard, the page became visible or hidden, entered or left full screen."""

    TYPE: ClassVar[str] = "focus"

    state: str = declared(OneOf(FOCUS_STATES))


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveStarted(Event):
    """A save began: the document as replayed here is what it writes."""

    TYPE: ClassVar[str] = "save_started"

    path: str = declared(PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Event):
    """A notebook was written to the candidate's disk."""

    TYPE: ClassVar[str] = "saved"

    path: str = declared(PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequested(Event):
    """The candidate confirmed Submit. `documents`: digest of each open notebook as the browser sees it, or ""."""

    TYPE: ClassVar[str] = "submit_requested"

    documents: dict[str, str] = declared(TextMap(100, DIGEST))  # noqa: RUF009 - makes a dataclass field


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Event):
    """The recorder is alive. `wall_ms` is the computer's clock, which may jump; `t_ms` does not."""

    TYPE: ClassVar[str] = "heartbeat"

    wall_ms: int = declared(Whole())


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailDropped(Event):
    """The browser's buffer was full: this much of the page's earlier recording was given up. Snapshots follow."""

    TYPE: ClassVar[str] = "detail_dropped"

    from_ms: int = declared(Whole())
    to_ms: int = declared(Whole())
    events: int = declared(Whole())
    edits: int = declared(Whole())
    runs: int = declared(Whole())
    inserted: int = declared(Whole())


class ServerEvent(Event):
    """What the Jupyter server saw by itself. Only the server may send one; from a page it is refused."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStarted(ServerEvent):
    """The Jupyter server started. Always the first event of a server."""

    TYPE: ClassVar[str] = "server_started"

    server: str = declared(Text(64))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerExecute(ServerEvent):
    """The server passed code to a kernel. `cell` is empty for code that belongs to none; the hash is over UTF-8."""

    TYPE: ClassVar[str] = "server_execute"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    code_sha256: str = declared(DIGEST)
    length: int = declared(Whole())


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerExecuted(ServerEvent):
    """The server saw the kernel's answer to a run."""

    TYPE: ClassVar[str] = "server_executed"

    path: str = declared(PATH)
    cell: str = declared(CELL_ID)
    ok: bool = declared(Flag())
    execution_count: int | None = declared(Whole(optional=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSave(ServerEvent):
    """The server wrote a document to the disk. `digest` is that of the document as written."""

    TYPE: ClassVar[str] = "server_save"

    path: str = declared(PATH)
    digest: str = declared(DIGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFile(ServerEvent):
    """The server found a known document changed on the disk by something other than a save."""

    TYPE: ClassVar[str] = "server_file"

    path: str = declared(PATH)
    digest: str = declared(DIGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKernel(ServerEvent):
    """The server saw a kernel start, restart, die or stop, or interrupted it."""

    TYPE: ClassVar[str] = "server_kernel"

    path: str = declared(PATH)
    state: str = declared(OneOf(KERNEL_STATES))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHeartbeat(ServerEvent):
    """The Jupyter server is alive. `wall_ms` is the clock of its computer."""

    TYPE: ClassVar[str] = "server_heartbeat"

    wall_ms: int = declared(Whole())


EVENT_TYPES: tuple[type[Event], ...] = (
    ClientStarted,
    NotebookOpened,
    FileOpened,
    Edit,
    CellsChanged,
    Pasted,
    ExecutionStarted,
    ExecutionFinished,
    KernelChanged,
    ActiveCell,
    Selection,
    Scrolled,
    Focus,
    SaveStarted,
    Saved,
    SubmitRequested,
    Heartbeat,
    DetailDropped,
    ServerStarted,
    ServerExecute,
    ServerExecuted,
    ServerSave,
    ServerFile,
    ServerKernel,
    ServerHeartbeat,
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
