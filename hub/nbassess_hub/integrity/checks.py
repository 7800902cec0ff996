"""Check the recording of a sitting where it is kept: links, signed heads, and what the witnesses say of it.

A check replays the whole recording. So it is done once for a position, by one thread at a time, and for a sitting that
still runs not more often than a twentieth of the time may be spent on. What is held meanwhile is bounded: outputs are
not, and a recording of more than `MAX_COMPARED_BYTES` of changes (hours of typing are two) has its links checked only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from nbassess_events.chain import genesis, link
from nbassess_events.codec import read_record
from nbassess_events.errors import EventsError
from nbassess_events.model import ExecutionFinished, Recorded
from nbassess_events.witness import Finding, incompleteness
from sqlalchemy import select
from sqlalchemy.orm import Session

from nbassess_hub.clock import Clock
from nbassess_hub.collector.recording import rows
from nbassess_hub.collector.signing import keys
from nbassess_hub.integrity.breaks import Break, Walk, walk
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
MAX_COMPARED_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What is known of a recording up to `position`. `broken` is None when every link and signed head fits.

    `findings` is None for a recording that is too large to compare its witnesses here.
    """

    sitting: str
    position: int
    head: str
    broken: Break | None
    signed: Witnessed | None
    findings: tuple[Finding, ...] | None


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
    signed = _signed_heads(session, sitting_id)  # before the sitting: what is signed, its row has reached already
    submitted = _submitted(session, sitting_id)
    sitting = lookup.sitting(session, sitting_id)
    position, head = sitting.position, sitting.head
    reading = _Reading(previous=genesis(sitting_id))
    if all(reading.take(body, stored) for body, stored in _kept(session, recordings, sitting_id, position)):
        found = Walk(links=tuple(reading.links), broken=None)
    else:
        found = _judged(sitting_id, _kept(session, recordings, sitting_id, position))
    end = Witnessed(head=head, position=position, source="the head of the sitting", is_end=True)
    heads = [*signed, *submitted]
    broken = found.broken or compare(sitting_id, found, [*heads, end]) or _forged(session, sitting_id, heads)
    return Integrity(
        sitting=sitting_id,
        position=position,
        head=head,
        broken=broken or reading.unreadable,
        signed=signed[-1] if signed else None,
        findings=incompleteness(reading.records)[:MAX_FINDINGS] if reading.is_comparable else None,
    )


def _kept(session: Session, recordings: Recordings, sitting_id: str, position: int) -> Iterator[tuple[bytes, str]]:
    """Yield the records with the links that are kept with them: rows, or when they are gone the sealed file."""
    sealed = None
    if position and next(rows(session, sitting_id, until=1), None) is None:
        sealed = recordings.sealed(session, sitting_id)
    if sealed is None:
        yield from ((row.body.encode(), row.hash) for row in rows(session, sitting_id, until=position))
        return
    with sealed:
        yield from ((body.encode(), stored) for body, stored in zip(sealed.bodies(), sealed.links(), strict=True))


def _judged(sitting_id: str, kept: Iterator[tuple[bytes, str]]) -> Walk:
    """Say what broke: now all records are needed at once."""
    bodies, links = zip(*kept, strict=True)
    return walk(sitting_id, bodies, links, tried_ms=_TRIED_MS)


@dataclass(slots=True)
class _Reading:
    """Go through a recording once, and keep of it only what the comparison of the witnesses needs: no outputs."""

    previous: str
    links: list[str] = field(default_factory=list)
    records: list[Recorded] = field(default_factory=list)
    unreadable: Break | None = None
    is_comparable: bool = True
    _bytes: int = 0

    def take(self, body: bytes, stored: str) -> bool:
        """Take the next record; false when it does not fit its link."""
        self.previous = link(self.previous, body)
        self.links.append(self.previous)
        if self.is_comparable and self.unreadable is None:
            self._parse(body)
        return stored != "" and self.previous.startswith(stored)

    def _parse(self, body: bytes) -> None:
        try:
            record = read_record(body)
        except EventsError as error:
            place = len(self.links)
            message = f"Record {place} fits, but cannot be read here ({str(error)[:200]})."
            self.unreadable = Break(position=place, kind="unreadable", message=message)
            return
        if isinstance(record.event, ExecutionFinished):
            record = replace(record, event=replace(record.event, outputs=()))
        else:
            self._bytes += len(body)
        self.records.append(record)
        if self._bytes > MAX_COMPARED_BYTES:
            self.is_comparable = False
            self.records.clear()


def _signed_heads(session: Session, sitting_id: str) -> list[Witnessed]:
    query = select(SignedHead).where(SignedHead.sitting_id == sitting_id)
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


def _submitted(session: Session, sitting_id: str) -> list[Witnessed]:
    """Return the end that was submitted, if the sitting has ended: what the candidate's receipt says."""
    row = lookup.submission_of(session, sitting_id)
    if row is None:
        return []
    return [
        Witnessed(
            head=row.head,
            source="the submission",
            position=row.position,
            at_ms=row.signed_ms,
            key=row.key,
            signature=row.signature,
            is_end=True,
        )
    ]


def _forged(session: Session, sitting_id: str, signed: Sequence[Witnessed]) -> Break | None:
    public_keys = {row.key: row.public_key for row in keys(session)}
    for each in signed:
        problem = signature_problem(sitting_id, each, public_keys)
        if problem is not None:
            return Break(position=each.position or 0, kind="rewritten", message=f"{problem[0].upper()}{problem[1:]}.")
    return None
