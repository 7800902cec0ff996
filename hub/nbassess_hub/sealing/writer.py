"""Write a sealed file, one row group after the other, from rows that are read twice."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nbassess_events.chain import genesis, link
from nbassess_events.codec import read_record
from nbassess_events.document import canonical_bytes
from nbassess_events.errors import EventsError
from nbassess_events.model import Recorded
from nbassess_events.replay import NotebookState, advance
from nbassess_events.timing import moments

from nbassess_hub.sealing import form
from nbassess_hub.sealing.rows import Row, split

Bodies = Callable[[], Iterable[str]]

_EMPTIED: dict[str, Any] = {"cells": (), "ops": (), "outputs": (), "text": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The collector's signature over the head at the end, with the public key to check it."""

    at_ms: int
    key: str
    signature: str
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a sealed file holds."""

    records: int
    head: str


def write_sealed(file: Path, sitting_id: str, bodies: Bodies, signed: Statement | None) -> Written:
    """Write the canonical texts of a recording to a file; `bodies` gives them anew each time it is called."""
    times = _Times(bodies())
    with pq.ParquetWriter(file, form.SCHEMA, **form.WRITING) as writer:
        sealing = _Sealing(head=genesis(sitting_id))
        for group in _groups(sealing.rows(bodies(), times)):
            writer.write_table(pa.Table.from_pylist(group, schema=form.SCHEMA), row_group_size=len(group))
        writer.add_key_value_metadata(
            {
                form.META_VERSION: form.VERSION,
                form.META_SITTING: sitting_id,
                form.META_RECORDS: str(sealing.position),
                form.META_HEAD: sealing.head,
                form.META_RULES: form.rules(),
                form.META_SNAPSHOTS: json.dumps(sealing.snapshots),
                form.META_SIGNED: _to_json(signed),
            }
        )
    return Written(records=sealing.position, head=sealing.head)


def _to_json(signed: Statement | None) -> str:
    if signed is None:
        return "null"
    names = ("at_ms", "key", "signature", "public_key")
    return json.dumps({name: getattr(signed, name) for name in names})


def _groups(rows: Iterator[tuple[Row, int]]) -> Iterator[list[Row]]:
    group: list[Row] = []
    held_bytes = 0
    for row, size in rows:
        group.append(row)
        held_bytes += size
        if len(group) == form.GROUP_ROWS or held_bytes > form.GROUP_BYTES:
            yield group
            group, held_bytes = [], 0
    if group:
        yield group


class _Times:
    """The server time of every record; a record that cannot be read has none."""

    def __init__(self, bodies: Iterable[str]) -> None:
        self.count = 0
        slim: list[Recorded] = []
        for body in bodies:
            self.count += 1
            record = _timing(body, self.count)
            if record is not None:
                slim.append(record)
        self._by_position = {record.position: ms for record, ms in zip(slim, moments(slim), strict=True)}

    def of(self, position: int) -> int | None:
        return self._by_position.get(position)


def _timing(body: str, position: int) -> Recorded | None:
    """Read a record without its content, which its time does not depend on: a long recording is not held in memory."""
    record = _parsed(body)
    if record is None:
        return None
    emptied = {item.name: _EMPTIED[item.name] for item in fields(record.event) if item.name in _EMPTIED}
    return replace(record, position=position, event=replace(record.event, **emptied))


def _parsed(body: str) -> Recorded | None:
    try:
        return read_record(body)
    except EventsError:
        return None


@dataclass(slots=True)
class _Sealing:
    """The chain and the replay, as far as they have come."""

    head: str
    position: int = 0
    snapshots: list[int] = field(default_factory=list)
    _state: NotebookState | None = field(default_factory=NotebookState)
    _bytes_since_snapshot: int = 0

    def rows(self, bodies: Iterable[str], times: _Times) -> Iterator[tuple[Row, int]]:
        """Yield each record's row and about how much it holds."""
        for body in bodies:
            snapshot = self._snapshot()
            self.position += 1
            self.head = link(self.head, body.encode())
            self._bytes_since_snapshot += len(body)
            row = split(body, self.position)
            row["link"] = bytes.fromhex(self.head)[: form.LINK_BYTES]
            row["snapshot"] = snapshot
            moment = times.of(self.position)
            if moment is not None:
                row["moment_ms"] = moment - row.setdefault("t_ms", 0)
            if self.position % form.HEAD_EVERY == 0 or self.position == times.count:
                row["head"] = bytes.fromhex(self.head)
            self._replay(body)
            yield row, len(body) + len(snapshot or "")

    def _snapshot(self) -> str | None:
        if self._state is None or self.position % form.SNAPSHOT_EVERY:
            return None
        if _size(self._state) > form.SNAPSHOT_SHARE * self._bytes_since_snapshot and self.position:
            return None
        self._bytes_since_snapshot = 0
        self.snapshots.append(self.position)
        return canonical_bytes(self._state.to_json()).decode("ascii")

    def _replay(self, body: str) -> None:
        if self._state is None:
            return
        record = _parsed(body)
        # Behind a record that cannot be read no state is certain: no snapshot pretends to one.
        self._state = advance(self._state, record) if record is not None else None


def _size(state: NotebookState) -> int:
    documents: Any = state.by_client.values()
    return sum(len(cell.source) + len(cell.id) for document in documents for cell in document.cells)
