"""Invite candidates and staff: issue links, reissue them, list them."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from nbassess_hub.credentials import Randomness, fingerprint, new_id, new_link_token
from nbassess_hub.errors import BadInput, Conflict, NotFound
from nbassess_hub.scopes import GROUPS
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.models import Candidate, Invitation, Sitting

NAME_CHARACTERS = 120
SHORTEST_S = 60
LONGEST_S = 90 * 24 * 3600
DEFAULT_S = 7 * 24 * 3600
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
STAFF_ROLES = frozenset(role.name for role in GROUPS.values()) - {"candidate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A link as it is handed out: the only moment at which the token is known."""

    invitation_id: str
    token: str
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues, when, and with what randomness."""

    actor: str
    now_ms: int
    randomness: Randomness


def invite(
    session: Session, issuer: Issuer, *, assessment_id: str, name: str, email: str | None, expires_in_s: int
) -> Issued:
    """Invite a candidate to the newest version of an assessment. Raises BadInput, NotFound."""
    assessment = lookup.assessment(session, assessment_id)
    if assessment.is_practice:
        raise BadInput(f"{assessment.title!r} is for practice: it is offered to everybody. Choose a real assessment.")
    candidate = Candidate(
        id=new_id(issuer.randomness),
        name=clean_name(name),
        email=clean_name(email) if email else None,
        is_synthetic=False,
        created_ms=issuer.now_ms,
    )
    session.add(candidate)
    session.flush()
    invitation = Invitation(
        kind="candidate",
        role="candidate",
        candidate_id=candidate.id,
        assessment_id=assessment.id,
        assessment_version=assessment.version,
    )
    return _issue(session, issuer, invitation, expires_in_s, action="invite")


def staff_link(session: Session, issuer: Issuer, *, name: str, role: str, expires_in_s: int = DEFAULT_S) -> Issued:
    """Issue a sign-in link for staff. One name has one role. Raises BadInput, Conflict."""
    if role not in STAFF_ROLES:
        raise BadInput(f"{role!r:.60} is no role for staff; choose one of {', '.join(sorted(STAFF_ROLES))}.")
    slug = staff_slug(name)
    held = session.scalar(select(Invitation.role).where(Invitation.staff_name == slug).limit(1))
    if held is not None and held != role:
        raise Conflict(
            f"{slug!r} is already known as {held}; one name has one role. Use another name for the {role}.",
            code="name_taken",
        )
    invitation = Invitation(kind="staff", role=role, staff_name=slug)
    return _issue(session, issuer, invitation, expires_in_s, action="staff-link")


def reissue(session: Session, issuer: Issuer, *, invitation_id: str, expires_in_s: int = DEFAULT_S) -> Issued:
    """Issue a new link for the same person; the old link stops working, a running sitting is not touched.

    Raises NotFound.
    """
    old = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if old is None:
        raise NotFound(f"There is no invitation {invitation_id!r:.60}. Reload the list of invitations.")
    old.replaced_ms = issuer.now_ms
    invitation = Invitation(
        kind=old.kind,
        role=old.role,
        candidate_id=old.candidate_id,
        assessment_id=old.assessment_id,
        assessment_version=old.assessment_version,
        staff_name=old.staff_name,
    )
    return _issue(session, issuer, invitation, expires_in_s, action="reissue")


def _issue(session: Session, issuer: Issuer, invitation: Invitation, expires_in_s: int, *, action: str) -> Issued:
    if not SHORTEST_S <= expires_in_s <= LONGEST_S:
        raise BadInput(f"A link is valid for {SHORTEST_S} to {LONGEST_S} seconds, not {expires_in_s}.")
    token = new_link_token(issuer.randomness)
    invitation.id = new_id(issuer.randomness)
    invitation.token_hash = fingerprint(token)
    invitation.created_by = issuer.actor
    invitation.created_ms = issuer.now_ms
    invitation.expires_ms = issuer.now_ms + expires_in_s * 1000
    session.add(invitation)
    after = {"role": invitation.role, "candidate": invitation.candidate_id, "staff": invitation.staff_name}
    subject = f"invitation:{invitation.id}"
    audit(session, at_ms=issuer.now_ms, actor=issuer.actor, action=action, subject=subject, after=after)
    session.flush()
    return Issued(invitation_id=invitation.id, token=token, expires_ms=invitation.expires_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An invitation as the coordinator sees it. ``state``: open, used, expired or replaced."""

    invitation_id: str
    candidate: str
    email: str | None
    assessment_id: str
    state: str
    expires_ms: int
    sitting_id: str | None
    sitting_status: str | None


def list_invitations(session: Session, now_ms: int, *, limit: int = 500) -> list[Listed]:
    """Return the newest candidate invitations, newest first."""
    query = (
        select(Invitation, Candidate, Sitting)
        .join(Candidate, Candidate.id == Invitation.candidate_id)
        .outerjoin(Sitting, (Sitting.candidate_id == Candidate.id) & ~Sitting.is_practice)
        .order_by(Invitation.created_ms.desc(), Invitation.id)
        .limit(limit)
    )
    return [
        Listed(
            invitation_id=invitation.id,
            candidate=candidate.name,
            email=candidate.email,
            assessment_id=invitation.assessment_id or "",
            state=state_of(invitation, now_ms),
            expires_ms=invitation.expires_ms,
            sitting_id=sitting.id if sitting else None,
            sitting_status=sitting.status if sitting else None,
        )
        for invitation, candidate, sitting in session.execute(query)
    ]


def state_of(invitation: Invitation, now_ms: int) -> str:
    """Return open, used, expired or replaced."""
    if invitation.replaced_ms is not None:
        return "replaced"
    if invitation.used_ms is not None:
        return "used"
    return "expired" if now_ms >= invitation.expires_ms else "open"


def clean_name(name: str) -> str:
    """Return the name in one line without direction controls. Raises BadInput."""
    kept = "".join(character for character in name if character not in _BIDI_CONTROLS)
    cleaned = " ".join(unicodedata.normalize("NFC", kept).split())
    if not 1 <= len(cleaned) <= NAME_CHARACTERS or any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned):
        raise BadInput(f"A name has 1 to {NAME_CHARACTERS} printable characters; got {name!r:.60}. Correct it.")
    return cleaned


def staff_slug(name: str) -> str:
    """Return the part of the hub user name that stands for a member of staff. Raises BadInput."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join("".join(c if c.isalnum() else " " for c in folded).split())
    if not 1 <= len(slug) <= 40:
        raise BadInput(f"A staff name needs 1 to 40 letters or digits; got {name!r:.60}. Choose another.")
    return slug
