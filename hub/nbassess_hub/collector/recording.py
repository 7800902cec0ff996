"""Read the rows of recordings. Who wants a whole recording asks `sealing.recordings`: its rows may be gone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from nbassess_events.codec import read_record
from nbassess_events.model import Recorded
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbassess_hub.store.models import Event, LateEvent

PAGE_RECORDS = 5_000
_FETCH_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as it is stored: its canonical text, and its link in the chain."""

    position: int
    body: str
    hash: str


def rows(session: Session, sitting_id: str, *, after: int = 0, until: int | None = None) -> Iterator[RecordRow]:
    """Yield the rows that are there between two positions, in order."""
    query = select(Event.position, Event.body, Event.hash).where(Event.sitting_id == sitting_id)
    query = query.order_by(Event.position).limit(_FETCH_ROWS)
    if until is not None:
        query = query.where(Event.position <= until)
    while True:
        fetched = session.execute(query.where(Event.position > after)).all()
        for row in fetched:
            yield RecordRow(row.position, row.body, row.hash)
        if len(fetched) < _FETCH_ROWS:
            return
        after = fetched[-1].position


def records(session: Session, sitting_id: str, *, after: int = 0) -> Iterator[Recorded]:
    """Yield the records of a sitting that is not sealed, from a position on. Raises EventError."""
    for row in rows(session, sitting_id, after=after):
        yield read_record(row.body)


def late_count(session: Session, sitting_id: str) -> int:
    """Return how many events arrived after the end."""
    return session.scalar(select(func.count()).where(LateEvent.sitting_id == sitting_id)) or 0


def late_events(session: Session, sitting_id: str) -> list[dict[str, object]]:
    """Return what arrived after the end, by client and sequence."""
    query = select(LateEvent).where(LateEvent.sitting_id == sitting_id).order_by(LateEvent.client, LateEvent.seq)
    return [
        {"client": row.client, "received_ms": row.received_ms, "event": json.loads(row.body)}
        for row in session.scalars(query)
    ]
