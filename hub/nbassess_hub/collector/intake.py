"""Take event batches in: the one place where a recording grows.

A batch is stored wholly or not at all, in one transaction that holds the sitting. What was stored already is skipped,
so a sender repeats freely; what would leave a hole is refused with the sequence number to go on from; what comes after
the end is kept apart, outside the chain, for a person to judge. An acknowledgement is given after the commit only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbassess_events.chain import link
from nbassess_events.codec import event_to_wire, record_bytes
from nbassess_events.document import canonical_bytes
from nbassess_events.model import Batch, Event, Recorded
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from nbassess_hub.collector.limits import MAX_SITTING_BYTES
from nbassess_hub.errors import Conflict, TooLarge
from nbassess_hub.store import lookup
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Event as EventRow
from nbassess_hub.store.models import LateEvent, Sitting

Row = dict[str, Any]

OPEN_STATUSES = ("starting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What is durable: the client's last contiguous sequence number, and the chain's end."""

    acked_seq: int
    head: str
    position: int


def take_in(store: Store, *, sitting_id: str, batch: Batch, received_ms: int) -> Ack:
    """Store a batch durably and acknowledge it.

    Raises Conflict: ``gap`` (details.expected_seq), ``sitting_ended`` (the events are kept), ``sitting_not_started``;
    TooLarge when the recording has reached its bound.
    """
    with store.write() as session:
        sitting = lookup.sitting(session, sitting_id, lock=True)
        if sitting.status in OPEN_STATUSES:
            return _append(session, sitting, batch, received_ms)
        if sitting.status == "created":
            raise Conflict(f"Sitting {sitting_id} has not started; start it first.", code="sitting_not_started")
        _keep_late(session, sitting, batch, received_ms)
        status = sitting.status
    raise Conflict(
        f"Sitting {sitting_id} is {status}: it has ended. These events were kept apart for a person to see; do not "
        "send them again.",
        code="sitting_ended",
        details={"status": status},
    )


def _append(session: Session, sitting: Sitting, batch: Batch, received_ms: int) -> Ack:
    last_seq = _last_seq(session, sitting.id, batch.client)
    fresh = [event for event in batch.events if event.seq > last_seq]
    if not fresh:
        return Ack(acked_seq=last_seq, head=sitting.head, position=sitting.position)
    if fresh[0].seq != last_seq + 1:
        raise Conflict(
            f"Client {batch.client} sent event {fresh[0].seq}, but {last_seq + 1} comes next. Send from there.",
            code="gap",
            details={"expected_seq": last_seq + 1},
        )
    rows = _chained(sitting, batch.client, fresh, received_ms)
    added_bytes = sum(len(row["body"]) for row in rows)
    if sitting.recorded_bytes + added_bytes > MAX_SITTING_BYTES:
        raise TooLarge(
            f"The recording of sitting {sitting.id} has reached {MAX_SITTING_BYTES} bytes. What was recorded is safe; "
            "tell the coordinator.",
            code="recording_full",
        )
    session.execute(insert(EventRow), rows)
    sitting.position = rows[-1]["position"]
    sitting.head = rows[-1]["hash"]
    sitting.recorded_bytes += added_bytes
    return Ack(acked_seq=fresh[-1].seq, head=sitting.head, position=sitting.position)


def _last_seq(session: Session, sitting_id: str, client: str) -> int:
    mine = (EventRow.sitting_id == sitting_id) & (EventRow.client == client)
    last = session.scalar(select(func.max(EventRow.seq)).where(mine))
    return -1 if last is None else last


def _chained(sitting: Sitting, client: str, events: Sequence[Event], received_ms: int) -> list[Row]:
    rows: list[Row] = []
    head = sitting.head
    for position, event in enumerate(events, start=sitting.position + 1):
        body = record_bytes(Recorded(position=position, client=client, received_ms=received_ms, event=event))
        head = link(head, body)
        row: Row = {"sitting_id": sitting.id, "position": position, "client": client, "seq": event.seq}
        rows.append(row | {"received_ms": received_ms, "body": body.decode("ascii"), "hash": head})
    return rows


def _keep_late(session: Session, sitting: Sitting, batch: Batch, received_ms: int) -> None:
    mine = (LateEvent.sitting_id == sitting.id) & (LateEvent.client == batch.client)
    stored = set(session.scalars(select(LateEvent.seq).where(mine)))
    stored.update(range(_last_seq(session, sitting.id, batch.client) + 1))
    for event in batch.events:
        if event.seq not in stored:
            body = canonical_bytes(event_to_wire(event)).decode("ascii")
            row = LateEvent(
                sitting_id=sitting.id, client=batch.client, seq=event.seq, received_ms=received_ms, body=body
            )
            session.add(row)
