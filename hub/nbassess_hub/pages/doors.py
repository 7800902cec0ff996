"""How people come in and go out: links, the start page, signing out."""

from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from sqlalchemy.orm import Session

from nbassess_hub.api.bodies import LinkToken
from nbassess_hub.api.guard import SESSION_COOKIE
from nbassess_hub.api.parts import Parts, address_of, parts_of
from nbassess_hub.errors import BadInput, NotFound
from nbassess_hub.rendering import asset_path, render
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.sittings.sessions import SESSION_MS, SignedIn, exchange, sign_out, signed_in
from nbassess_hub.sittings.starting import ENDED, latest_sitting
from nbassess_hub.store.models import Sitting


def show_start(request: Request) -> Response:
    """Show the person who is signed in their next step, everybody else how to come in."""
    parts = parts_of(request)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    with parts.store.read() as session:
        person = signed_in(session, cookie, parts.clock.now_ms()) if cookie else None
        if person is None:
            return render(request, "door.html")
        return go(next_step(session, person))


def next_step(session: Session, person: SignedIn) -> str:
    """Return the page on which a person goes on."""
    if person.kind == "staff":
        return "home"
    sitting = current_sitting(session, person)
    if sitting is None:
        return "consent"
    if sitting.status in ENDED:
        return "ended"
    return "enter" if sitting.status == "running" else "waiting"


def current_sitting(session: Session, person: SignedIn) -> Sitting | None:
    """Return the sitting a candidate is in: the real one, before it a practice that has not ended."""
    candidate_id = person.candidate_id or ""
    real = latest_sitting(session, candidate_id, is_practice=False)
    if real is not None:
        return real
    practice = latest_sitting(session, candidate_id, is_practice=True)
    return practice if practice is not None and practice.status not in ENDED else None


def show_link_page(request: Request) -> Response:
    """Show the page behind every link; it uses nothing up until its script sends the fragment."""
    return render(request, "link.html")


def exchange_link(request: Request, body: LinkToken) -> Response:
    """Exchange a link's token for a browser session, once."""
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        raise BadInput("Send the token as JSON; a form of another site could not.", code="not_json")
    parts = parts_of(request)
    now_ms = parts.clock.now_ms()
    parts.rates.exchanges.spend(address_of(request), 1, now_ms)
    cookie = request.cookies.get(SESSION_COOKIE)
    done = exchange(parts.store, token=body.token, cookie=cookie, now_ms=now_ms, randomness=parts.randomness)
    answer = JSONResponse({"next": SERVICE_PREFIX, "kind": done.kind})
    if done.cookie is not None:
        set_session(parts, answer, done.cookie)
    return answer


def set_session(parts: Parts, answer: Response, cookie: str) -> None:
    """Hand the session to the browser; servers of notebooks never see it."""
    answer.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=SESSION_MS // 1000,
        path=SERVICE_PREFIX,
        httponly=True,
        samesite="lax",
        secure=is_https(parts),
    )


def is_https(parts: Parts) -> bool:
    """Tell whether people reach this instance over TLS."""
    return parts.settings.instance.public_url.startswith("https://")


def leave(request: Request) -> Response:
    """End the browser's session."""
    parts = parts_of(request)
    sign_out(parts.store, request.cookies[SESSION_COOKIE], parts.clock.now_ms())
    answer = go("")
    answer.delete_cookie(SESSION_COOKIE, path=SERVICE_PREFIX)
    return answer


def asset(request: Request, name: str) -> Response:
    """Return a style sheet or script of the pages."""
    path = asset_path(name)
    if path is None:
        raise NotFound(f"There is no asset {name!r:.80}.")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


def go(page: str) -> RedirectResponse:
    """Send the browser to one of our pages."""
    return RedirectResponse(SERVICE_PREFIX + page, status_code=303)
