"""Turn links into browser sessions, and sessions into one-time logins to the hub.

A link works once: the browser that exchanged it holds a session cookie and may open the link again, every other browser
is told whom to ask. A candidate's reissued link ends the sessions of the links before it: one person, one browser.
"""

import json
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from nbassess_hub.credentials import LinkError, Randomness, check_link_token, fingerprint, new_secret
from nbassess_hub.errors import Gone
from nbassess_hub.sittings.invitations import state_of
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import BrowserSession, Invitation, Ticket

SESSION_MS = 24 * 3600 * 1000
TICKET_MS = 60 * 1000

_MESSAGES = {
    "unknown": "This link is not known here. Check that you opened the newest message, or ask the person who invited "
    "you for a new link.",
    "expired": "This link has expired. Ask the person who invited you for a new one; nothing of yours is lost.",
    "replaced": "A newer link was issued in place of this one. Open the newest link you received.",
    "used": "This link was already used in another browser or on another device. Go back to that browser to continue. "
    "If you cannot, ask the person who invited you for a new link: a sitting that is under way goes on untouched.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """The outcome of an exchange. ``cookie`` is None when the browser's present session goes on."""

    kind: str
    cookie: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Whom a session cookie stands for."""

    kind: str
    role: str
    invitation_id: str
    candidate_id: str | None
    assessment_id: str | None
    assessment_version: int | None
    staff_name: str | None

    @property
    def label(self) -> str:
        """Return how audit rows name this person."""
        return f"staff-{self.staff_name}" if self.kind == "staff" else f"candidate:{self.candidate_id}"


def exchange(store: Store, *, token: str, cookie: str | None, now_ms: int, randomness: Randomness) -> Exchanged:
    """Use a link. Raises LinkError whose code says why the link cannot be used."""
    check_link_token(token)
    with store.write() as session:
        invitation = session.scalar(
            select(Invitation).where(Invitation.token_hash == fingerprint(token)).with_for_update()
        )
        if invitation is None:
            raise _refusal("unknown")
        if cookie is not None and _holds(session, cookie, invitation, now_ms):
            return Exchanged(kind=invitation.kind, cookie=None)
        state = state_of(invitation, now_ms)
        if state != "open":
            raise _refusal(state)
        invitation.used_ms = now_ms
        _end_sessions(session, invitation, now_ms)
        return Exchanged(kind=invitation.kind, cookie=_open_session(session, invitation, now_ms, randomness))


def _refusal(state: str) -> LinkError:
    status = 404 if state == "unknown" else 410
    return LinkError(_MESSAGES[state], code=f"link_{state}", http_status=status)


def _holds(session: Session, cookie: str, invitation: Invitation, now_ms: int) -> bool:
    held = _live_session(session, cookie, now_ms)
    return held is not None and held.invitation_id == invitation.id


def _end_sessions(session: Session, invitation: Invitation, now_ms: int) -> None:
    if invitation.candidate_id is None:
        return
    same_person = select(Invitation.id).where(Invitation.candidate_id == invitation.candidate_id)
    live = (BrowserSession.invitation_id.in_(same_person)) & (BrowserSession.ended_ms.is_(None))
    session.execute(update(BrowserSession).where(live).values(ended_ms=now_ms))


def _open_session(session: Session, invitation: Invitation, now_ms: int, randomness: Randomness) -> str:
    cookie = new_secret(randomness)
    row = BrowserSession(
        cookie_hash=fingerprint(cookie),
        invitation_id=invitation.id,
        created_ms=now_ms,
        expires_ms=now_ms + SESSION_MS,
    )
    session.add(row)
    return cookie


def _live_session(session: Session, cookie: str, now_ms: int) -> BrowserSession | None:
    row = session.get(BrowserSession, fingerprint(cookie))
    if row is None or row.ended_ms is not None or now_ms >= row.expires_ms:
        return None
    return row


def signed_in(session: Session, cookie: str, now_ms: int) -> SignedIn | None:
    """Return whom a session cookie stands for, None when it stands for nobody (any more)."""
    row = _live_session(session, cookie, now_ms)
    invitation = session.get(Invitation, row.invitation_id) if row is not None else None
    if invitation is None:
        return None
    return SignedIn(
        kind=invitation.kind,
        role=invitation.role,
        invitation_id=invitation.id,
        candidate_id=invitation.candidate_id,
        assessment_id=invitation.assessment_id,
        assessment_version=invitation.assessment_version,
        staff_name=invitation.staff_name,
    )


def renew(store: Store, cookie: str, now_ms: int) -> None:
    """Let a session last its whole time again, from the moment its person enters the notebook server."""
    with store.write() as session:
        row = _live_session(session, cookie, now_ms)
        if row is not None:
            row.expires_ms = now_ms + SESSION_MS


def sign_out(store: Store, cookie: str, now_ms: int) -> None:
    """End a session."""
    with store.write() as session:
        row = session.get(BrowserSession, fingerprint(cookie))
        if row is not None and row.ended_ms is None:
            row.ended_ms = now_ms


def issue_ticket(store: Store, *, hub_user: str, group: str, now_ms: int, randomness: Randomness) -> str:
    """Return a one-time login to the hub for this user."""
    ticket = new_secret(randomness)
    with store.write() as session:
        row = Ticket(
            ticket_hash=fingerprint(ticket),
            hub_user=hub_user,
            groups=json.dumps([group]),
            expires_ms=now_ms + TICKET_MS,
        )
        session.add(row)
    return ticket


def redeem_ticket(store: Store, ticket: str, now_ms: int) -> tuple[str, list[str]]:
    """Return hub user and groups for a ticket, once. Raises Gone."""
    with store.write() as session:
        row = session.scalar(select(Ticket).where(Ticket.ticket_hash == fingerprint(ticket)).with_for_update())
        if row is None or row.redeemed_ms is not None or now_ms >= row.expires_ms:
            raise Gone(
                "This login is not valid any more. Go back to the page you came from and continue from there.",
                code="ticket_unusable",
            )
        row.redeemed_ms = now_ms
        return row.hub_user, list(map(str, json.loads(row.groups)))
