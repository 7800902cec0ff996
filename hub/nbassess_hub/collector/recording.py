"""Read recordings back: as text for the API, as records for the replay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from nbassess_events.chain import verify
from nbassess_events.codec import parse_record
from nbassess_events.model import Recorded
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbassess_hub.store import lookup
from nbassess_hub.store.models import Event, LateEvent

PAGE_RECORDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records of a recording as canonical JSON texts, and the head of the whole."""

    bodies: tuple[str, ...]
    head: str
    position: int


def read_page(session: Session, sitting_id: str, *, after: int = 0, limit: int = PAGE_RECORDS) -> Page:
    """Return the records after a position, in order. Raises NotFound."""
    sitting = lookup.sitting(session, sitting_id)
    query = (
        select(Event.body)
        .where(Event.sitting_id == sitting_id, Event.position > after)
        .order_by(Event.position)
        .limit(max(1, min(limit, PAGE_RECORDS)))
    )
    return Page(bodies=tuple(session.scalars(query)), head=sitting.head, position=sitting.position)


def read_records(session: Session, sitting_id: str, *, until: int | None = None) -> list[Recorded]:
    """Return the records of a sitting up to a position, in order."""
    return list(stream_records(session, sitting_id, until=until))


def stream_records(
    session: Session, sitting_id: str, *, after: int = 0, until: int | None = None
) -> Iterator[Recorded]:
    """Yield the records of a sitting between two positions, in order."""
    query = select(Event.body).where(Event.sitting_id == sitting_id).order_by(Event.position)
    if after:
        query = query.where(Event.position > after)
    if until is not None:
        query = query.where(Event.position <= until)
    for body in session.scalars(query):
        yield parse_record(json.loads(body))


def verify_recording(session: Session, sitting_id: str) -> str:
    """Recompute the chain of a recording and return its head. Raises ChainError, NotFound."""
    head = lookup.sitting(session, sitting_id).head
    hashes = list(session.scalars(select(Event.hash).where(Event.sitting_id == sitting_id).order_by(Event.position)))
    return verify(sitting_id, read_records(session, sitting_id), head=head, stored=hashes)


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
