"""What changes something: publishing, inviting, grading again, scripted sittings, and the hub's logins."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Request

from nbassess_hub.api.bodies import (
    InvitationBody,
    RegradeBody,
    StaffLinkBody,
    SyntheticBody,
    SyntheticEndBody,
    TicketBody,
    raw_body,
)
from nbassess_hub.api.parts import Parts, caller_of, parts_of
from nbassess_hub.errors import NotFound
from nbassess_hub.grading.queue import enqueue_regrade
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.sittings import invitations, published, synthetic
from nbassess_hub.sittings.ending import Ended
from nbassess_hub.sittings.sessions import redeem_ticket
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit

Answer = dict[str, Any]


def publish(request: Request, archive: Annotated[bytes, Depends(raw_body)]) -> Answer:
    """Publish an assessment from its archive; the same material twice changes nothing."""
    parts, caller = parts_of(request), caller_of(request)
    return published.publish(
        parts.store,
        archive,
        now_ms=parts.clock.now_ms(),
        actor=caller.name,
        minutes_max=parts.settings.longest_sitting_minutes,
    )


def create_invitation(request: Request, body: InvitationBody) -> Answer:
    """Invite a candidate; the link is shown this once."""
    parts = parts_of(request)
    with parts.store.write() as session:
        issued = invitations.invite(
            session,
            issuer_of(parts, caller_of(request).name),
            assessment_id=body.assessment,
            name=body.candidate_name,
            email=body.email,
            expires_in_s=body.expires_in_s,
        )
    return link_answer(parts, issued, "invite")


def reissue_invitation(request: Request, invitation_id: str) -> Answer:
    """Issue a new link for the same person; the old one stops working."""
    parts = parts_of(request)
    with parts.store.write() as session:
        issuer = issuer_of(parts, caller_of(request).name)
        issued = invitations.reissue(session, issuer, invitation_id=invitation_id)
    return link_answer(parts, issued, "invite")


def create_staff_link(request: Request, body: StaffLinkBody) -> Answer:
    """Issue a sign-in link for staff; the link is shown this once."""
    parts = parts_of(request)
    with parts.store.write() as session:
        issuer = issuer_of(parts, caller_of(request).name)
        issued = invitations.staff_link(session, issuer, name=body.name, role=body.role, expires_in_s=body.expires_in_s)
    return link_answer(parts, issued, "staff")


def issuer_of(parts: Parts, actor: str) -> invitations.Issuer:
    """Return who issues now."""
    return invitations.Issuer(actor=actor, now_ms=parts.clock.now_ms(), randomness=parts.randomness)


def link_answer(parts: Parts, issued: invitations.Issued, page: str) -> Answer:
    """Return an issued link as the API writes it."""
    link = f"{parts.settings.instance.public_url.rstrip('/')}{SERVICE_PREFIX}{page}#{issued.token}"
    return {"link": link, "expires_ms": issued.expires_ms, "id": issued.invitation_id}


def grade_again(request: Request, sitting_id: str, body: RegradeBody | None = None) -> Answer:
    """Ask for a new grading of a submission; its report becomes the next version."""
    parts, caller = parts_of(request), caller_of(request)
    now_ms = parts.clock.now_ms()
    with parts.store.write() as session:
        sitting = lookup.sitting(session, sitting_id)
        submission = lookup.submission_of(session, sitting_id)
        if submission is None:
            raise NotFound(f"Sitting {sitting_id} is {sitting.status}: there is nothing to grade yet.")
        job = enqueue_regrade(session, submission.id, now_ms=now_ms)
        reason = body.reason if body is not None else ""
        subject, after = f"sitting:{sitting_id}", {"purpose": job.purpose}
        audit(session, at_ms=now_ms, actor=caller.name, action="grade", subject=subject, after=after, reason=reason)
        return {"job": {"id": job.id, "purpose": job.purpose, "state": job.state}}


def create_synthetic(request: Request, body: SyntheticBody) -> Answer:
    """Create a sitting of a scripted candidate, with a clock in the past."""
    parts = parts_of(request)
    script = synthetic.Script(
        assessment_id=body.assessment,
        candidate_name=body.candidate_name,
        started_ms=body.started_ms,
        limit_ms=body.limit_ms,
    )
    actor, now_ms = caller_of(request).name, parts.clock.now_ms()
    sitting = synthetic.create_synthetic(parts.store, script, now_ms=now_ms, randomness=parts.randomness, actor=actor)
    return {"id": sitting.id, "hub_user": sitting.hub_user, "deadline_ms": sitting.deadline_ms}


def finish_synthetic(request: Request, sitting_id: str, body: SyntheticEndBody) -> Answer:
    """End a scripted sitting at the caller's time."""
    parts, actor = parts_of(request), caller_of(request).name
    ended = Ended(reason=body.end_reason, at_ms=body.ended_ms, actor=actor, claimed={}, stop_after_ms=None)
    receipt = synthetic.finish_synthetic(
        parts.store, sitting_id, ended, randomness=parts.randomness, signer=parts.signer
    )
    return {"receipt": asdict(receipt)}


def redeem(request: Request, body: TicketBody) -> Answer:
    """Tell the hub whose one-time login this is, once."""
    parts = parts_of(request)
    name, groups = redeem_ticket(parts.store, body.ticket, parts.clock.now_ms())
    return {"name": name, "groups": groups}
