"""Let people into the hub who come from the assessment service, and nobody else.

There are no passwords. Whoever opened a valid link at the service carries a one-time ticket in a cookie that only the
hub's pages receive. The hub asks the service whose ticket it is; the service answers once and forgets it. The cookie is
deleted whatever the answer. A ticket wins over a login that already exists: somebody who opens a second link in the
same browser becomes the person of that link, and somebody who comes back by their own link stays signed in.
"""

from __future__ import annotations

from typing import Any

import httpx
from jupyterhub.auth import Authenticator  # type: ignore[import-untyped] # it ships no types
from jupyterhub.handlers.login import LoginHandler  # type: ignore[import-untyped] # it ships no types
from tornado import web
from traitlets import Unicode

from nbassess_hub.scopes import GROUPS

TICKET_COOKIE = "nbassess-ticket"
USERNAME_PATTERN = r"(s-[a-z2-7]{12}|staff-[a-z0-9][a-z0-9-]{0,39})\Z"  # the hub anchors the beginning only
_LONGEST_TICKET = 256
_REDEEM_TIMEOUT_S = 10.0
_ANSWERED_NO = (400, 403, 404, 409, 410, 422)


class TicketLoginHandler(LoginHandler):  # type: ignore[misc] # JupyterHub carries no types
    """The hub's login address: redeems a ticket, or explains how to get in."""

    async def get(self) -> None:
        """Log the ticket's owner in and go where `next` says, which the hub keeps on this host."""
        ticket = self.get_cookie(TICKET_COOKIE)
        self.clear_cookie(TICKET_COOKIE, path=self.hub.base_url)
        if not ticket:
            await self._without_ticket()
            return
        user = await self.login_user({"ticket": ticket})
        if user is None:
            await self._explain("This link was used already or has expired.")
            return
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user), permanent=False)

    def set_login_cookie(self, user: Any) -> None:
        """Sign the person in; of another person's login nothing stays in this browser."""
        earlier = self.get_current_user_cookie()
        if earlier is not None and earlier.id != user.id:
            self.clear_login_cookie()
            self.set_session_cookie()
        super().set_login_cookie(user)

    async def post(self) -> None:
        """Refuse: there is no form to send."""
        raise web.HTTPError(405, "there is no password here; open the link you were given")

    async def _without_ticket(self) -> None:
        if self.current_user:
            self.redirect(self.get_next_url(self.current_user), permanent=False)
        else:
            await self._explain("You are not signed in.")

    async def _explain(self, reason: str) -> None:
        self.set_status(403)
        self.finish(await self.render_template("login.html", reason=reason))


class TicketAuthenticator(Authenticator):  # type: ignore[misc] # JupyterHub carries no types
    """Ask the assessment service whose ticket it is."""

    service_api_url = Unicode(help="The service's API, without a slash at the end.").tag(config=True)
    service_token = Unicode(help="The token that the service knows the hub by.").tag(config=True)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the one page this authenticator has."""
        return [("/login", TicketLoginHandler)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, object] | None:
        """Return the owner of the ticket, or nothing when there is none any more."""
        ticket = data.get("ticket", "")
        if not 0 < len(ticket) <= _LONGEST_TICKET:
            return None
        owner = await self._redeem(ticket)
        if owner is None:
            return None
        groups = frozenset(owner.get("groups", ()))
        self._check_groups(handler, str(owner["name"]), groups)
        return {"name": str(owner["name"]), "admin": False}

    async def _redeem(self, ticket: str) -> dict[str, Any] | None:
        url = f"{self.service_api_url}/internal/tickets/redeem"
        headers = {"Authorization": f"token {self.service_token}"}
        try:
            async with httpx.AsyncClient(timeout=_REDEEM_TIMEOUT_S, trust_env=False) as client:
                answer = await client.post(url, json={"ticket": ticket}, headers=headers)
            if answer.status_code in _ANSWERED_NO:
                return None
            owner: dict[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            self.log.warning("the service did not say whose ticket it is: %s", error)
            raise web.HTTPError(503, "Signing in is not possible at the moment. Open your link again.") from error
        return owner

    def _check_groups(self, handler: Any, name: str, groups: frozenset[str]) -> None:
        """Refuse a login whose group is not the one the hub has: the scopes would be another person's."""
        user = handler.find_user(name)
        held = frozenset(group.name for group in user.groups) & frozenset(GROUPS) if user else frozenset()
        if held != groups:
            self.log.error("%s: the service says groups %s, the hub has %s", name, sorted(groups), sorted(held))
            raise web.HTTPError(403, "Your account is not set up. Open your link again, or ask who sent it to you.")
