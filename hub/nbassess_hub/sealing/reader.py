"""Read a sealed file: the records as they were, any moment of the notebooks, and whether it is what was received.

Opening reads the footer. Everything else is read by row group when it is asked for, and the last few groups are kept;
the pages carry checksums, so a damaged one is an error and never a wrong record.
"""

import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from nbassess_events.chain import genesis, head_statement, link
from nbassess_events.errors import ChainError, EventsError, ReplayError
from nbassess_events.model import Event, Recorded
from nbassess_events.replay import NotebookState, Replay, advance
from nbassess_events.timing import moments

from nbassess_hub.collector.signing import is_signed
from nbassess_hub.errors import SealError
from nbassess_hub.sealing import form
from nbassess_hub.sealing.rows import Row, join, plain_edit, record_of
from nbassess_hub.sealing.writer import Statement

_GROUPS_KEPT = 16


class SealedRecording:
    """An open sealed file, and a context manager that closes it. Positions count from 1, like everywhere."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Read the footer. Raises SealError when this is no sealed recording; `name` says which file in messages."""
        self.name = name
        self._source = file
        try:
            self._file = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
            metadata = {key.decode(): value.decode() for key, value in (self._file.metadata.metadata or {}).items()}
            if metadata[form.META_VERSION] != form.VERSION:
                raise SealError(f"{name}: sealed in form {metadata[form.META_VERSION]}; read it with a newer nbassess")
            self.sitting_id = metadata[form.META_SITTING]
            self.head = metadata[form.META_HEAD]
            self.position: int = int(metadata[form.META_RECORDS])
            self.signed = _statement(json.loads(metadata[form.META_SIGNED]))
            self._snapshots: list[int] = json.loads(metadata[form.META_SNAPSHOTS])
            self._has_our_rules = metadata.get(form.META_RULES) == form.rules()
        except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
            raise _damaged(name, error) from error
        counts = [self._file.metadata.row_group(index).num_rows for index in range(self._file.num_row_groups)]
        self._starts = [0, *accumulate(counts)]
        self._groups: OrderedDict[int, pa.Table] = OrderedDict()
        self._shown: dict[int, Event] = {}
        self._times: list[int] = []

    def close(self) -> None:
        """Close the file; nothing can be read afterwards."""
        self._source.close()

    def __enter__(self) -> Self:
        """Return the recording."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    @property
    def rows(self) -> int:
        """The number of rows in the file: that of the records, unless some were taken out or put in."""
        return int(self._starts[-1])

    def bodies(self, *, after: int = 0, until: int | None = None) -> Iterator[str]:
        """Yield the canonical texts of the records between two positions. Raises SealError, ChainError."""
        for position, row in self._rows(after, until, form.RECORD_COLUMNS):
            yield _joined(row, position)

    def records(self, *, after: int = 0, until: int | None = None) -> Iterator[Recorded]:
        """Yield the records between two positions. Raises SealError, EventError."""
        for position, cells in self._cells(after, until, form.RECORD_COLUMNS):
            plain = plain_edit(cells, position)
            if plain is None:
                plain = self._record(dict(zip(form.RECORD_COLUMNS, cells, strict=True)), position)
            yield plain

    def links(self) -> Iterator[str]:
        """Yield the link of every row in hex: the first bytes, or the whole where it is kept. Raises SealError."""
        for _, row in self._rows(0, None, ("link", "head")):
            yield (row["head"] or row["link"]).hex()

    def event_at(self, position: int) -> Event:
        """Return the event at a position. Raises ReplayError, SealError, EventError."""
        if not 1 <= position <= self.rows:
            raise ReplayError(f"position {position} is outside 1..{self.rows}")
        (record,) = self.records(after=position - 1, until=position)
        return record.event

    @property
    def times_ms(self) -> list[int]:
        """The server time of every record, never running backwards."""
        if not self._has_our_rules:
            return self._worked_out.times_ms
        if not self._times:
            groups = [self._group(index) for index in range(len(self._starts) - 1)]
            self._times = [ms for group in groups for ms in pc.add(group["t_ms"], group["moment_ms"]).to_pylist()]
            if None in self._times:  # a record that could not be read has no time of its own: it has the last one's
                self._times = list(accumulate(self._times, lambda last, ms: last if ms is None else ms, initial=0))[1:]
        return self._times

    def position_at(self, time_ms: int) -> int:
        """Return the last position at or before a time (server milliseconds)."""
        times: list[int] = self.times_ms
        return bisect_right(times, time_ms)

    def state_at(self, position: int) -> NotebookState:
        """Return the notebooks after the record at `position`; 0 is before the first.

        Raises ReplayError, SealError, EventError.
        """
        if not 0 <= position <= self.rows:
            raise ReplayError(f"position {position} is outside 0..{self.rows}")
        if not self._has_our_rules:
            return self._worked_out.state_at(position)
        state = self._snapshot_before(position)
        for record in self.records(after=state.position, until=position):
            state = advance(state, record)
        return state

    @cached_property
    def _worked_out(self) -> Replay:
        """The whole recording in memory, where times and snapshots were made by other rules than ours."""
        return Replay(list(self.records()))

    def _snapshot_before(self, position: int) -> NotebookState:
        index = bisect_right(self._snapshots, min(position, self.rows - 1)) - 1
        if index < 0:
            return NotebookState()
        ((_, row),) = self._rows(self._snapshots[index], self._snapshots[index] + 1, ("snapshot",))
        try:
            return NotebookState.from_json(json.loads(row["snapshot"]), self._shown_at)
        except (ValueError, TypeError) as error:
            raise _damaged(self.name, error) from error

    def _shown_at(self, position: int) -> Event:
        if position not in self._shown:
            self._shown[position] = self.event_at(position)
        return self._shown[position]

    def verify(self, *, head: str | None = None) -> str:
        """Recompute the chain and all that follows from it; `head` is one from outside, for example of a receipt.

        Returns the head. Raises ChainError with the first record that does not fit, SealError for a file that cannot be
        read.
        """
        previous = genesis(self.sitting_id)
        for position, row in self._rows(0, None, (*form.RECORD_COLUMNS, "link", "head")):
            if position > self.position:
                raise ChainError(f"record {position} was put in: there are {self.position}", position=position)
            previous = link(previous, _joined(row, position).encode())
            if not previous.startswith(row["link"].hex()) or previous != (row["head"] or bytes.fromhex(previous)).hex():
                raise ChainError(f"record {position} does not fit its link: it was changed", position=position)
        if self.rows < self.position:
            raise ChainError(f"record {self.rows + 1} is missing: the end was cut", position=self.rows + 1)
        for expected in (self.head, head or self.head):
            if previous != expected:
                message = f"the head is {previous[:12]}…, expected {expected[:12]}…: this is another recording"
                raise ChainError(message, position=self.rows)
        self._verify_signature()
        self.verify_derived()
        return previous

    def verify_derived(self) -> None:
        """Check what follows from the records and is kept beside them: times and snapshots. Raises ChainError."""
        if not self._has_our_rules:
            return  # nothing of it is used
        derived = _Derived()
        kept = [position for position, row in self._rows(0, None, ("snapshot",)) if row["snapshot"] is not None]
        if kept != [position + 1 for position in self._snapshots]:
            raise ChainError("the list of snapshots was changed", position=next(iter(kept), 1))
        for position, row in self._rows(0, None, (*form.RECORD_COLUMNS, "snapshot")):
            if row["snapshot"] is not None and not derived.leads_to(row["snapshot"]):
                message = f"the snapshot before record {position} is not what the records lead to: it was changed"
                raise ChainError(message, position=position)
            if not derived.add(row, position):
                return  # a record that this version cannot read: nothing behind it can be derived
        for position, (kept_ms, ms) in enumerate(zip(self.times_ms, moments(derived.records), strict=True), start=1):
            if kept_ms != ms:
                raise ChainError(f"the time of record {position} was changed", position=position)

    def _verify_signature(self) -> None:
        if self.signed is None:
            return
        statement = head_statement(self.sitting_id, position=self.position, head=self.head, at_ms=self.signed.at_ms)
        if not is_signed(statement, self.signed.signature, self.signed.public_key):
            raise ChainError("the signature in the file is not one over its head", position=self.rows)

    def _record(self, row: Row, position: int) -> Recorded:
        try:
            return record_of(row, position)
        except EventsError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(self.name, error) from error

    def _rows(self, after: int, until: int | None, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
        for position, cells in self._cells(after, until, columns):
            yield position, dict(zip(columns, cells, strict=True))

    def _cells(self, after: int, until: int | None, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[Any, ...]]]:
        end = self.rows if until is None else min(until, self.rows)
        while after < end:
            group = bisect_right(self._starts, after) - 1
            start = self._starts[group]
            count = min(end, self._starts[group + 1]) - after
            part = self._group(group).select(list(columns)).slice(after - start, count)
            values = [part.column(name).to_pylist() for name in columns]
            yield from enumerate(zip(*values, strict=True), start=after + 1)
            after += count

    def _group(self, index: int) -> pa.Table:
        if index not in self._groups:
            try:
                self._groups[index] = self._file.read_row_group(index)
            except (OSError, pa.ArrowException) as error:
                raise _damaged(self.name, error) from error
            if len(self._groups) > _GROUPS_KEPT:
                self._groups.popitem(last=False)
        self._groups.move_to_end(index)
        return self._groups[index]


class _Derived:
    """What the records lead to, one after the other."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self._state = NotebookState()

    def add(self, row: Row, position: int) -> bool:
        """Go on with a record; False when it cannot be read."""
        try:
            self.records.append(record_of(row, position))
        except (ValueError, KeyError, TypeError):
            return False
        self._state = advance(self._state, self.records[-1])
        return True

    def leads_to(self, snapshot: str) -> bool:
        """Tell whether a snapshot is the state after the records so far."""
        try:
            return NotebookState.from_json(json.loads(snapshot), lambda at: self.records[at - 1].event) == self._state
        except (ValueError, TypeError, IndexError):
            return False


def _joined(row: Row, position: int) -> str:
    try:
        return join(row, position)
    except (ValueError, KeyError, TypeError) as error:
        raise ChainError(f"record {position} cannot be read: it was changed", position=position) from error


def _statement(value: Any) -> Statement | None:
    return Statement(**value) if value is not None else None


def _damaged(name: str, error: Exception) -> SealError:
    return SealError(
        f"{name}: this sealed recording cannot be read ({str(error)[:200] or type(error).__name__}). Restore the file "
        "from the backup of the recordings; until then the recording is unavailable, not empty."
    )
