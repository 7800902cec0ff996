"""Find rows by id, with an error that says what was not there."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from nbassess_hub.errors import NotFound
from nbassess_hub.store.models import Assessment, Candidate, Job, Report, Sitting, Submission


def sitting(session: Session, sitting_id: str, *, lock: bool = False) -> Sitting:
    """Return a sitting; with ``lock`` nobody else changes it until this transaction ends. Raises NotFound."""
    row = session.scalar(_maybe_locked(select(Sitting).where(Sitting.id == sitting_id), lock=lock))
    if row is None:
        raise NotFound(f"There is no sitting {sitting_id!r:.60}. Check the id in the list of sittings.")
    return row


def sitting_of_hub_user(session: Session, hub_user: str, *, lock: bool = False) -> Sitting:
    """Return the sitting that a hub user was made for. Raises NotFound."""
    row = session.scalar(_maybe_locked(select(Sitting).where(Sitting.hub_user == hub_user), lock=lock))
    if row is None:
        raise NotFound(f"The user {hub_user!r:.60} has no sitting. Open the invitation link and start there.")
    return row


def assessment(session: Session, assessment_id: str, version: int | None = None) -> Assessment:
    """Return a published assessment, the newest version unless told. Raises NotFound."""
    query = select(Assessment).where(Assessment.id == assessment_id).order_by(Assessment.version.desc()).limit(1)
    if version is not None:
        query = query.where(Assessment.version == version)
    row = session.scalar(query)
    if row is None:
        wanted = f"{assessment_id!r:.120}" + (f" version {version}" if version is not None else "")
        raise NotFound(f"No assessment {wanted} is published. List the published ones, or publish it first.")
    return row


def candidate(session: Session, candidate_id: str, *, lock: bool = False) -> Candidate:
    """Return a candidate; with ``lock`` nobody else passes here until this transaction ends. Raises NotFound."""
    row = session.get(Candidate, candidate_id, with_for_update=lock or None)
    if row is None:
        raise NotFound(f"There is no candidate {candidate_id!r:.60}.")
    return row


def submission(session: Session, submission_id: str) -> Submission:
    """Return a submission. Raises NotFound."""
    row = session.get(Submission, submission_id)
    if row is None:
        raise NotFound(f"There is no submission {submission_id!r:.60}.")
    return row


def submission_of(session: Session, sitting_id: str) -> Submission | None:
    """Return the submission of a sitting, None while it runs."""
    return session.scalar(select(Submission).where(Submission.sitting_id == sitting_id))


def report_of(session: Session, submission_id: str, version: int | None = None) -> Report | None:
    """Return a report of a submission, the newest version unless told."""
    query = select(Report).where(Report.submission_id == submission_id).order_by(Report.version.desc()).limit(1)
    if version is not None:
        query = query.where(Report.version == version)
    return session.scalar(query)


def job_of(session: Session, submission_id: str, purpose: str) -> Job | None:
    """Return the job made for a purpose, if any."""
    return session.scalar(select(Job).where(Job.submission_id == submission_id, Job.purpose == purpose))


def _maybe_locked(query: Select[Sitting], *, lock: bool) -> Select[Sitting]:
    # SQLite ignores FOR UPDATE: there the whole write transaction is the lock.
    return query.with_for_update() if lock else query
