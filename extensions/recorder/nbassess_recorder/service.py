"""The nbassess service as this server sees it: four requests, one place for its errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from nbassess_events.codec import batch_bytes
from nbassess_events.model import Batch
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError

from nbassess_recorder.errors import ServiceRefusedError, ServiceUnreachableError

Json = dict[str, Any]

CONNECT_S = 5
REQUEST_S = 20


class Service(Protocol):
    """What the recorder needs from the service."""

    async def sitting(self) -> Json:
        """Return this server's sitting."""
        ...

    async def bundle(self) -> Json:
        """Return the candidate's files."""
        ...

    async def send(self, batch: Batch) -> Json:
        """Hand over events."""
        ...

    async def submit(self, documents: dict[str, str]) -> Json:
        """Submit the recorded work."""
        ...


class HttpService:
    """The service over HTTP. Raises ServiceUnreachableError (try again) or ServiceRefusedError (an answer)."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url = url.rstrip("/")
        self._token = token

    async def sitting(self) -> Json:
        """Return this server's sitting."""
        return await self._request("GET", "/sitting")

    async def bundle(self) -> Json:
        """Return the candidate's files."""
        return await self._request("GET", "/sitting/bundle")

    async def send(self, batch: Batch) -> Json:
        """Hand over events."""
        return await self._request("POST", "/sitting/events", batch_bytes(batch))

    async def submit(self, documents: dict[str, str]) -> Json:
        """Submit the recorded work."""
        return await self._request("POST", "/sitting/submit", json.dumps({"documents": documents}).encode())

    async def _request(self, method: str, path: str, body: bytes | None = None) -> Json:
        request = HTTPRequest(
            self._url + path,
            method=method,
            headers={"Authorization": f"token {self._token()}", "Content-Type": "application/json"},
            body=body,
            connect_timeout=CONNECT_S,
            request_timeout=REQUEST_S,
            follow_redirects=False,
        )
        try:
            response = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPClientError, HTTPTimeoutError, HTTPStreamClosedError) as error:
            raise ServiceUnreachableError(f"the service does not answer ({error}); trying again") from error
        return _answer(response, path)


def _answer(response: HTTPResponse, path: str) -> Json:
    if response.code >= 500 or response.code == 429:
        raise ServiceUnreachableError(f"the service answered {response.code} to {path}; trying again")
    try:
        body = json.loads(response.body)
    except ValueError:
        raise ServiceUnreachableError(f"the service answered {path} with something that is not JSON") from None
    if response.code == 200 and isinstance(body, dict):
        return body
    error = body.get("error", {}) if isinstance(body, dict) else {}
    raise ServiceRefusedError(
        str(error.get("message") or f"the service answered {response.code} to {path}"),
        status=response.code,
        code=str(error.get("code", "unknown")),
        details=dict(error.get("details") or {}),
    )
