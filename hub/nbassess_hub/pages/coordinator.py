"""The start page of staff: dashboards for those who decide, invitations for those who coordinate."""

from typing import Annotated, Any

from fastapi import Form, Request, Response

from nbassess_hub.api.administration import issuer_of, link_answer
from nbassess_hub.api.parts import parts_of, signed_in_of
from nbassess_hub.errors import HubError
from nbassess_hub.rendering import render
from nbassess_hub.sittings import invitations
from nbassess_hub.sittings.invitations import DEFAULT_S, Issued, list_invitations
from nbassess_hub.sittings.listing import list_sittings
from nbassess_hub.sittings.published import newest_versions

Field = Annotated[str, Form(max_length=500)]
Days = Annotated[int, Form(ge=1, le=90)]


def show_home(request: Request) -> Response:
    """Show the start page that fits the person's role."""
    return _home(request)


def _home(
    request: Request, *, issued: Issued | None = None, problem: HubError | None = None, **filled: Any
) -> Response:
    parts = parts_of(request)
    with parts.store.read() as session:
        invited = list_invitations(session, parts.clock.now_ms())
        return render(
            request,
            "home.html",
            status=problem.http_status if problem is not None else 200,
            assessments=newest_versions(session),
            invitations=invited,
            sittings=list_sittings(session),
            link_for=next(
                (one.candidate for one in invited if issued and one.invitation_id == issued.invitation_id), None
            ),
            link=link_answer(parts, issued, "invite")["link"] if issued is not None else None,
            expires_ms=issued.expires_ms if issued is not None else None,
            problem=problem.message if problem is not None else None,
            filled=filled,
            disk_warning=parts.disk.warning(),
            default_days=DEFAULT_S // 86_400,
        )


def create_invitation(
    request: Request, assessment: Field = "", candidate_name: Field = "", email: Field = "", days: Days = 7
) -> Response:
    """Invite a candidate and show the link."""
    parts, person = parts_of(request), signed_in_of(request)
    try:
        with parts.store.write() as session:
            issued = invitations.invite(
                session,
                issuer_of(parts, person.label),
                assessment_id=assessment,
                name=candidate_name,
                email=email.strip() or None,
                expires_in_s=days * 86_400,
            )
    except HubError as problem:
        return _home(
            request, problem=problem, assessment=assessment, candidate_name=candidate_name, email=email, days=days
        )
    return _home(request, issued=issued)


def reissue_invitation(request: Request, invitation_id: str) -> Response:
    """Issue a new link for the same person and show it."""
    parts, person = parts_of(request), signed_in_of(request)
    with parts.store.write() as session:
        issued = invitations.reissue(session, issuer_of(parts, person.label), invitation_id=invitation_id)
    return _home(request, issued=issued)
