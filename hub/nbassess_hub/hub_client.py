"""What the service asks of JupyterHub: who a token belongs to, and to start and stop servers.

Two ports, so that a test can replace one: `HubIdentity` vouches for credentials, `HubServers` moves servers. `HttpHub`
is both, over the hub's REST API.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote

import httpx

from nbassess_hub.errors import SpawnError, Unavailable

_OUR_GROUPS = frozenset({"candidates", "reviewers", "managers", "coordinators"})
_OUR_SCOPES = "custom:nbassess:"

ServerState = Literal["ready", "pending", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The hub's word on a token."""

    name: str
    groups: frozenset[str]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One message of a starting server. ``percent`` never goes back."""

    percent: int
    message: str
    is_ready: bool = False
    is_failed: bool = False


class HubIdentity(Protocol):
    """Vouch for credentials."""

    def whoami(self, token: str) -> Identity | None:
        """Return whose token this is, None when the hub does not know it. Raises Unavailable."""


class HubServers(Protocol):
    """Move the notebook servers of our users."""

    def ensure_user(self, name: str, group: str) -> None:
        """Make the hub user if needed, a member of exactly this one of our groups. Raises Unavailable."""

    def start(self, name: str) -> Iterator[Progress]:
        """Start the server unless it runs, and report until it is ready or failed. Raises Unavailable, SpawnError."""

    def state(self, name: str) -> ServerState:
        """Return the state of the user's server; a user who does not exist has a stopped one. Raises Unavailable."""

    def stop(self, name: str) -> ServerState:
        """Ask for the server to stop and return the state it is in now. Raises Unavailable."""

    def revoke_tokens(self, name: str) -> None:
        """Delete every token of the user. Raises Unavailable."""


class HttpHub:
    """The hub's REST API, with the service's token."""

    def __init__(
        self,
        api_url: str,
        token: str,
        *,
        timeout_s: float = 10.0,
        start_timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Point at ``api_url`` (…/hub/api). One instance may be used by many threads."""
        self._client = httpx.Client(
            base_url=api_url.rstrip("/") + "/",
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            trust_env=False,
            transport=transport,
        )
        self._headers = {"Authorization": f"token {token}"}
        self._start_timeout = httpx.Timeout(timeout_s, read=start_timeout_s)

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()

    def whoami(self, token: str) -> Identity | None:
        """Return whose token this is, None when the hub does not know it."""
        answer = self._send("GET", "user", headers={"Authorization": f"token {token}"})
        if answer.status_code in (401, 403, 404):
            return None
        model = self._model(answer, "user")
        scopes = (str(scope).partition("!")[0] for scope in model.get("scopes", []))
        return Identity(
            name=str(model["name"]),
            groups=frozenset(map(str, model.get("groups", []))),
            scopes=frozenset(scope for scope in scopes if scope.startswith(_OUR_SCOPES)),
        )

    def ensure_user(self, name: str, group: str) -> None:
        """Make the hub user if needed, a member of exactly this one of our groups."""
        path = f"users/{quote(name, safe='')}"
        answer = self._send("GET", path)
        if answer.status_code == 404:
            created = self._send("POST", path)
            if created.status_code not in (201, 409):
                self._model(created, path)
            answer = self._send("GET", path)
        groups = set(map(str, self._model(answer, path).get("groups", [])))
        for wrong in sorted(groups & _OUR_GROUPS - {group}):
            self._model(self._send("DELETE", f"groups/{wrong}/users", json={"users": [name]}), wrong)
        if group not in groups:
            self._join(name, group)

    def _join(self, name: str, group: str) -> None:
        answer = self._send("POST", f"groups/{group}/users", json={"users": [name]})
        if answer.status_code == 404:
            self._send("POST", f"groups/{group}")
            answer = self._send("POST", f"groups/{group}/users", json={"users": [name]})
        self._model(answer, group)

    def start(self, name: str) -> Iterator[Progress]:
        """Start the server unless it runs, and report until it is ready or failed."""
        path = f"users/{quote(name, safe='')}/server"
        answer = self._send("POST", path, timeout=self._start_timeout)
        # 400 is "already running" or "already pending": the progress stream tells which.
        if answer.status_code not in (201, 202, 400):
            raise SpawnError(f"The hub refused to start the server of {name}: {_reason(answer)}")
        if answer.status_code == 201:
            yield Progress(percent=100, message="The server is ready.", is_ready=True)
            return
        yield from self._progress(f"{path}/progress", name)

    def _progress(self, path: str, name: str) -> Iterator[Progress]:
        try:
            with self._client.stream("GET", path, headers=self._headers, timeout=self._start_timeout) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise SpawnError(f"The hub knows of no starting server of {name}: {_reason(answer)}")
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        yield _read_progress(json.loads(line.removeprefix("data:")))
        except httpx.HTTPError as error:
            raise _unavailable(error) from error

    def state(self, name: str) -> ServerState:
        """Return the state of the user's server; a user who does not exist has a stopped one."""
        path = f"users/{quote(name, safe='')}"
        answer = self._send("GET", path)
        if answer.status_code == 404:
            return "stopped"
        server = self._model(answer, path).get("servers", {}).get("")
        if not server:
            return "stopped"
        return "ready" if server.get("ready") and server.get("pending") != "stop" else "pending"

    def stop(self, name: str) -> ServerState:
        """Ask for the server to stop and return the state it is in now."""
        path = f"users/{quote(name, safe='')}/server"
        answer = self._send("DELETE", path)
        # 404: no such user or server; 400: it is on its way up or down. The state is the answer in each case.
        if answer.status_code not in (202, 204, 400, 404):
            self._model(answer, path)
        return self.state(name)

    def revoke_tokens(self, name: str) -> None:
        """Delete every token of the user."""
        path = f"users/{quote(name, safe='')}/tokens"
        answer = self._send("GET", path)
        if answer.status_code == 404:
            return
        for token in self._model(answer, path).get("api_tokens", []):
            deleted = self._send("DELETE", f"{path}/{token['id']}")
            if deleted.status_code not in (204, 404):
                self._model(deleted, path)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **{"headers": self._headers, **options})
        except httpx.HTTPError as error:
            raise _unavailable(error) from error

    def _model(self, answer: httpx.Response, what: str) -> dict[str, Any]:
        if not answer.is_success:
            raise Unavailable(
                f"The hub answered {answer.status_code} to {what!r} ({_reason(answer)}). Try again; if it stays so, "
                "look at the hub's log."
            )
        if not answer.content:
            return {}
        model = answer.json()
        return model if isinstance(model, dict) else {}


def _read_progress(message: dict[str, Any]) -> Progress:
    return Progress(
        percent=max(0, min(100, int(message.get("progress", 0)))),
        message=str(message.get("message", ""))[:300],
        is_ready=bool(message.get("ready", False)),
        is_failed=bool(message.get("failed", False)),
    )


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("message", answer.reason_phrase))[:300]
    except (ValueError, AttributeError):
        return answer.reason_phrase


def _unavailable(error: httpx.HTTPError) -> Unavailable:
    kind = type(error).__name__
    return Unavailable(
        f"The hub does not answer ({kind}). Nothing is lost; try again in a few seconds.", code="hub_down"
    )
