"""Check the recording of a sitting where it is kept: links, signed heads, and what the witnesses say of it.

A check replays the whole recording. So it is done once for a position, by one thread at a time, and for a sitting that
still runs not more often than a twentieth of the time may be spent on.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from nbassess_events.codec import parse_record
from nbassess_events.errors import EventsError
from nbassess_events.model import Recorded
from nbassess_events.witness import Finding, incompleteness
from sqlalchemy import select
from sqlalchemy.orm import Session

from nbassess_hub.clock import Clock
from nbassess_hub.collector.recording import rows
from nbassess_hub.collector.signing import keys
from nbassess_hub.integrity.breaks import Break, walk
from nbassess_hub.integrity.heads import Witnessed, compare, signature_problem
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.store import lookup
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import SignedHead

FRESH_MS = 10 * 60_000
RUNNING_MS = 10_000
_SHARE = 20
_MAX_KNOWN = 200
_TRIED_MS = 20_000
MAX_FINDINGS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What is known of a recording up to `position`. `broken` is None when every link and signed head fits."""

    sitting: str
    position: int
    head: str
    broken: Break | None
    signed: Witnessed | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    integrity: Integrity
    at_ms: int
    cost_ms: int


@dataclass(slots=True)
class Checks:
    """Check recordings, and remember what was found."""

    store: Store
    recordings: Recordings
    clock: Clock
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def integrity(self, sitting_id: str) -> Integrity:
        """Return what is known of a recording, checked anew when that is due. Raises NotFound."""
        with self.store.read() as session:
            position = lookup.sitting(session, sitting_id).position
        known = self._known.get(sitting_id)
        if known is None or self._is_due(known, position):
            with self._lock:  # whoever waited finds what the one before found
                known = self._known.get(sitting_id)
                if known is None or self._is_due(known, position):
                    known = self._checked(sitting_id)
        return known.integrity

    def _is_due(self, known: _Known, position: int) -> bool:
        age_ms = self.clock.now_ms() - known.at_ms
        if known.integrity.position == position:
            return age_ms >= FRESH_MS
        return age_ms >= max(RUNNING_MS, _SHARE * known.cost_ms)

    def _checked(self, sitting_id: str) -> _Known:
        begun_ms = self.clock.now_ms()
        with self.store.read() as session:
            integrity = check(session, self.recordings, sitting_id)
        now_ms = self.clock.now_ms()
        known = self._known[sitting_id] = _Known(integrity, now_ms, now_ms - begun_ms)
        self._known.move_to_end(sitting_id)
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return known


def check(session: Session, recordings: Recordings, sitting_id: str) -> Integrity:
    """Compare a recording with its links, its signed heads and its witnesses. Raises NotFound, SealError."""
    sitting = lookup.sitting(session, sitting_id)
    position, head = sitting.position, sitting.head
    bodies, links = _kept(session, recordings, sitting_id, position)
    found = walk(sitting_id, bodies, links, tried_ms=_TRIED_MS)
    records, unreadable = _parsed(bodies)
    end = Witnessed(head=head, position=position, source="the head of the sitting")
    signed = _signed_heads(session, sitting_id, position)
    broken = found.broken or compare(sitting_id, found, [*signed, end]) or _forged(session, sitting_id, signed)
    return Integrity(
        sitting=sitting_id,
        position=position,
        head=head,
        broken=broken or unreadable,
        signed=signed[-1] if signed else None,
        findings=incompleteness(records)[:MAX_FINDINGS],
    )


def _kept(session: Session, recordings: Recordings, sitting_id: str, position: int) -> tuple[list[bytes], list[str]]:
    """Return the records with the links that are kept with them: rows, or when they are gone the sealed file."""
    found = list(rows(session, sitting_id, until=position))
    sealed = None
    if position and (not found or found[0].position != 1):
        sealed = recordings.sealed(session, sitting_id)
    if sealed is None:
        return [row.body.encode() for row in found], [row.hash for row in found]
    return [body.encode() for body in sealed.bodies()], list(sealed.links())


def _parsed(bodies: Sequence[bytes]) -> tuple[list[Recorded], Break | None]:
    """Return the records up to the first that cannot be read, and that one."""
    records: list[Recorded] = []
    for place, body in enumerate(bodies, start=1):
        try:
            records.append(parse_record(json.loads(body)))
        except (EventsError, ValueError, KeyError, TypeError) as error:
            message = f"Record {place} fits, but cannot be read here ({str(error)[:200]})."
            return records, Break(position=place, kind="unreadable", message=message)
    return records, None


def _signed_heads(session: Session, sitting_id: str, position: int) -> list[Witnessed]:
    query = select(SignedHead).where(SignedHead.sitting_id == sitting_id, SignedHead.position <= position)
    return [
        Witnessed(
            head=row.head,
            source=f"the head signed after record {row.position}",
            position=row.position,
            at_ms=row.at_ms,
            key=row.key,
            signature=row.signature,
        )
        for row in session.scalars(query.order_by(SignedHead.id))
    ]


def _forged(session: Session, sitting_id: str, signed: Sequence[Witnessed]) -> Break | None:
    public_keys = {row.key: row.public_key for row in keys(session)}
    for each in signed:
        problem = signature_problem(sitting_id, each, public_keys)
        if problem is not None:
            return Break(position=each.position or 0, kind="rewritten", message=f"{problem[0].upper()}{problem[1:]}.")
    return None
