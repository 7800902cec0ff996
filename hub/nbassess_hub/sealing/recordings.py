"""Read recordings, wherever they are: from the rows while there are any, else from the sealed file.

Rows are dropped from the first position on. Who reads rows and finds that the one wanted next is not there turns to the
sealed file; where there is no seal either, records are missing, and that is an error and not an end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nbassess_events.chain import genesis, link
from nbassess_events.codec import read_record
from nbassess_events.errors import ChainError
from nbassess_events.model import Recorded
from sqlalchemy.orm import Session

from nbassess_hub.collector.recording import PAGE_RECORDS, rows
from nbassess_hub.errors import SealError
from nbassess_hub.sealing.archive import Archive
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.store import lookup
from nbassess_hub.store.models import Seal, Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records of a recording as canonical JSON texts, and the head of the whole."""

    bodies: tuple[str, ...]
    head: str
    position: int


@dataclass(frozen=True, slots=True)
class Recordings:
    """All recordings of this instance, live and sealed; the same bytes from either."""

    archive: Archive

    def page(self, session: Session, sitting_id: str, *, after: int = 0, limit: int = PAGE_RECORDS) -> Page:
        """Return the records after a position, in order. Raises NotFound, SealError."""
        sitting = lookup.sitting(session, sitting_id)
        until = after + max(1, min(limit, PAGE_RECORDS))
        bodies = tuple(self.bodies(session, sitting_id, after=after, until=until))
        return Page(bodies=bodies, head=sitting.head, position=sitting.position)

    def records(
        self, session: Session, sitting_id: str, *, after: int = 0, until: int | None = None
    ) -> Iterator[Recorded]:
        """Yield the records between two positions, in order. Raises NotFound, SealError, EventError."""
        yield from map(read_record, self.bodies(session, sitting_id, after=after, until=until))

    def bodies(self, session: Session, sitting_id: str, *, after: int = 0, until: int | None = None) -> Iterator[str]:
        """Yield the canonical texts of the records between two positions. Raises NotFound, SealError."""
        sitting = lookup.sitting(session, sitting_id)
        end = sitting.position if until is None else min(until, sitting.position)
        for row in rows(session, sitting_id, after=after, until=end) if after < end else ():
            if row.position != after + 1:
                break
            yield row.body
            after = row.position
        if after < end:
            with self._needed(session, sitting) as sealed:
                yield from sealed.bodies(after=after, until=end)

    def sealed(self, session: Session, sitting_id: str) -> SealedRecording | None:
        """Open the sealed file of a sitting, None while it is not sealed. Raises NotFound, SealError."""
        lookup.sitting(session, sitting_id)
        seal = session.get(Seal, sitting_id)
        return self.archive.open(seal) if seal is not None else None

    def verify(self, session: Session, sitting_id: str) -> str:
        """Recompute the chain of a recording and return its head. Raises ChainError, NotFound, SealError."""
        sitting = lookup.sitting(session, sitting_id)
        first = next(rows(session, sitting_id, until=1), None)
        if first is None and sitting.position and session.get(Seal, sitting_id) is not None:
            with self._needed(session, sitting) as sealed:
                return sealed.verify(head=sitting.head)
        return _verify_rows(session, sitting)

    def _needed(self, session: Session, sitting: Sitting) -> SealedRecording:
        sealed = self.sealed(session, sitting.id)
        if sealed is None:
            raise SealError(
                f"The recording of sitting {sitting.id} has {sitting.position} records; not all of them are in the "
                "database, and it was never sealed. Restore the database from its backup."
            )
        return sealed


def _verify_rows(session: Session, sitting: Sitting) -> str:
    head, position = genesis(sitting.id), 0
    for row in rows(session, sitting.id, until=sitting.position):
        position += 1
        if row.position != position:
            message = f"record {position} is missing: found position {row.position} in its place"
            raise ChainError(message, position=position)
        head = link(head, row.body.encode())
        if head != row.hash:
            raise ChainError(f"record {position} does not fit its link: it was changed", position=position)
    if position < sitting.position:
        raise ChainError(f"record {position + 1} is missing: the end was cut", position=position + 1)
    if head != sitting.head:
        message = f"after {position} records the head is {head[:12]}…, expected {sitting.head[:12]}…"
        raise ChainError(message, position=position)
    return head
