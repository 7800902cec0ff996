"""Publish, once a day, the heads of all recordings that grew: whoever keeps these files can tell what was changed.

A day's document lists the last signed head of the day of each sitting, and is signed as a whole. It says nothing about
people: ids, numbers, hashes. The storage is the memory of what was published, so that a place that was away, or a
service that was, gets the missing days later.
"""

import json
import logging
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from nbassess_events.document import canonical_bytes
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nbassess_hub.collector.signing import ALGORITHM, Signer, is_signed
from nbassess_hub.errors import HubError
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import SignedHead

log = logging.getLogger("nbassess.sealing")

_STATEMENT = b"nbassess-heads:1:"
_DAYS_BACK = 31

Document = dict[str, Any]


def day_of(at_ms: int) -> date:
    """Return the UTC day of a moment."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()


def heads_of_day(session: Session, day: date, *, instance: str, signer: Signer) -> Document:
    """Return the signed document of a day; of the present one as far as it has come."""
    start_ms = _start_ms(day)
    in_day = (SignedHead.at_ms >= start_ms) & (SignedHead.at_ms < _start_ms(day + timedelta(days=1)))
    newest = select(func.max(SignedHead.id)).where(in_day).group_by(SignedHead.sitting_id)
    query = select(SignedHead).where(SignedHead.id.in_(newest)).order_by(SignedHead.sitting_id)
    document: Document = {
        "day": day.isoformat(),
        "instance": instance,
        "heads": [_head(row) for row in session.scalars(query)],
        "algorithm": ALGORITHM,
        "key": signer.key,
        "public_key": signer.public_key,
    }
    return document | {"signature": signer.sign(_STATEMENT + canonical_bytes(document))}


def is_genuine(document: Document, public_key: str) -> bool:
    """Tell whether a day's document was signed with this public key."""
    signed = {name: value for name, value in document.items() if name != "signature"}
    return is_signed(_STATEMENT + canonical_bytes(signed), str(document.get("signature")), public_key)


def _head(row: SignedHead) -> Document:
    names = ("position", "head", "at_ms", "key", "signature")
    return {"sitting": row.sitting_id} | {name: getattr(row, name) for name in names}


def _start_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Write the documents of past days to a storage on another system."""

    store: Store
    signer: Signer
    storage: Storage
    instance: str
    _done: set[date] = field(default_factory=set)

    def publish_due(self) -> list[str]:
        """Write what is missing of the last month; return the names of the files."""
        today = day_of(self.signer.clock.now_ms())
        with self.store.read() as session:
            first_ms = session.scalar(select(func.min(SignedHead.at_ms)))
        if first_ms is None:
            return []
        first = max(day_of(first_ms), today - timedelta(days=_DAYS_BACK))
        days = [first + timedelta(days=number) for number in range((today - first).days)]
        return [name for day in days if day not in self._done and (name := self._publish(day))]

    def _publish(self, day: date) -> str | None:
        name = f"heads-{self.instance}-{day.isoformat()}.json"
        try:
            is_new = not self.storage.exists(name)
            if is_new:
                self._write(day, name)
        except (HubError, OSError, pa.ArrowException) as error:
            log.error("%s could not be published, to be tried again: %s", self.storage.url_of(name), error)  # noqa: TRY400 - the message says what to do
            return None
        self._done.add(day)
        return name if is_new else None

    def _write(self, day: date, name: str) -> None:
        with self.store.read() as session:
            document = heads_of_day(session, day, instance=self.instance, signer=self.signer)
        with tempfile.TemporaryDirectory(prefix="heads-") as folder:
            draft = Path(folder, name)
            draft.write_text(json.dumps(document, indent=2) + "\n", encoding="ascii")
            self.storage.put(draft, name)
