"""What staff and the command line read: assessments, sittings, recordings, reports."""

import json
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from nbassess_hub.api.parts import caller_of, parts_of
from nbassess_hub.collector.recording import PAGE_RECORDS, late_events
from nbassess_hub.errors import NotFound
from nbassess_hub.scopes import READ_REPORTS
from nbassess_hub.sittings import listing
from nbassess_hub.sittings.published import newest_versions, payload_of
from nbassess_hub.store import lookup
from nbassess_hub.store.models import Report

Answer = dict[str, Any]
After = Annotated[int, Query(ge=0, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=PAGE_RECORDS)]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


def list_assessments(request: Request) -> Answer:
    """Return every published assessment in its newest version."""
    with parts_of(request).store.read() as session:
        return {"assessments": newest_versions(session)}


def read_assessment(request: Request, assessment_id: str, version: Version = None) -> Answer:
    """Return one published assessment, the newest version unless told."""
    with parts_of(request).store.read() as session:
        return payload_of(lookup.assessment(session, assessment_id, version))


def list_sittings(request: Request, assessment: str | None = None, version: Version = None) -> Answer:
    """Return sittings, newest first; practice is never among them."""
    with parts_of(request).store.read() as session:
        if assessment is not None:
            lookup.assessment(session, assessment, version)
        rows = listing.list_sittings(session, assessment_id=assessment, version=version)
    return {"sittings": [_for_caller(request, row) for row in rows]}


def read_sitting(request: Request, sitting_id: str) -> Answer:
    """Return one sitting, with the state of its recording and its grading."""
    with parts_of(request).store.read() as session:
        return _for_caller(request, listing.one_sitting(session, sitting_id))


def _for_caller(request: Request, row: Answer) -> Answer:
    # Who may not read reports may not read their points either.
    if READ_REPORTS in caller_of(request).scopes:
        return row
    return row | {"points": None, "max_points": None}


def read_events(request: Request, sitting_id: str, after: After = 0, limit: Limit = PAGE_RECORDS) -> Response:
    """Return records after a position in order, and the head of the whole recording."""
    parts = parts_of(request)
    with parts.store.read() as session:
        page = parts.recordings.page(session, sitting_id, after=after, limit=limit)
    # The records are stored as the canonical JSON that the chain covers: handed out as they are.
    text = f'{{"records":[{",".join(page.bodies)}],"head":"{page.head}","position":{page.position}}}'
    return Response(text, media_type="application/json")


def read_late_events(request: Request, sitting_id: str) -> Answer:
    """Return what arrived after the end of a sitting."""
    with parts_of(request).store.read() as session:
        lookup.sitting(session, sitting_id)
        return {"events": late_events(session, sitting_id)}


def read_submission(request: Request, sitting_id: str) -> Answer:
    """Return the submitted documents of a sitting."""
    with parts_of(request).store.read() as session:
        sitting = lookup.sitting(session, sitting_id)
        found = listing.submission_view(session, sitting_id)
    if found is None:
        raise NotFound(f"Sitting {sitting_id} is {sitting.status}: it has no submission yet.", code="not_submitted")
    return found


def read_report(request: Request, sitting_id: str, version: Version = None) -> Answer:
    """Return the report of a sitting, the newest version unless told."""
    with parts_of(request).store.read() as session:
        report = _report(session, sitting_id, version)
        body: Answer = json.loads(report.body)
        return body | {"report_version": report.version}


def _report(session: Session, sitting_id: str, version: int | None) -> Report:
    lookup.sitting(session, sitting_id)
    submission = lookup.submission_of(session, sitting_id)
    report = lookup.report_of(session, submission.id, version) if submission is not None else None
    if report is None:
        wanted = "a report" if version is None else f"report version {version}"
        raise NotFound(f"Sitting {sitting_id} does not have {wanted} yet. See its job in api/sittings/{sitting_id}.")
    return report


def read_cohort(request: Request, assessment_id: str, version: Version = None) -> Answer:
    """Return all sittings of one assessment version with their newest reports."""
    with parts_of(request).store.read() as session:
        return listing.cohort_view(session, assessment_id, version)
