"""Seal finished recordings, and drop their rows some time later.

Every step may be interrupted and is then done again. A file is written beside the database's rows, stored, fetched from
the storage and compared with the rows, record by record; only then is there a row in `seals`. Rows are dropped from the
first on, a few thousand at a time, after the stored file was fetched and compared once more. What cannot be sealed or
dropped is tried again at growing distances and keeps nobody else waiting.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbassess_events.errors import EventsError
from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from nbassess_hub.clock import Clock
from nbassess_hub.collector.recording import rows
from nbassess_hub.collector.signing import newest_signed
from nbassess_hub.errors import HubError, SealError
from nbassess_hub.pauses import Pauses
from nbassess_hub.sealing.archive import Archive, file_name
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.writer import Statement, write_sealed
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Event, Seal, SigningKey, Sitting

log = logging.getLogger("nbassess.sealing")

_ENDED = ("submitted", "collected")
_AT_ONCE = 50
_DROPPED_ROWS = 2_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 30_000, 3_600_000


def clear_drafts(workdir: Path) -> None:
    """Remove what processes that were killed left in the folder of drafts."""
    for left in workdir.glob("sealing-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """One round of each duty per call; `workdir` is a local folder for drafts."""

    store: Store
    clock: Clock
    archive: Archive
    workdir: Path
    keep_rows_ms: int
    _pauses: Pauses = field(default_factory=lambda: Pauses(first_ms=_FIRST_PAUSE_MS, longest_ms=_LONGEST_PAUSE_MS))

    def seal_due(self) -> list[str]:
        """Seal recordings of ended sittings; return those that were sealed."""
        unsealed = ~exists().where(Seal.sitting_id == Sitting.id)
        query = select(Sitting.id).where(Sitting.status.in_(_ENDED), Sitting.position > 0, unsealed)
        with self.store.read() as session:
            due = list(session.scalars(query.order_by(Sitting.ended_ms, Sitting.id)))
        return self._each(due, self.seal)

    def drop_due(self) -> list[str]:
        """Drop the rows of recordings that were sealed long enough ago; return those that are gone."""
        has_rows = exists().where(Event.sitting_id == Seal.sitting_id)
        query = select(Seal.sitting_id).where(Seal.sealed_ms <= self.clock.now_ms() - self.keep_rows_ms, has_rows)
        with self.store.read() as session:
            due = list(session.scalars(query.order_by(Seal.sealed_ms, Seal.sitting_id)))
        return self._each(due, self.drop)

    def _each(self, due: list[str], duty: Callable[[str], None]) -> list[str]:
        done = []
        for sitting_id in [each for each in due if self._pauses.is_due(each, self.clock.now_ms())][:_AT_ONCE]:
            try:
                duty(sitting_id)
            except (HubError, EventsError, OSError) as error:
                self._pauses.failed(sitting_id, self.clock.now_ms())
                log.error("sitting %s: %s failed, to be tried again: %s", sitting_id, duty.__name__, error)  # noqa: TRY400 - the message says what to do
            except Exception:  # whatever a storage or a file throws at one recording, the others go on
                self._pauses.failed(sitting_id, self.clock.now_ms())
                log.exception("sitting %s: %s failed, to be tried again", sitting_id, duty.__name__)
            else:
                self._pauses.succeeded(sitting_id)
                done.append(sitting_id)
        return done

    def seal(self, sitting_id: str) -> None:
        """Seal one recording. Raises SealError, ChainError, NotFound."""
        with self.store.read() as session:
            sitting = lookup.sitting(session, sitting_id)
            if session.get(Seal, sitting_id) is not None:
                return
            head, position, signed = sitting.head, sitting.position, _statement(session, sitting)
            last_seqs = _last_seqs(session, sitting_id)
        with tempfile.TemporaryDirectory(prefix=f"sealing-{os.getpid()}-", dir=self.workdir) as folder:
            draft = Path(folder, "recording.parquet")
            written = write_sealed(draft, sitting_id, lambda: self._bodies(sitting_id, position), signed)
            if (written.head, written.records) != (head, position):
                raise SealError(
                    f"sitting {sitting_id}: the {written.records} records in the database have the head "
                    f"{written.head[:12]}…, expected are {position} with {head[:12]}…; they were changed or lost. See "
                    f"`nbassess recording verify` and the backup; nothing was sealed."
                )
            seal = Seal(sitting_id=sitting_id, head=head, records=position, last_seqs=last_seqs, **_facts(draft))
            seal.url = self.archive.storage.url_of(file_name(sitting_id, head))
            self.archive.storage.put(draft, file_name(sitting_id, head))
        with self.archive.check(seal) as sealed:
            self._compare(sealed, sitting_id)
        self._note(seal)

    def drop(self, sitting_id: str) -> None:
        """Drop the rows of one sealed recording. Raises SealError, ChainError."""
        with self.store.read() as session:
            seal = session.get(Seal, sitting_id)
            assert seal is not None, "only sealed recordings are due"
            session.expunge(seal)
        with self.archive.check(seal) as sealed:
            self._compare(sealed, sitting_id)
        while self._drop_some(seal):
            pass
        log.info("sitting %s: dropped the rows of %d sealed records", sitting_id, seal.records)

    def _drop_some(self, seal: Seal) -> bool:
        mine = (Event.sitting_id == seal.sitting_id) & (Event.position <= seal.records)
        with self.store.write() as session:
            query = select(Event.position).where(mine).order_by(Event.position).limit(_DROPPED_ROWS)
            positions = list(session.scalars(query))
            if positions:
                session.execute(delete(Event).where(mine, Event.position <= positions[-1]))
        return bool(positions)

    def _compare(self, sealed: SealedRecording, sitting_id: str) -> None:
        """Raise SealError unless the file holds, byte for byte, every record that is still a row."""
        with self.store.read() as session:
            found = rows(session, sitting_id, until=sealed.position)
            first = next(found, None)
            if first is None:
                return
            bodies = sealed.bodies(after=first.position - 1)
            for row in (first, *found):
                if next(bodies, None) != row.body:
                    raise SealError(
                        f"{sealed.name}: record {row.position} of sitting {sitting_id} is not the one in the database. "
                        "Nothing is dropped; keep both and find out why."
                    )

    def _bodies(self, sitting_id: str, position: int) -> Iterator[str]:
        with self.store.read() as session:
            for row in rows(session, sitting_id, until=position):
                yield row.body

    def _note(self, seal: Seal) -> None:
        now_ms, subject = self.clock.now_ms(), f"sitting:{seal.sitting_id}"
        facts = {"url": seal.url, "sha256": seal.sha256, "records": seal.records}
        seal.sealed_ms = now_ms
        try:
            with self.store.write() as session:
                session.add(seal)
                audit(session, at_ms=now_ms, actor="service", action="seal", subject=subject, after=facts)
        except IntegrityError:
            return  # another process of this instance was first, with the same file
        log.info("%s: sealed %s", subject, facts)


def _facts(draft: Path) -> dict[str, object]:
    with draft.open("rb") as file:
        return {"bytes": draft.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _last_seqs(session: Session, sitting_id: str) -> str:
    query = select(Event.client, func.max(Event.seq).label("seq")).where(Event.sitting_id == sitting_id)
    found = {row.client: row.seq for row in session.execute(query.group_by(Event.client))}
    return json.dumps(found, sort_keys=True)


def _statement(session: Session, sitting: Sitting) -> Statement | None:
    signed = newest_signed(session, sitting.id)
    if signed is None or signed.position < sitting.position:
        return None  # a sitting that ended before heads were signed
    if (signed.position, signed.head) != (sitting.position, sitting.head):
        raise SealError(
            f"sitting {sitting.id}: the head signed after record {signed.position} is not the end of the recording, "
            f"which is said to be {sitting.head[:12]}… after record {sitting.position}; it was cut or changed. See "
            f"`nbassess recording verify` and the backup; nothing was sealed."
        )
    key = session.get(SigningKey, signed.key)
    if key is None:
        return None
    return Statement(at_ms=signed.at_ms, key=signed.key, signature=signed.signature, public_key=key.public_key)
