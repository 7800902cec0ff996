"""Append-only journal between the browser and the collector.

Four actors: the handlers and the witness accept, the writer brings to the disk, the forwarder reads, the collector
acknowledges. One line is one batch as it was accepted. What was accepted first stands in memory, in order (the tail);
`commit` writes the tail and waits for the disk, once for all who wait, in a thread. Only then is anything
acknowledged, so an acknowledgement is a promise. When the disk refuses, the tail stays in memory and is forwarded from
there, and every later commit tries again; nobody is promised anything meanwhile.

A crash may leave half a line at the end: it was never acknowledged, and the next start cuts it off. Repeated events are
dropped by (client, seq); a hole is refused.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from nbassess_events.codec import batch_bytes, parse_batch
from nbassess_events.errors import EventsError
from nbassess_events.model import Batch

from nbassess_recorder.errors import JournalError, JournalGapError

FILE_NAME = "events.jsonl"
MARK_NAME = "forwarded"
MAX_TAIL_BYTES = 64 * 2**20

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One batch in the journal and the offset right after it."""

    batch: Batch
    end: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A line that is not on the disk yet."""

    line: Line
    raw: bytes


class Journal:
    """The journal of one sitting. Not for two processes at once."""

    def __init__(self, directory: Path | None) -> None:
        """Open or create the journal; raises JournalError when the directory cannot be used.

        Without a directory it is a journal in memory only: everything is forwarded, nothing is acknowledged.
        """
        self._path = directory / FILE_NAME if directory else None
        self._mark = directory / MARK_NAME if directory else None
        self._file = _open(directory) if directory else -1
        self._last_seq: dict[str, int] = {}
        self._kept_seq: dict[str, int] = {}
        self._tail: deque[_Waiting] = deque()
        self._size = 0
        self._writing: asyncio.Task[JournalError | None] | None = None
        # Whether the disk took the last write.
        self.is_writable = directory is not None
        # Per client, the last event that the collector is known to have from before this start.
        self.forwarded_seq: dict[str, int] = {}
        if self._path is not None:
            self._size = self._recover(self._path)
        self.end = self._size

    @property
    def size_bytes(self) -> int:
        """The length of the complete part of the file; `end` also counts what waits to be written."""
        return self._size

    def last_seq(self, client: str) -> int:
        """Return the last event of a client that was accepted, -1 when there is none."""
        return self._last_seq.get(client, -1)

    def kept_seq(self, client: str) -> int:
        """Return the last event of a client that is on the disk, -1 when there is none."""
        return self._kept_seq.get(client, -1)

    def accept(self, batch: Batch) -> int:
        """Take what is new in a batch and return the client's last event. Nothing is promised before `commit`.

        Raises JournalGapError when events before this batch are missing, JournalError when the disk refused for so long
        that no memory is left, BatchError for a batch that could not be read again.
        """
        last = self.last_seq(batch.client)
        first = batch.events[0].seq
        if first > last + 1:
            raise JournalGapError(
                f"client {batch.client}: batch begins at {first}, the journal ends at {last}; send from {last + 1}",
                client=batch.client,
                last_seq=last,
            )
        fresh = replace(batch, events=batch.events[last + 1 - first :])
        if not fresh.events:
            return last
        raw = batch_bytes(fresh) + b"\n"
        if self.end - self._size + len(raw) > MAX_TAIL_BYTES:
            raise JournalError(f"{self._path}: {MAX_TAIL_BYTES} bytes wait for the disk; free space and it goes on")
        self.end += len(raw)
        self._tail.append(_Waiting(line=Line(batch=fresh, end=self.end, size_bytes=len(raw)), raw=raw))
        self._last_seq[batch.client] = fresh.events[-1].seq
        return fresh.events[-1].seq

    def append(self, batch: Batch) -> int:
        """Accept a batch and write it at once; returns the client's last event on the disk. Not during a `commit`."""
        self.accept(batch)
        waiting = tuple(self._tail)
        self._noted(waiting, self._put(waiting))
        if not self.is_writable:
            raise self._refusal()
        return self.kept_seq(batch.client)

    async def commit(self) -> None:
        """Wait until everything that was accepted before this call is on the disk.

        Raises JournalError when the disk refuses. Cancelling the wait does not stop the write.
        """
        end = self.end
        while self._size < end:
            if self._writing is None or self._writing.done():
                self._writing = asyncio.ensure_future(self._write_tail())
            error = await asyncio.shield(self._writing)
            if error is not None:
                raise error

    async def _write_tail(self) -> JournalError | None:
        waiting = tuple(self._tail)
        self._noted(waiting, await asyncio.to_thread(self._put, waiting))
        return None if self.is_writable else self._refusal()

    def lines(self, offset: int = 0) -> Iterator[Line]:
        """Read the batches from a byte offset (the end of an earlier line) on, those in memory too."""
        if self._path is not None and offset < self._size:
            with self._path.open("rb") as file:
                file.seek(offset)
                while offset < self._size:
                    raw = file.readline()
                    offset += len(raw)
                    yield Line(batch=parse_batch(raw.removesuffix(b"\n")), end=offset, size_bytes=len(raw))
        for waiting in tuple(self._tail):
            if waiting.line.end > offset:
                yield waiting.line

    def forwarded(self) -> int:
        """Return the offset up to which the collector has everything, 0 when unknown."""
        return self._read_mark(self._size)

    def mark_forwarded(self, offset: int) -> None:
        """Remember how far the collector is. A hint: losing it repeats events, which the collector drops.

        Written in place, always as long: a new file under the old name would wait for the disk, and the server with it.
        """
        if self._mark is None:
            while self._tail and self._tail[0].line.end <= offset:  # no disk will ever take it, and none has to
                self._size = self._tail.popleft().line.end
            return
        with suppress(OSError):
            file = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(file, b"%020d" % min(offset, self._size), 0)
            finally:
                os.close(file)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)

    def _put(self, waiting: tuple[_Waiting, ...]) -> OSError | None:
        """Write lines and wait for the disk; runs in a thread and touches nothing but the file."""
        if self._file < 0:
            return OSError("there is no journal on the disk")
        raw = b"".join(item.raw for item in waiting)
        try:
            written = os.write(self._file, raw)
            if written != len(raw):
                raise OSError(f"only {written} of {len(raw)} bytes fit")  # noqa: TRY301 - one way out for both
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):  # without it the half line is cut off by the next start
                os.ftruncate(self._file, self._size)
            return error
        return None

    def _noted(self, waiting: tuple[_Waiting, ...], error: OSError | None) -> None:
        if error is not None:
            if self.is_writable:
                log.error("nbassess: %s: cannot write (%s); recording goes on from memory", self._path, error)
            self.is_writable = False
            return
        self.is_writable = True
        for item in waiting:
            self._tail.popleft()
            self._size = item.line.end
            self._kept_seq[item.line.batch.client] = item.line.batch.events[-1].seq

    def _refusal(self) -> JournalError:
        return JournalError(f"{self._path}: cannot write; free space and it goes on")

    def _recover(self, path: Path) -> int:
        """Cut off what a crash left unfinished and learn each client's last sequence number."""
        complete, mark = 0, self._read_mark(os.fstat(self._file).st_size)
        with path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                try:
                    batch = parse_batch(raw.removesuffix(b"\n"))
                except EventsError as error:
                    raise JournalError(f"{path}: damaged at byte {complete} ({error}); keep a copy") from error
                complete += len(raw)
                self._last_seq[batch.client] = batch.events[-1].seq
                if complete <= mark:
                    self.forwarded_seq[batch.client] = batch.events[-1].seq
        os.ftruncate(self._file, complete)
        self._kept_seq = dict(self._last_seq)
        return complete

    def _read_mark(self, size: int) -> int:
        try:
            offset = int(self._mark.read_text("ascii")) if self._mark else 0
        except (OSError, ValueError):
            return 0
        return offset if 0 <= offset <= size else 0


def open_journal(directory: Path) -> Journal:
    """Open the journal, or, where that fails, one in memory: a damaged disk must not keep anybody from working."""
    try:
        return Journal(directory)
    except JournalError as error:
        log.error("nbassess: %s; recording goes on from memory", error)  # noqa: TRY400 - the message says all
        return Journal(None)


def _open(directory: Path) -> int:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(directory / FILE_NAME, _FLAGS, 0o600)
    except OSError as error:
        raise JournalError(f"{directory}: cannot open the journal ({error}); check owner and free space") from error
