"""What lets others check recordings without trusting this installation: the public keys of signed heads."""

from typing import Any

from fastapi import Request

from nbassess_hub.api.parts import parts_of
from nbassess_hub.collector.signing import ALGORITHM, keys


def read_keys(request: Request) -> dict[str, Any]:
    """Return the public keys that heads of recordings are and were signed with, oldest first."""
    with parts_of(request).store.read() as session:
        rows = keys(session)
        return {"keys": [{"key": row.key, "algorithm": ALGORITHM, "public_key": row.public_key} for row in rows]}
