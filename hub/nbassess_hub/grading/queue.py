"""The durable queue between submissions and grading workers. It is a table; there is nothing else to lose.

A worker *leases* a job: it owns it until the lease runs out, and extends the lease while it works. A worker that is
killed stops extending, so somebody else leases the job again: at least once. A result is stored together with closing
the job in one transaction, and only by the lease that holds it now, so of two workers that both finished one is told
that it came too late: never twice. The attempt number is the fence; clocks of workers are never compared.

A report is a score. When *we* fail (no sandbox, full disk, killed worker) there is no report: the job is tried again
after a pause, and after `MAX_ATTEMPTS` it is `failed` with the reason, for a person to see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, insert, or_, select, update
from sqlalchemy.orm import Session

from nbassess_hub.store import append
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Job, Report, Submission

MAX_ATTEMPTS = 3
RETRY_PAUSE_MS = 5_000  # times the number of attempts made
_OPEN_STATES = ("queued", "leased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to grade one submission until `until_ms`."""

    job_id: int
    submission_id: str
    worker: str
    attempt: int
    until_ms: int


def enqueue_regrade(session: Session, submission_id: str, *, now_ms: int) -> Job:
    """Ask for one more grading of a submission; while one is waiting or under way, that one is meant."""
    _lock_submission(session, submission_id)
    jobs = select(Job).where(Job.submission_id == submission_id)
    waiting = session.scalar(jobs.where(Job.state.in_(_OPEN_STATES)).order_by(Job.id))
    if waiting is not None:
        return waiting
    earlier = session.scalar(select(func.count()).select_from(jobs.subquery())) or 0
    return append.enqueue(session, submission_id=submission_id, purpose=f"grade:{earlier + 1}", now_ms=now_ms)


@dataclass(frozen=True, slots=True)
class Queue:
    """The workers' side of the queue."""

    store: Store

    def lease(self, worker: str, *, now_ms: int, lease_ms: int) -> Lease | None:
        """Take the oldest job that nobody holds, or None. Two workers never get the same one."""
        with self.store.read() as session:
            if session.scalar(select(Job.id).where(_is_available(now_ms)).limit(1)) is None:
                return None  # an idle worker must not take the write lock
        with self.store.write() as session:
            _give_up_on_jobs_that_kill_workers(session, now_ms)
            job = session.scalar(
                select(Job).where(_is_available(now_ms)).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
            )
            if job is None:
                return None
            job.state, job.worker, job.lease_until_ms = "leased", worker, now_ms + lease_ms
            job.attempts += 1
            return Lease(
                job_id=job.id,
                submission_id=job.submission_id,
                worker=worker,
                attempt=job.attempts,
                until_ms=now_ms + lease_ms,
            )

    def extend(self, lease: Lease, *, now_ms: int, lease_ms: int) -> bool:
        """Keep a lease alive; False when somebody else has the job now."""
        with self.store.write() as session:
            return _change(session, lease, lease_until_ms=now_ms + lease_ms)

    def complete(self, lease: Lease, report: Mapping[str, Any], *, now_ms: int) -> int | None:
        """Store the report as the submission's next version and close the job, both or neither.

        Returns the version, or None when the lease was lost: the report is dropped, another one is on its way or here.
        """
        with self.store.write() as session:
            if not _change(session, lease, state="done", lease_until_ms=None, error=None, finished_ms=now_ms):
                return None
            _lock_submission(session, lease.submission_id)
            versions = select(func.max(Report.version)).where(Report.submission_id == lease.submission_id)
            version = (session.scalar(versions) or 0) + 1
            session.execute(
                insert(Report).values(
                    submission_id=lease.submission_id,
                    version=version,
                    points=report["points"],
                    max_points=report["max_points"],
                    body=json.dumps(report, sort_keys=True, separators=(",", ":")),
                    graded_ms=now_ms,
                )
            )
            return version

    def fail(self, lease: Lease, error: str, *, now_ms: int) -> str:
        """Hand a job back after a failure of ours; returns its new state, `lost` when the lease was."""
        is_last = lease.attempt >= MAX_ATTEMPTS
        with self.store.write() as session:
            changed = _change(
                session,
                lease,
                state="failed" if is_last else "queued",
                lease_until_ms=None if is_last else now_ms + lease.attempt * RETRY_PAUSE_MS,
                finished_ms=now_ms if is_last else None,
                error=error,
            )
        return ("failed" if is_last else "queued") if changed else "lost"

    def release(self, lease: Lease) -> bool:
        """Give an unfinished job back at once, not counted as an attempt: the worker was asked to stop."""
        with self.store.write() as session:
            return _change(session, lease, state="queued", lease_until_ms=None, attempts=lease.attempt - 1)


def _is_available(now_ms: int) -> ColumnElement[bool]:
    """Queued and past its pause, or leased and past its lease: one column says when."""
    return Job.state.in_(_OPEN_STATES) & or_(Job.lease_until_ms.is_(None), Job.lease_until_ms <= now_ms)


def _change(session: Session, lease: Lease, **values: object) -> bool:
    """Change the job if this lease still holds it."""
    held = (
        (Job.id == lease.job_id)
        & (Job.state == "leased")
        & (Job.worker == lease.worker)
        & (Job.attempts == lease.attempt)
    )
    result = cast("CursorResult[Any]", session.execute(update(Job).where(held).values(**values)))
    return result.rowcount == 1


def _give_up_on_jobs_that_kill_workers(session: Session, now_ms: int) -> None:
    dead = (Job.state == "leased") & (Job.lease_until_ms <= now_ms) & (Job.attempts >= MAX_ATTEMPTS)
    message = f"the worker disappeared while grading, {MAX_ATTEMPTS} times in a row; see the worker's log, then regrade"
    session.execute(
        update(Job).where(dead).values(state="failed", lease_until_ms=None, finished_ms=now_ms, error=message)
    )


def _lock_submission(session: Session, submission_id: str) -> None:
    """Let only one transaction at a time number the reports or regrades of a submission."""
    session.execute(select(Submission.id).where(Submission.id == submission_id).with_for_update())
