"""Sign the ends of recordings, so that whoever holds a signed head can show later what was received, and when.

Ed25519 over `nbassess_events.chain.head_statement`. The private key is a secret of the instance, made on first use and
read by the control plane only: no container ever sees it. A key is named by the first 16 hex digits of the SHA-256 of
its public half. Every key that was ever used stays in the table `signing_keys`: replacing the secret makes a new key
and leaves old signatures provable.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nbassess_events.chain import head_statement
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from nbassess_hub.clock import Clock
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import SignedHead, SigningKey

ALGORITHM = "Ed25519"
_KEY_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature over a head: when, by which key, and the signature in hex."""

    at_ms: int
    key: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Sign with the instance's key, at the time of the server's clock."""

    private_key: Ed25519PrivateKey
    clock: Clock
    key: str
    public_key: str

    @classmethod
    def of(cls, secrets: Path, clock: Clock) -> "Signer":
        """Read the key from the folder of secrets, or make it. Raises HostError."""
        seed = bytes.fromhex(read_or_create(secrets, Secret.SIGNING_KEY))
        private_key = Ed25519PrivateKey.from_private_bytes(seed)
        public = private_key.public_key().public_bytes_raw()
        return cls(private_key=private_key, clock=clock, key=key_of(public), public_key=public.hex())

    def sign_head(self, sitting_id: str, *, position: int, head: str) -> Signed:
        """Sign that the recording has this head now."""
        at_ms = self.clock.now_ms()
        statement = head_statement(sitting_id, position=position, head=head, at_ms=at_ms)
        return Signed(at_ms=at_ms, key=self.key, signature=self.sign(statement))

    def sign(self, statement: bytes) -> str:
        """Return the signature over a statement, in hex."""
        return self.private_key.sign(statement).hex()


def key_of(public_key: bytes) -> str:
    """Return the name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:_KEY_CHARACTERS]


def is_signed(statement: bytes, signature: str, public_key: str) -> bool:
    """Tell whether a signature over a statement was made with this public key; both in hex."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def remember_key(store: Store, signer: Signer) -> None:
    """Keep the public key for as long as its signatures may be asked about."""
    with store.read() as session:
        if session.get(SigningKey, signer.key) is not None:
            return
    row = SigningKey(key=signer.key, public_key=signer.public_key, first_used_ms=signer.clock.now_ms())
    try:
        with store.write() as session:
            session.add(row)
    except IntegrityError:
        return  # another process of this instance was first


def keys(session: Session) -> Sequence[SigningKey]:
    """Return every key that was ever used, oldest first."""
    return session.scalars(select(SigningKey).order_by(SigningKey.first_used_ms, SigningKey.key)).all()


def keep_signed(session: Session, sitting_id: str, *, position: int, head: str, signed: Signed) -> None:
    """Store a signed head."""
    row = {"at_ms": signed.at_ms, "key": signed.key, "signature": signed.signature}
    session.add(SignedHead(sitting_id=sitting_id, position=position, head=head, **row))


def newest_signed(session: Session, sitting_id: str) -> SignedHead | None:
    """Return the newest signed head that was kept of a sitting, None before its first event."""
    mine = SignedHead.sitting_id == sitting_id
    return session.scalar(select(SignedHead).where(mine).order_by(SignedHead.id.desc()).limit(1))
