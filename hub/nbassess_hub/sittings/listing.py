"""Sittings as staff and candidates' panels see them: plain rows, ready for JSON."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from nbassess_hub.collector.recording import late_count
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.sittings.published import payload_of
from nbassess_hub.store import lookup
from nbassess_hub.store.models import Candidate, Job, Report, Sitting, Submission

Row = dict[str, Any]


def list_sittings(
    session: Session, *, assessment_id: str | None = None, version: int | None = None, sitting_id: str | None = None
) -> list[Row]:
    """Return sittings that count (practice never does), newest first."""
    query = _sittings_with_points().where(~Sitting.is_practice)
    if assessment_id is not None:
        query = query.where(Sitting.assessment_id == assessment_id)
    if version is not None:
        query = query.where(Sitting.assessment_version == version)
    if sitting_id is not None:
        query = query.where(Sitting.id == sitting_id)
    return [_row(*found) for found in session.execute(query)]


def _sittings_with_points() -> Select[Sitting, str, float, float]:
    newest = (
        select(Report.submission_id, func.max(Report.version).label("version"))
        .group_by(Report.submission_id)
        .subquery()
    )
    return (
        select(Sitting, Candidate.name, Report.points, Report.max_points)
        .join(Candidate, Candidate.id == Sitting.candidate_id)
        .outerjoin(Submission, Submission.sitting_id == Sitting.id)
        .outerjoin(newest, newest.c.submission_id == Submission.id)
        .outerjoin(Report, (Report.submission_id == Submission.id) & (Report.version == newest.c.version))
        .order_by(Sitting.created_ms.desc(), Sitting.id)
    )


def _row(sitting: Sitting, candidate: str, points: float | None, max_points: float | None) -> Row:
    return {
        "id": sitting.id,
        "candidate": candidate,
        "assessment": sitting.assessment_id,
        "assessment_version": sitting.assessment_version,
        "status": sitting.status,
        "is_synthetic": sitting.is_synthetic,
        "started_ms": sitting.started_ms,
        "deadline_ms": sitting.deadline_ms,
        "ended_ms": sitting.ended_ms,
        "end_reason": sitting.end_reason,
        "position": sitting.position,
        "points": points,
        "max_points": max_points,
    }


def one_sitting(session: Session, sitting_id: str) -> Row:
    """Return a sitting with what is known of its recording and its grading. Raises NotFound."""
    sitting = lookup.sitting(session, sitting_id)
    rows = list_sittings(session, sitting_id=sitting_id)
    row = rows[0] if rows else _row(sitting, lookup.candidate(session, sitting.candidate_id).name, None, None)
    submission = lookup.submission_of(session, sitting_id)
    jobs: Sequence[Job] = ()
    if submission is not None:
        jobs = session.scalars(select(Job).where(Job.submission_id == submission.id).order_by(Job.id)).all()
    return row | {
        "is_practice": sitting.is_practice,
        "head": sitting.head,
        "recorded_bytes": sitting.recorded_bytes,
        "late_events": late_count(session, sitting_id),
        "submission_id": submission.id if submission else None,
        "job": _job(jobs[-1]) if jobs else None,
        "jobs": [_job(job) for job in jobs],
    }


def _job(job: Job) -> Row:
    return {"id": job.id, "purpose": job.purpose, "state": job.state, "attempts": job.attempts, "error": job.error}


def candidate_view(session: Session, sitting: Sitting, now_ms: int) -> Row:
    """Return what the candidate's own panel shows of the sitting."""
    payload = payload_of(lookup.assessment(session, sitting.assessment_id, sitting.assessment_version))
    shown = ("id", "title", "version", "monitoring", "problems")
    return {
        "id": sitting.id,
        "assessment": {key: payload[key] for key in shown},
        "status": sitting.status,
        "server_now_ms": now_ms,
        "started_ms": sitting.started_ms,
        "deadline_ms": sitting.deadline_ms,
        "is_practice": sitting.is_practice,
        "is_synthetic": sitting.is_synthetic,
        "ended_url": f"{SERVICE_PREFIX}ended",
    }


def submission_view(session: Session, sitting_id: str) -> Row | None:
    """Return the submitted documents of a sitting, None before its end."""
    submission = lookup.submission_of(session, sitting_id)
    if submission is None:
        return None
    return {
        "submission_id": submission.id,
        "digest": submission.digest,
        "head": submission.head,
        "position": submission.position,
        "submitted_ms": submission.submitted_ms,
        "end_reason": submission.end_reason,
        "matches": submission.matches,
        "is_complete": submission.is_complete,
        "documents": json.loads(submission.documents),
    }


def cohort_view(session: Session, assessment_id: str, version: int | None) -> Row:
    """Return the sittings of one assessment version with their newest reports. Raises NotFound."""
    assessment = lookup.assessment(session, assessment_id, version)
    sittings = list_sittings(session, assessment_id=assessment.id, version=assessment.version)
    reports = []
    for row in sittings:
        submission = lookup.submission_of(session, row["id"])
        report = lookup.report_of(session, submission.id) if submission is not None else None
        if report is not None:
            reports.append(json.loads(report.body) | {"report_version": report.version})
    return {"assessment": payload_of(assessment), "sittings": sittings, "reports": reports}
