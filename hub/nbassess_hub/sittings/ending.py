"""The end of a sitting: the submission is the recorded state, rebuilt here from the stored records.

Nothing is asked of the candidate's browser or server: what was recorded counts, whether it was run, saved or
submitted. The replay is made before the sitting is locked, and only goes on with what was recorded meanwhile while the
lock is held; so the lock is short, and the submission, the end and the grading job become true in one commit. A
recording that cannot be read to its end is no reason to refuse a submission: it is submitted as far as it can be
rebuilt, and said to be incomplete.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nbassess_events.document import canonical_bytes
from nbassess_events.errors import EventsError
from nbassess_events.replay import NotebookState, Sequences, advance
from sqlalchemy.orm import Session

from nbassess_hub.collector.recording import records
from nbassess_hub.collector.signing import Signed, Signer, keep_signed
from nbassess_hub.credentials import Randomness, new_id
from nbassess_hub.errors import Conflict
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit, enqueue
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Sitting, Submission

log = logging.getLogger(__name__)

EndReason = Literal["submitted", "deadline"]

GRADE_PURPOSE = "grade:first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The recorded state at the end."""

    documents: dict[str, object]
    digests: dict[str, str]
    is_complete: bool

    @property
    def text(self) -> str:
        """Return all documents as canonical JSON."""
        return canonical_bytes(self.documents).decode("ascii")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the candidate holds afterwards; `signature` is over the head (see `collector.signing`)."""

    submission_id: str
    sitting: str
    digest: str
    head: str
    position: int
    submitted_ms: int
    matches: bool | None
    signature: str | None
    key: str | None
    signed_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Why, when, and what the browser claimed."""

    reason: EndReason
    at_ms: int
    actor: str
    claimed: Mapping[str, str]
    stop_after_ms: int | None


@dataclass(slots=True)
class _Rebuilding:
    """A replay of a growing recording: each `catch_up` goes on where the last one stopped."""

    sitting_id: str
    state: NotebookState = field(default_factory=NotebookState)
    sequences: Sequences = field(default_factory=Sequences)
    has_holes: bool = False
    is_readable: bool = True

    def catch_up(self, session: Session) -> None:
        """Replay what was recorded since; stops for good at a record that cannot be read."""
        if not self.is_readable:
            return
        try:
            for record in records(session, self.sitting_id, after=self.state.position):
                self.has_holes |= self.sequences.missing_before(record) is not None
                self.state = advance(self.state, record)
        except EventsError:
            self.is_readable = False
            log.exception("sitting %s: no record can be read after %d", self.sitting_id, self.state.position)

    def rebuilt(self) -> Rebuilt:
        """Return the state so far."""
        documents = self.state.documents
        is_whole = self.is_readable and not self.has_holes and not self.state.gaps
        return Rebuilt(
            documents={path: document.to_json() for path, document in documents.items()},
            digests={path: document.digest() for path, document in documents.items()},
            is_complete=is_whole and all(document.is_complete for document in documents.values()),
        )


def end_sitting(store: Store, sitting_id: str, ended: Ended, *, randomness: Randomness, signer: Signer) -> Receipt:
    """End a sitting and return its receipt; a sitting that has ended keeps the one it has.

    Raises NotFound, and Conflict for a sitting that never started.
    """
    rebuilding = _Rebuilding(sitting_id)
    for _ in range(2):  # the second time takes what came during the first, so that little is left for the lock
        with store.read() as session:
            existing = lookup.submission_of(session, sitting_id)
            if existing is not None:
                return receipt(existing)
            rebuilding.catch_up(session)
    with store.write() as session:
        sitting = lookup.sitting(session, sitting_id, lock=True)
        existing = lookup.submission_of(session, sitting_id)
        if existing is not None:
            return receipt(existing)
        rebuilding.catch_up(session)
        return _close(session, sitting, rebuilding.rebuilt(), ended, randomness, signer)


def _close(
    session: Session, sitting: Sitting, rebuilt: Rebuilt, ended: Ended, randomness: Randomness, signer: Signer
) -> Receipt:
    if sitting.status != "running":
        raise Conflict(f"Sitting {sitting.id} is {sitting.status}; only a running one can end.", code="not_running")
    sitting.status = "submitted" if ended.reason == "submitted" else "collected"
    sitting.ended_ms, sitting.end_reason = ended.at_ms, ended.reason
    sitting.stop_after_ms = ended.stop_after_ms
    signed = signer.sign_head(sitting.id, position=sitting.position, head=sitting.head)
    keep_signed(session, sitting.id, position=sitting.position, head=sitting.head, signed=signed)
    submission = _submission(sitting, rebuilt, ended, signed, new_id(randomness))
    session.add(submission)
    session.flush()
    if not sitting.is_practice:
        enqueue(session, submission_id=submission.id, purpose=GRADE_PURPOSE, now_ms=ended.at_ms)
    after = {"reason": ended.reason, "submission": submission.id, "digest": submission.digest}
    subject = f"sitting:{sitting.id}"
    audit(session, at_ms=ended.at_ms, actor=ended.actor, action="end", subject=subject, after=after)
    return receipt(submission)


def _submission(sitting: Sitting, rebuilt: Rebuilt, ended: Ended, signed: Signed, submission_id: str) -> Submission:
    return Submission(
        id=submission_id,
        sitting_id=sitting.id,
        digest=rebuilt.digest,
        documents=rebuilt.text,
        head=sitting.head,
        position=sitting.position,
        submitted_ms=ended.at_ms,
        end_reason=ended.reason,
        claimed=json.dumps(dict(ended.claimed), sort_keys=True),
        matches=compare(ended.claimed, rebuilt.digests),
        is_complete=rebuilt.is_complete,
        signature=signed.signature,
        key=signed.key,
        signed_ms=signed.at_ms,
    )


def compare(claimed: Mapping[str, str], rebuilt: Mapping[str, str]) -> bool | None:
    """Tell whether the browser's digests agree with the replay; None when it could compute none."""
    stated = {path: digest for path, digest in claimed.items() if digest}
    if not stated:
        return None
    return all(rebuilt.get(path) == digest for path, digest in stated.items())


def receipt(submission: Submission) -> Receipt:
    """Return the receipt of a submission."""
    return Receipt(
        submission_id=submission.id,
        sitting=submission.sitting_id,
        digest=submission.digest,
        head=submission.head,
        position=submission.position,
        submitted_ms=submission.submitted_ms,
        matches=submission.matches,
        signature=submission.signature,
        key=submission.key,
        signed_ms=submission.signed_ms,
    )
