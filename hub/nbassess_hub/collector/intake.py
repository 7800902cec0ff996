"""Take event batches in: the one place where a recording grows.

A batch is stored wholly or not at all, in one transaction that holds the sitting. What was stored already is skipped,
so a sender repeats freely; what would leave a hole is refused with the sequence number to go on from; what comes after
the end is kept apart, outside the chain, for a person to judge. An acknowledgement is given after the commit only, with
a signature over the chain's end; about once a minute that is kept here as well.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbassess_events.chain import link
from nbassess_events.codec import event_to_wire, record_bytes
from nbassess_events.document import canonical_bytes
from nbassess_events.model import Batch, Event, Recorded
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from nbassess_hub.collector.closing import Closing
from nbassess_hub.collector.limits import MAX_LATE_BYTES, MAX_SITTING_BYTES
from nbassess_hub.collector.signing import Signed, Signer, keep_signed
from nbassess_hub.errors import Conflict, TooLarge
from nbassess_hub.store import lookup
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Event as EventRow
from nbassess_hub.store.models import LateEvent, Seal, Sitting

Row = dict[str, Any]

OPEN_STATUSES = ("starting", "running")
KEEP_SIGNED_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What is durable: the client's last contiguous sequence number, and the chain's end with a signature over it."""

    acked_seq: int
    head: str
    position: int
    signed: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The way into every recording."""

    store: Store
    signer: Signer
    closing: Closing

    def take_in(self, sitting_id: str, batch: Batch, *, received_ms: int) -> Ack:
        """Store a batch durably and acknowledge it.

        Raises Conflict: ``gap`` (details.expected_seq), ``sitting_ended`` (the events are kept apart),
        ``sitting_not_started``; TooLarge when the recording has reached its bound.
        """
        with self.store.write() as session:
            with self.closing.watching():
                sitting = lookup.sitting(session, sitting_id, lock=True)
            if sitting.status in OPEN_STATUSES and not self._is_late(sitting, received_ms):
                return self._append(session, sitting, batch, received_ms)
            if sitting.status == "created":
                raise Conflict(f"Sitting {sitting_id} has not started; start it first.", code="sitting_not_started")
            kept = _keep_late(session, sitting, batch, received_ms)
            status = "collected" if sitting.status in OPEN_STATUSES else sitting.status
        fate = "were kept apart for a person to see" if kept else "are more than is kept after the end"
        raise Conflict(
            f"Sitting {sitting_id} is {status}: it has ended. These events {fate}; do not send them again.",
            code="sitting_ended",
            details={"status": status, "kept": kept},
        )

    def _is_late(self, sitting: Sitting, received_ms: int) -> bool:
        # Not left to the warden, which may be late itself: what counts is when the events were received.
        if sitting.is_synthetic or sitting.deadline_ms is None:
            return False
        return received_ms >= self.closing.closes_ms(sitting.deadline_ms)

    def _append(self, session: Session, sitting: Sitting, batch: Batch, received_ms: int) -> Ack:
        last_seq = _last_seq(session, sitting.id, batch.client)
        fresh = [event for event in batch.events if event.seq > last_seq]
        if fresh:
            if fresh[0].seq != last_seq + 1:
                raise Conflict(
                    f"Client {batch.client} sent event {fresh[0].seq}, but {last_seq + 1} comes next. Send from there.",
                    code="gap",
                    details={"expected_seq": last_seq + 1},
                )
            _add(session, sitting, _chained(sitting, batch.client, fresh, received_ms))
            last_seq = fresh[-1].seq
        signed = self.signer.sign_head(sitting.id, position=sitting.position, head=sitting.head)
        if fresh and signed.at_ms >= (sitting.signed_ms or 0) + KEEP_SIGNED_EVERY_MS:
            keep_signed(session, sitting.id, position=sitting.position, head=sitting.head, signed=signed)
            sitting.signed_ms = signed.at_ms
        return Ack(acked_seq=last_seq, head=sitting.head, position=sitting.position, signed=signed)


def _add(session: Session, sitting: Sitting, rows: list[Row]) -> None:
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


def _last_seq(session: Session, sitting_id: str, client: str) -> int:
    mine = (EventRow.sitting_id == sitting_id) & (EventRow.client == client)
    last = session.scalar(select(func.max(EventRow.seq)).where(mine))
    return -1 if last is None else last


def _last_sealed_seq(session: Session, sitting_id: str, client: str) -> int:
    """Return the last number that a client has in the sealed recording, whose rows may be gone."""
    seal = session.get(Seal, sitting_id)
    return -1 if seal is None else int(json.loads(seal.last_seqs).get(client, -1))


def _chained(sitting: Sitting, client: str, events: Sequence[Event], received_ms: int) -> list[Row]:
    rows: list[Row] = []
    head = sitting.head
    for position, event in enumerate(events, start=sitting.position + 1):
        body = record_bytes(Recorded(position=position, client=client, received_ms=received_ms, event=event))
        head = link(head, body)
        row: Row = {"sitting_id": sitting.id, "position": position, "client": client, "seq": event.seq}
        rows.append(row | {"received_ms": received_ms, "body": body.decode("ascii"), "hash": head})
    return rows


def _keep_late(session: Session, sitting: Sitting, batch: Batch, received_ms: int) -> bool:
    """Keep what was not stored yet; False when that is more than is kept of one sitting."""
    mine = (LateEvent.sitting_id == sitting.id) & (LateEvent.client == batch.client)
    stored = set(session.scalars(select(LateEvent.seq).where(mine)))
    last_seq = max(_last_seq(session, sitting.id, batch.client), _last_sealed_seq(session, sitting.id, batch.client))
    rows: list[Row] = []
    for event in batch.events:
        if event.seq > last_seq and event.seq not in stored:
            row: Row = {"sitting_id": sitting.id, "client": batch.client, "seq": event.seq, "received_ms": received_ms}
            rows.append(row | {"body": canonical_bytes(event_to_wire(event)).decode("ascii")})
    added_bytes = sum(len(row["body"]) for row in rows)
    if sitting.late_bytes + added_bytes > MAX_LATE_BYTES:
        return False
    if rows:
        session.execute(insert(LateEvent), rows)
        sitting.late_bytes += added_bytes
    return True
