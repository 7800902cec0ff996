"""The candidate's pages around a sitting: consent before it, what was recorded after it."""

from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from nbassess_hub.api.parts import parts_of, signed_in_of
from nbassess_hub.errors import NotFound
from nbassess_hub.pages.doors import current_sitting, go, next_step
from nbassess_hub.rendering import render
from nbassess_hub.sittings.consent import consent_text
from nbassess_hub.sittings.published import payload_of, practice_for
from nbassess_hub.sittings.sessions import SignedIn
from nbassess_hub.sittings.starting import ENDED, latest_sitting
from nbassess_hub.store import lookup
from nbassess_hub.store.models import Assessment, Sitting

Flag = Annotated[str, Form(max_length=10)]


def show_consent(request: Request) -> Response:
    """Show what this sitting records, and the button that starts it."""
    return _consent_page(request, is_practice=False)


def show_practice(request: Request) -> Response:
    """Show the same for the practice sitting, which never counts."""
    return _consent_page(request, is_practice=True)


def _consent_page(request: Request, *, is_practice: bool, must_tick: bool = False) -> Response:
    parts, person = parts_of(request), signed_in_of(request)
    with parts.store.read() as session:
        if current_sitting(session, person) is not None:
            return go(next_step(session, person))
        assessment = _assessment(session, person, is_practice=is_practice)
        return render(
            request,
            "consent.html",
            status=400 if must_tick else 200,
            text=consent_text(payload_of(assessment)),
            name=lookup.candidate(session, person.candidate_id or "").name,
            offers_practice=not is_practice and practice_for(session) is not None,
            has_practised=latest_sitting(session, person.candidate_id or "", is_practice=True) is not None,
            must_tick=must_tick,
        )


def _assessment(session: Session, person: SignedIn, *, is_practice: bool) -> Assessment:
    if not is_practice:
        return lookup.assessment(session, person.assessment_id or "", person.assessment_version)
    practice = practice_for(session)
    if practice is None:
        raise NotFound("There is no practice sitting here. Go back and start the assessment when you are ready.")
    return practice


def start(request: Request, accept: Flag = "", practice: Flag = "") -> Response:
    """Keep the consent, create the sitting and have its server started."""
    parts, person = parts_of(request), signed_in_of(request)
    is_practice = practice == "yes"
    if accept != "yes":
        return _consent_page(request, is_practice=is_practice, must_tick=True)
    with parts.store.read() as session:
        assessment = _assessment(session, person, is_practice=is_practice)
        if is_practice and current_sitting(session, person) is not None:
            return go(next_step(session, person))
    sitting_id = parts.starting.create(
        candidate_id=person.candidate_id or "", assessment_id=assessment.id, version=assessment.version
    )
    with parts.store.read() as session:
        if lookup.sitting(session, sitting_id).status == "created":
            parts.starting.boot(sitting_id)
        return go(next_step(session, person))


def show_ended(request: Request) -> Response:
    """Show what was recorded, and the receipt."""
    parts, person = parts_of(request), signed_in_of(request)
    with parts.store.read() as session:
        sitting = _ended_sitting(session, person)
        if sitting is None:
            return go(next_step(session, person))
        assessment = lookup.assessment(session, sitting.assessment_id, sitting.assessment_version)
        return render(
            request,
            "ended.html",
            sitting=sitting,
            submission=lookup.submission_of(session, sitting.id),
            title=assessment.title,
        )


def _ended_sitting(session: Session, person: SignedIn) -> Sitting | None:
    candidate_id = person.candidate_id or ""
    real = latest_sitting(session, candidate_id, is_practice=False)
    newest = real or latest_sitting(session, candidate_id, is_practice=True)
    return newest if newest is not None and newest.status in ENDED else None
