"""Let a request in, or not: one dependency per endpoint, made from its row in the table."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from nbassess_hub.api.access import Access
from nbassess_hub.api.parts import address_of, parts_of
from nbassess_hub.credentials import Principal, form_token, is_same
from nbassess_hub.errors import BadInput, Forbidden, NotAuthenticated
from nbassess_hub.scopes import ROLES
from nbassess_hub.sittings.sessions import SignedIn, signed_in

SESSION_COOKIE = "nbassess-session"
FORM_FIELD = "form_token"

_SCOPES_OF_ROLE = {role.name: frozenset(role.own) for role in ROLES}


def guard(access: Access) -> Callable[[Request], Awaitable[None]]:
    """Return the dependency that enforces a decision."""

    async def let_in(request: Request) -> None:
        if access.kind == "page":
            await _admit_browser(request, access)
        elif access.kind != "public":
            request.state.caller = await run_in_threadpool(_admit_token, request, access)

    return let_in


def _admit_token(request: Request, access: Access) -> Principal:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("token", "bearer") or not token.strip():
        raise NotAuthenticated("This address needs a token. Send the header `Authorization: token <your token>`.")
    caller = parts_of(request).callers.resolve(token.strip(), address=address_of(request))
    if not _may(caller, access):
        raise Forbidden(f"{caller.name} may not do this: it needs {access}. Ask for another role.")
    return caller


def _may(caller: Principal, access: Access) -> bool:
    if access.kind == "service":
        return caller.kind == "service"
    if access.kind == "admin":
        return caller.is_admin
    return bool(access.any_of & caller.scopes)


async def _admit_browser(request: Request, access: Access) -> None:
    cookie = request.cookies.get(SESSION_COOKIE, "")
    person = await run_in_threadpool(_person, request, cookie)
    if person is None:
        raise NotAuthenticated(
            "You are not signed in in this browser, or your session has ended. Open the link you received; if it does "
            "not work any more, ask the person who sent it for a new one.",
            code="not_signed_in",
        )
    if access.any_of and not access.any_of & _SCOPES_OF_ROLE.get(person.role, frozenset()):
        raise Forbidden(f"As {person.role} you have no access to this page. Go back to your start page.")
    if request.method == "POST":
        await _check_form(request, cookie)
    request.state.signed_in = person
    request.state.form_token = form_token(cookie)


def _person(request: Request, cookie: str) -> SignedIn | None:
    parts = parts_of(request)
    if not cookie:
        return None
    with parts.store.read() as session:
        return signed_in(session, cookie, parts.clock.now_ms())


async def _check_form(request: Request, cookie: str) -> None:
    form = await request.form()
    sent = form.get(FORM_FIELD)
    is_ours = isinstance(sent, str) and is_same(sent, form_token(cookie))
    if not is_ours or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise BadInput("This form did not come from our own page. Reload the page and try again.", code="foreign_form")
