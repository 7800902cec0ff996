"""Add the rows that several parts add: audit entries and grading jobs."""

import json
from collections.abc import Mapping

from sqlalchemy.orm import Session

from nbassess_hub.store.lookup import job_of
from nbassess_hub.store.models import AuditRow, Job

Values = Mapping[str, object]


def audit(
    session: Session,
    *,
    at_ms: int,
    actor: str,
    action: str,
    subject: str,
    before: Values | None = None,
    after: Values | None = None,
    reason: str = "",
) -> None:
    """Write who did what to which thing, in the same transaction as the deed."""
    texts = {"before": json.dumps(dict(before or {})), "after": json.dumps(dict(after or {}))}
    session.add(AuditRow(at_ms=at_ms, actor=actor, action=action, subject=subject, reason=reason, **texts))


def enqueue(session: Session, *, submission_id: str, purpose: str, now_ms: int) -> Job:
    """Return the grading job for a purpose, made now if there is none: asking twice grades once."""
    job = job_of(session, submission_id, purpose)
    if job is None:
        job = Job(submission_id=submission_id, purpose=purpose, state="queued", attempts=0, created_ms=now_ms)
        session.add(job)
        session.flush()
    return job
