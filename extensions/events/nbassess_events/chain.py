"""The hash chain: each record's link covers the record and the link before it.

link(n) = SHA-256(link(n-1) || canonical bytes of record n), link(0) = SHA-256("nbassess:1:" || sitting id).
Whoever holds the head can tell whether any record before it was changed, dropped, added or moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from nbassess_events.codec import record_bytes
from nbassess_events.document import canonical_bytes
from nbassess_events.errors import ChainError
from nbassess_events.model import Recorded


def genesis(sitting_id: str) -> str:
    """Return the link before the first record, in hex."""
    return hashlib.sha256(b"nbassess:1:" + sitting_id.encode()).hexdigest()


def link(previous: str, record: bytes) -> str:
    """Return the link of a record, in hex, given the link before it and the record's canonical bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + record).hexdigest()


def head_statement(sitting_id: str, *, position: int, head: str, at_ms: int) -> bytes:
    """Return what the collector signs: that at this time the recording had this many records and this head."""
    stated = {"at_ms": at_ms, "head": head, "position": position, "sitting": sitting_id}
    return b"nbassess-head:1:" + canonical_bytes(stated)


def links(sitting_id: str, records: Iterable[Recorded]) -> list[str]:
    """Return the link of every record, in order."""
    found, previous = [], genesis(sitting_id)
    for record in records:
        previous = link(previous, record_bytes(record))
        found.append(previous)
    return found


def verify(sitting_id: str, records: Sequence[Recorded], *, head: str, stored: Sequence[str] | None = None) -> str:
    """Check positions and links up to `head`; return the head.

    `stored` are the links that were kept with the records, or their first characters: with them the first broken record
    is named exactly.
    Raises ChainError.
    """
    previous = genesis(sitting_id)
    for index, record in enumerate(records):
        if record.position != index + 1:
            message = f"record {index + 1} is missing: found position {record.position} in its place"
            raise ChainError(message, position=index + 1)
        previous = link(previous, record_bytes(record))
        if stored is not None and (index >= len(stored) or not _fits(previous, stored[index])):
            raise ChainError(
                f"record {record.position} does not fit its link: it was changed", position=record.position
            )
    if stored is not None and len(records) < len(stored):
        missing = len(records) + 1
        raise ChainError(f"record {missing} is missing: the end was cut", position=missing)
    if previous != head:
        found = f"after {len(records)} records the head is {previous[:12]}…, expected {head[:12]}…"
        raise ChainError(f"{found}: the end was cut or changed", position=len(records))
    return previous


def _fits(link_: str, stored: str) -> bool:
    return stored != "" and link_.startswith(stored)
