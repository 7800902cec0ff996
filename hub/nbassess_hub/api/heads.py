"""What lets others check recordings without trusting this installation: keys, and the heads of each day."""

from datetime import date
from typing import Any

from fastapi import Request

from nbassess_hub.api.parts import parts_of
from nbassess_hub.collector.signing import ALGORITHM, keys
from nbassess_hub.sealing.heads import day_of, heads_of_day


def read_keys(request: Request) -> dict[str, Any]:
    """Return the public keys that heads of recordings are and were signed with, oldest first."""
    with parts_of(request).store.read() as session:
        rows = keys(session)
        return {"keys": [{"key": row.key, "algorithm": ALGORITHM, "public_key": row.public_key} for row in rows]}


def read_heads(request: Request, day: date | None = None) -> dict[str, Any]:
    """Return the signed list of the heads of all recordings that grew on a day (UTC), today unless told."""
    parts = parts_of(request)
    day = day or day_of(parts.clock.now_ms())
    with parts.store.read() as session:
        return heads_of_day(session, day, instance=parts.settings.instance.name, signer=parts.signer)
