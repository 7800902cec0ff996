"""Between asking for a notebook server and being in it: progress, retry, and the way into the hub."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from nbassess_hub.api.guard import SESSION_COOKIE
from nbassess_hub.api.parts import Parts, parts_of, signed_in_of
from nbassess_hub.errors import NotFound
from nbassess_hub.pages.doors import current_sitting, go, is_https, next_step, set_session
from nbassess_hub.rendering import render
from nbassess_hub.scopes import CANDIDATE_GROUP, ROLES
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.sittings.boots import Boot
from nbassess_hub.sittings.sessions import TICKET_MS, SignedIn, issue_ticket, renew
from nbassess_hub.sittings.starting import ENDED

TICKET_COOKIE = "nbassess-ticket"

View = Literal["lab", "voila"]
ViewQuery = Annotated[View, Query()]

_STAFF_PAGES: dict[View, str] = {
    "lab": "lab/tree/dashboards/cohort.ipynb",
    "voila": "voila/render/dashboards/cohort.ipynb",
}
_GROUP_OF_ROLE = {role.name: role.group for role in ROLES if role.group is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The notebook server a person is on the way to."""

    hub_user: str
    group: str
    page: str
    sitting_id: str | None


def _place(parts: Parts, person: SignedIn, view: View) -> Place | None:
    if person.kind == "staff":
        group = _GROUP_OF_ROLE[person.role]
        if group not in ("managers", "reviewers"):
            raise NotFound(f"As {person.role} you have no notebook server. Go back to your start page.")
        return Place(hub_user=f"staff-{person.staff_name}", group=group, page=_STAFF_PAGES[view], sitting_id=None)
    with parts.store.read() as session:
        sitting = current_sitting(session, person)
    if sitting is None or sitting.status in ENDED:
        return None
    return Place(hub_user=sitting.hub_user, group=CANDIDATE_GROUP, page="lab", sitting_id=sitting.id)


def _step(parts: Parts, person: SignedIn) -> str:
    with parts.store.read() as session:
        return next_step(session, person)


def _ensure(parts: Parts, place: Place) -> Boot:
    if place.sitting_id is not None:
        return parts.starting.ensure(place.sitting_id)
    return parts.boots.ensure(place.hub_user, place.group, _nothing)


def _nothing(_hub_user: str) -> None:
    """Staff have no clock to start."""


def open_dashboards(request: Request, view: Annotated[View, Form()] = "lab") -> Response:
    """Start the notebook server of a reviewer or manager."""
    parts, person = parts_of(request), signed_in_of(request)
    place = _place(parts, person, view)
    assert place is not None, "staff always have a place"
    if _ensure(parts, place).state == "failed":
        parts.boots.begin(place.hub_user, place.group, _nothing)
    return go(f"waiting?view={view}")


def show_waiting(request: Request, view: ViewQuery = "lab") -> Response:
    """Show how far the server is; go on when it is ready."""
    parts, person = parts_of(request), signed_in_of(request)
    place = _place(parts, person, view)
    if place is None:
        return go(_step(parts, person))
    boot = _ensure(parts, place)
    if boot.state == "ready":
        return go(f"enter?view={view}")
    return render(request, "waiting.html", boot=boot, view=view, is_candidate=place.sitting_id is not None)


def read_progress(request: Request, view: ViewQuery = "lab") -> dict[str, Any]:
    """Return how far the server is, and where to go when it is ready."""
    parts, person = parts_of(request), signed_in_of(request)
    place = _place(parts, person, view)
    if place is None:
        return {"state": "ready", "percent": 100, "message": "", "next": SERVICE_PREFIX + _step(parts, person)}
    if place.sitting_id is not None:
        boot = parts.starting.progress(place.sitting_id)
    else:
        boot = parts.boots.get(place.hub_user) or _ensure(parts, place)
    ready = f"{SERVICE_PREFIX}enter?view={view}" if boot.state == "ready" else None
    return {"state": boot.state, "percent": boot.percent, "message": boot.message, "next": ready}


def retry(request: Request, view: Annotated[View, Form()] = "lab") -> Response:
    """Start the server again after a failure."""
    parts, person = parts_of(request), signed_in_of(request)
    place = _place(parts, person, view)
    if place is None:
        return go(_step(parts, person))
    if place.sitting_id is not None:
        parts.starting.boot(place.sitting_id)
    else:
        parts.boots.begin(place.hub_user, place.group, _nothing)
    return go(f"waiting?view={view}")


def enter(request: Request, view: ViewQuery = "lab") -> Response:
    """Sign the person in to the hub and open their notebook server."""
    parts, person = parts_of(request), signed_in_of(request)
    place = _place(parts, person, view)
    if place is None:
        return go(_step(parts, person))
    if _ensure(parts, place).state != "ready":
        return go(f"waiting?view={view}")
    cookie = request.cookies[SESSION_COOKIE]
    renew(parts.store, cookie, parts.clock.now_ms())
    ticket = issue_ticket(
        parts.store,
        hub_user=place.hub_user,
        group=place.group,
        now_ms=parts.clock.now_ms(),
        randomness=parts.randomness,
    )
    target = f"/user/{quote(place.hub_user)}/{place.page}"
    answer = RedirectResponse(f"/hub/login?{urlencode({'next': target})}", status_code=303)
    set_session(parts, answer, cookie)
    answer.set_cookie(
        TICKET_COOKIE,
        ticket,
        max_age=TICKET_MS // 1000,
        path="/hub/",
        httponly=True,
        samesite="strict",
        secure=is_https(parts),
    )
    return answer
