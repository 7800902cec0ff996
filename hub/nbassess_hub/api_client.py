"""The service's API as the command line and the demo use it: over HTTP, with the administrator's token.

The command line has no way around the service: what it does is checked and audited like everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from nbassess_hub.errors import HubError, NotFound, Unavailable
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import Settings

_EVENTS_PER_PAGE = 5000
_TIMEOUT_S = 60.0


class RefusedError(HubError):
    """The service understood the request and said no; the message is the service's."""

    code = "refused"


class AdminClient:
    """Call the service as the administrator. Close it, or use it as a context manager."""

    def __init__(self, api_url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """Make a client; nothing is asked before the first call. `transport` replaces the network in tests."""
        self.api_url = api_url.rstrip("/")
        self._http = httpx.Client(
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            timeout=_TIMEOUT_S,
            transport=transport,
            trust_env=False,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make the client of an instance on this host. Raises: `NotFound` when it was never started here."""
        secrets = settings.layout.secrets
        if not (secrets / Secret.ADMIN_TOKEN.value).is_file():
            raise NotFound(
                f"{secrets}: holds no {Secret.ADMIN_TOKEN.value}; start nbassess on this host first, "
                "or name its settings with --settings FILE"
            )
        return cls(settings.service_api_url, read_or_create(secrets, Secret.ADMIN_TOKEN))

    def __enter__(self) -> Self:
        """Use the client in a with block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, *parts: str, **params: object) -> dict[str, Any]:
        """GET a path made of `parts`. Raises: `RefusedError`, `NotFound`, `Unavailable`."""
        wanted = {name: str(value) for name, value in params.items() if value is not None}
        return self._ask("GET", parts, params=wanted)

    def post(self, *parts: str, json: object = None, **params: object) -> dict[str, Any]:
        """POST a JSON body to a path made of `parts`. Raises: `RefusedError`, `NotFound`, `Unavailable`."""
        wanted = {name: str(value) for name, value in params.items() if value is not None}
        return self._ask("POST", parts, json={} if json is None else json, params=wanted)

    def post_file(self, *parts: str, content: bytes, kind: str = "application/octet-stream") -> dict[str, Any]:
        """POST bytes to a path made of `parts`. Raises: `RefusedError`, `NotFound`, `Unavailable`."""
        return self._ask("POST", parts, content=content, headers={"Content-Type": kind})

    def report(self, sitting: str, version: int | None = None) -> dict[str, Any] | None:
        """Return a report of a sitting (the newest, or one version), None where there is none."""
        try:
            return self.get("sittings", sitting, "report", version=version)
        except NotFound:
            return None

    def records(self, sitting: str) -> Iterator[dict[str, Any]]:
        """Yield every record of a sitting, page by page."""
        after = 0
        while True:
            page = self.get("sittings", sitting, "events", after=after, limit=_EVENTS_PER_PAGE)["records"]
            yield from page
            if not page:
                return
            after = page[-1]["position"]

    @contextmanager
    def download(self, *parts: str, **params: str) -> Iterator[httpx.Response]:
        """GET a path as a stream. Raises: `RefusedError`, `NotFound`, `Unavailable`, also while it is read."""
        url = self._url(parts)
        try:
            with self._http.stream("GET", url, params=params) as response:
                if not response.is_success:
                    response.read()
                    raise _refusal(response)
                yield response
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    def _url(self, parts: tuple[str, ...]) -> str:
        return "/".join([self.api_url, *(quote(part, safe="") for part in parts)])

    def _unavailable(self, error: httpx.HTTPError) -> Unavailable:
        return Unavailable(
            f"The service does not answer at {self.api_url} ({type(error).__name__}); "
            "check that it runs (nbassess doctor), and that --settings names the right instance"
        )

    def _ask(self, method: str, parts: tuple[str, ...], **options: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, self._url(parts), **options)
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        if response.is_success:
            answer: dict[str, Any] = response.json()
            return answer
        raise _refusal(response)


def _refusal(response: httpx.Response) -> HubError:
    """Make an exception of the one error shape, or of whatever else came."""
    kind = NotFound if response.status_code == httpx.codes.NOT_FOUND else RefusedError
    try:
        error = response.json()["error"]
        return kind(str(error["message"]), code=str(error["code"]), http_status=response.status_code)
    except (ValueError, KeyError, TypeError):
        path = response.request.url.path
        return kind(
            f"{response.request.method} {path} was answered with status {response.status_code}; see the service's log",
            http_status=response.status_code,
        )
