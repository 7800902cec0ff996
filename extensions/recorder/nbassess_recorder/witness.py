"""The Jupyter server as a witness: it writes down by itself what it saw of runs, saves, files and kernels.

The server is a client of its own in the recording, with its own sequence and clock, so that what the page says can be
compared with what passed through the server (`nbassess_events.witness`). Whoever sees something calls `note`, which
costs a microsecond and never fails; one task numbers the notes, finds the notebook of a kernel, and puts them into the
journal. A witness in trouble loses a note, never a run or a save.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nbassess_events.codec import parse_event
from nbassess_events.errors import EventsError
from nbassess_events.model import Batch, Event

from nbassess_recorder import __version__
from nbassess_recorder.errors import JournalError
from nbassess_recorder.forward import Forwarder
from nbassess_recorder.journal import Journal

HEARTBEAT_S = 10.0
MAX_WAITING = 10_000
MAX_IN_BATCH = 500

log = logging.getLogger(__name__)

# Finds the path of the notebook that a kernel belongs to; "" when nobody knows.
PathOf = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """`t_ms`: epoch milliseconds that never run backwards; `wall_ms`: what the computer's clock says."""

    t_ms: Callable[[], int]
    wall_ms: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    type: str
    t_ms: int
    fields: dict[str, Any] = field(default_factory=dict)
    kernel_id: str = ""


class Witness:
    """One server's own client in the recording. `run` and `beat` are tasks."""

    def __init__(self, journal: Journal, forwarder: Forwarder, clocks: Clocks) -> None:
        self.client = secrets.token_hex(8)
        self._journal = journal
        self._forwarder = forwarder
        self._clocks = clocks
        self._notes: asyncio.Queue[_Note] = asyncio.Queue(MAX_WAITING)
        self._paths: dict[str, str] = {}
        self._next_seq = 0
        self.path_of: PathOf = _nowhere
        self.note("server_started", server=__version__)

    def note(self, event_type: str, *, kernel_id: str = "", **fields: Any) -> None:
        """Write down an event of the server. With a kernel, `path` is found by it. Never raises."""
        noted = _Note(type=event_type, t_ms=self._clocks.t_ms(), fields=fields, kernel_id=kernel_id)
        with suppress(asyncio.QueueFull):  # somebody floods the server; the page's own record goes on
            self._notes.put_nowait(noted)

    async def beat(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Say every ten seconds that the server is alive."""
        while True:
            self.note("server_heartbeat", wall_ms=self._clocks.wall_ms())
            await sleep(HEARTBEAT_S)

    async def run(self) -> None:
        """Bring the notes into the journal until cancelled."""
        while True:
            notes = [await self._notes.get()]
            while len(notes) < MAX_IN_BATCH and not self._notes.empty():
                notes.append(self._notes.get_nowait())
            await self.write(notes)
            for _ in notes:
                self._notes.task_done()

    async def settled(self) -> None:
        """Wait until everything that was noted is in the journal; `run` must be running."""
        await self._notes.join()

    async def write(self, notes: list[_Note]) -> None:
        """Number notes and put them into the journal; what cannot be written is logged and left out."""
        events: list[Event] = []
        for note in notes:
            events.extend(await self._event(note, self._next_seq + len(events)))
        if not events:
            return
        try:
            self._journal.accept(Batch(client=self.client, events=tuple(events)))
        except (EventsError, JournalError) as error:
            log.warning("nbassess: what the server saw was not recorded: %s", error)
            return
        self._next_seq += len(events)
        self._forwarder.wake()
        with suppress(JournalError):  # the journal tells it, and goes on from memory
            await self._journal.commit()

    async def _event(self, note: _Note, seq: int) -> list[Event]:
        fields = dict(note.fields)
        if note.kernel_id:
            fields["path"] = await self._path(note.kernel_id)
        try:
            return [parse_event({"type": note.type, "seq": seq, "t_ms": note.t_ms, **fields})]
        except EventsError as error:
            log.warning("nbassess: what the server saw was not recorded: %s", error)
            return []

    async def _path(self, kernel_id: str) -> str:
        """Return the notebook of a kernel, also after its session is gone."""
        try:
            found = await self.path_of(kernel_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, a note without a path is better than none
            log.debug("nbassess: no path for kernel %s: %s", kernel_id, error)
            found = ""
        if found:
            self._paths[kernel_id] = found
        return self._paths.get(kernel_id, "")


async def _nowhere(_kernel_id: str) -> str:
    return ""
