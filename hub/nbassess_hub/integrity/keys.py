"""The public keys that signatures are checked with."""

from __future__ import annotations

from pathlib import Path

from nbassess_hub.clock import SystemClock
from nbassess_hub.collector.signing import Signer, key_of
from nbassess_hub.errors import BadInput
from nbassess_hub.secret_files import Secret

_HEX = 64


def named_key(public_key: str) -> dict[str, str]:
    """Return a public key that was given in hex, by its name. Raises BadInput."""
    text = public_key.strip().lower()
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(text) != _HEX or len(raw) * 2 != _HEX:
        raise BadInput(f"{public_key!r:.80} is no public key: 64 hex digits, as `nbassess recording key` prints them")
    return {key_of(raw): text}


def instance_keys(secrets: Path) -> dict[str, str]:
    """Return the key of the instance on this host, by its name; nothing where this user can see none."""
    try:
        if not (secrets / Secret.SIGNING_KEY.value).is_file():
            return {}
    except OSError:  # the folder is not this user's
        return {}
    signer = Signer.of(secrets, SystemClock())
    return {signer.key: signer.public_key}
