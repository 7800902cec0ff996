"""Append-only journal between the browser and the collector.

Three actors: the stream handler appends, the forwarder reads, the collector acknowledges. The file is the truth; memory
is a cache. One line is one batch as it was accepted. A line counts when it is complete and on the disk, so an
acknowledgement after `append` is a promise. A crash may leave half a line at the end: it was never acknowledged, and
the next start cuts it off. Repeated events are dropped by (client, seq); a hole is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nbassess_events.codec import batch_bytes, parse_batch
from nbassess_events.errors import EventsError
from nbassess_events.model import Batch

from nbassess_recorder.errors import JournalError, JournalGapError

FILE_NAME = "events.jsonl"
MARK_NAME = "forwarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One batch in the journal and the offset right after it."""

    batch: Batch
    end: int
    size_bytes: int


class Journal:
    """The journal of one sitting. Not for two processes at once."""

    def __init__(self, directory: Path) -> None:
        """Open or create the journal; raises JournalError when the directory cannot be used."""
        self._path = directory / FILE_NAME
        self._mark = directory / MARK_NAME
        self._last_seq: dict[str, int] = {}
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalError(f"{directory}: cannot open the journal ({error}); check owner and free space") from error
        self._size = self._recover()

    @property
    def size_bytes(self) -> int:
        """The length of the complete part of the file."""
        return self._size

    def last_seq(self, client: str) -> int:
        """Return the last event of a client that is on the disk, -1 when there is none."""
        return self._last_seq.get(client, -1)

    def append(self, batch: Batch) -> int:
        """Write what is new in a batch to the disk and return the client's last sequence number.

        Raises JournalGapError when events before this batch are missing, JournalError when the disk refuses, BatchError
        for a batch that could not be read again.
        """
        last = self.last_seq(batch.client)
        first = batch.events[0].seq
        if first > last + 1:
            raise JournalGapError(
                f"client {batch.client}: batch begins at {first}, the journal ends at {last}; send from {last + 1}",
                last_seq=last,
            )
        fresh = replace(batch, events=batch.events[last + 1 - first :])
        if not fresh.events:
            return last
        self._write(batch_bytes(fresh) + b"\n")
        self._last_seq[batch.client] = fresh.events[-1].seq
        return self._last_seq[batch.client]

    def lines(self, offset: int = 0) -> Iterator[Line]:
        """Read the batches from a byte offset (the end of an earlier line) on, as far as they are complete."""
        with self._path.open("rb") as file:
            file.seek(offset)
            while offset < self._size:
                raw = file.readline()
                offset += len(raw)
                yield Line(batch=parse_batch(raw.removesuffix(b"\n")), end=offset, size_bytes=len(raw))

    def forwarded(self) -> int:
        """Return the offset up to which the collector has everything, 0 when unknown."""
        try:
            offset = int(self._mark.read_text("ascii"))
        except (OSError, ValueError):
            return 0
        return offset if 0 <= offset <= self._size else 0

    def mark_forwarded(self, offset: int) -> None:
        """Remember how far the collector is. A hint: losing it repeats events, which the collector drops."""
        fresh = self._mark.with_suffix(".new")
        try:
            fresh.write_text(str(offset), "ascii")
            fresh.replace(self._mark)
        except OSError:
            fresh.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes fit")  # noqa: TRY301 - one way out for both
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._size)
            raise JournalError(f"{self._path}: cannot write ({error}); free space and it goes on") from error
        self._size += len(line)

    def _recover(self) -> int:
        """Cut off what a crash left unfinished and learn each client's last sequence number."""
        complete = 0
        with self._path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                try:
                    batch = parse_batch(raw.removesuffix(b"\n"))
                except EventsError as error:
                    raise JournalError(f"{self._path}: damaged at byte {complete} ({error}); keep a copy") from error
                self._last_seq[batch.client] = batch.events[-1].seq
                complete += len(raw)
        os.ftruncate(self._file, complete)
        return complete
