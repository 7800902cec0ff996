"""The end of a sitting: the submission is the recorded state, rebuilt here from the stored records.

Nothing is asked of the candidate's browser or server: what was recorded counts, whether it was run, saved or
submitted. The replay is made before the sitting is locked and made again when something was recorded meanwhile; the
lock is short, and the submission, the end and the grading job become true in one commit.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nbassess_events.document import canonical_bytes
from nbassess_events.replay import Replay
from sqlalchemy.orm import Session

from nbassess_hub.collector.recording import read_records
from nbassess_hub.credentials import Randomness, new_id
from nbassess_hub.errors import Conflict
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit, enqueue
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Sitting, Submission

EndReason = Literal["submitted", "deadline"]

GRADE_PURPOSE = "grade:first"
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The recorded state at a position."""

    position: int
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
    """What the candidate holds afterwards."""

    submission_id: str
    digest: str
    head: str
    position: int
    submitted_ms: int
    matches: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Why, when, and what the browser claimed."""

    reason: EndReason
    at_ms: int
    actor: str
    claimed: Mapping[str, str]
    stop_after_ms: int | None


def rebuild(session: Session, sitting_id: str) -> Rebuilt:
    """Replay the whole recording of a sitting."""
    replay = Replay(read_records(session, sitting_id))
    documents = replay.end.documents
    return Rebuilt(
        position=len(replay.records),
        documents={path: document.to_json() for path, document in documents.items()},
        digests={path: document.digest() for path, document in documents.items()},
        is_complete=not replay.gaps and all(document.is_complete for document in documents.values()),
    )


def end_sitting(store: Store, sitting_id: str, ended: Ended, *, randomness: Randomness) -> Receipt:
    """End a sitting and return its receipt; a sitting that has ended keeps the one it has.

    Raises NotFound, and Conflict for a sitting that never started.
    """
    for _ in range(_ATTEMPTS):
        with store.read() as session:
            rebuilt = rebuild(session, sitting_id)
        with store.write() as session:
            sitting = lookup.sitting(session, sitting_id, lock=True)
            existing = lookup.submission_of(session, sitting_id)
            if existing is not None:
                return receipt(existing)
            if sitting.position == rebuilt.position:
                return _close(session, sitting, rebuilt, ended, randomness)
    with store.write() as session:
        sitting = lookup.sitting(session, sitting_id, lock=True)
        existing = lookup.submission_of(session, sitting_id)
        if existing is not None:
            return receipt(existing)
        return _close(session, sitting, rebuild(session, sitting_id), ended, randomness)


def _close(session: Session, sitting: Sitting, rebuilt: Rebuilt, ended: Ended, randomness: Randomness) -> Receipt:
    if sitting.status != "running":
        raise Conflict(f"Sitting {sitting.id} is {sitting.status}; only a running one can end.", code="not_running")
    sitting.status = "submitted" if ended.reason == "submitted" else "collected"
    sitting.ended_ms, sitting.end_reason = ended.at_ms, ended.reason
    sitting.stop_after_ms = ended.stop_after_ms
    submission = Submission(
        id=new_id(randomness),
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
    )
    session.add(submission)
    session.flush()
    if not sitting.is_practice:
        enqueue(session, submission_id=submission.id, purpose=GRADE_PURPOSE, now_ms=ended.at_ms)
    after = {"reason": ended.reason, "submission": submission.id, "digest": submission.digest}
    subject = f"sitting:{sitting.id}"
    audit(session, at_ms=ended.at_ms, actor=ended.actor, action="end", subject=subject, after=after)
    return receipt(submission)


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
        digest=submission.digest,
        head=submission.head,
        position=submission.position,
        submitted_ms=submission.submitted_ms,
        matches=submission.matches,
    )
