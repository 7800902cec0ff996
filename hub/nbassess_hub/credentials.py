"""Secrets that travel: link tokens, session cookies, tickets. How they are made, written and recognised.

A secret is 20 random bytes (160 bits) in base32, and a link token carries a short checksum, so that a link that was cut
off or changed on its way is told from one that was never issued. The checksum says nothing about which tokens exist.
Only the SHA-256 of a secret is stored.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from nbassess_hub.errors import Gone

Randomness = Callable[[int], bytes]

_SECRET_BYTES = 20
_CHECKSUM_CHARACTERS = 6
_TOKEN_CHARACTERS = 32 + _CHECKSUM_CHARACTERS


class LinkError(Gone):
    """A link that cannot be used. ``code`` says why: altered, unknown, expired, used, replaced."""

    code = "link_unusable"


def system_randomness(count: int) -> bytes:
    """Return bytes from the operating system's generator."""
    return secrets.token_bytes(count)


def new_secret(randomness: Randomness) -> str:
    """Return a secret of 160 bits, 32 lower-case characters."""
    return _base32(randomness(_SECRET_BYTES))


def new_link_token(randomness: Randomness) -> str:
    """Return a secret with its checksum, for the fragment of a link."""
    secret = new_secret(randomness)
    return secret + _checksum(secret)


def new_id(randomness: Randomness) -> str:
    """Return 12 lower-case characters (60 bits): a name that does not collide, not a secret."""
    return _base32(randomness(8))[:12]


def check_link_token(token: str) -> None:
    """Raise LinkError when the token cannot have been issued as it stands."""
    secret, checksum = token[:-_CHECKSUM_CHARACTERS], token[-_CHECKSUM_CHARACTERS:]
    if len(token) != _TOKEN_CHARACTERS or not secrets.compare_digest(_checksum(secret).encode(), checksum.encode()):
        raise LinkError(
            "This link is damaged: some of it was cut off or changed on the way. Copy the whole link from the message "
            "you received into the address bar, or ask the person who invited you to send it again.",
            code="link_altered",
        )


def fingerprint(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(cookie: str) -> str:
    """Return the token that forms of this session carry; another origin cannot know it."""
    return hashlib.sha256(b"nbassess-form:" + cookie.encode()).hexdigest()


def is_same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return secrets.compare_digest(left.encode(), right.encode())


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _checksum(secret: str) -> str:
    return _base32(hashlib.sha256(b"nbassess-link:" + secret.encode()).digest())[:_CHECKSUM_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is calling, as far as a credential vouches for it."""

    name: str
    kind: str
    scopes: frozenset[str]
    hub_user: str | None = None

    @property
    def is_admin(self) -> bool:
        """Tell whether this is the command line's token."""
        return self.kind == "admin"
