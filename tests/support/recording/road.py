"""The way between the Jupyter server and the collector: a real HTTP proxy that a plan can spoil."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import Application, HTTPError, RequestHandler

from tests.support.ports import free_port
from tests.support.recording.background import Background
from tests.support.recording.collector_process import FAULT_HEADER
from tests.support.recording.faults import Fault, Plan, calm

MAX_BYTES = 64 * 2**20
DEATHS = (Fault.DIE_BEFORE_COMMIT, Fault.DIE_AFTER_COMMIT)


class Road:
    """The proxy in front of the collector. `plan` may be changed at any moment."""

    def __init__(self, background: Background, collector_port: int) -> None:
        self.plan: Plan = calm()
        self.is_cut = False
        self.late: list[Letter] = []
        self.events_posted = 0
        self._background = background
        self._collector = f"http://127.0.0.1:{collector_port}"
        self.port = free_port()
        background.call(self._listen)

    @property
    def url(self) -> str:
        """The address that stands for the collector's."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening."""
        self._background.run(self._stop())

    async def carry(self, letter: Letter, fault: Fault = Fault.NONE) -> HTTPResponse:
        """Bring a request to the collector and return its answer. Raises HTTPError when there is none."""
        headers = dict(letter.headers) | ({FAULT_HEADER: fault.value} if fault in DEATHS else {})
        far = HTTPRequest(
            self._collector + letter.uri,
            method=letter.method,
            headers=headers,
            body=letter.body if letter.method == "POST" else None,
            follow_redirects=False,
            request_timeout=30,
        )
        try:
            answer = await self._client.fetch(far, raise_error=False)
        except OSError:
            raise HTTPError(502) from None
        if answer.code == 599:
            raise HTTPError(502)
        return answer

    def _listen(self) -> None:
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_clients=100, max_body_size=MAX_BYTES)
        routes = [(r".*", _Passing, {"road": self})]
        self._http = HTTPServer(Application(routes), max_body_size=MAX_BYTES, max_buffer_size=MAX_BYTES)
        self._http.listen(self.port, "127.0.0.1")

    async def _stop(self) -> None:
        self._http.stop()
        await self._http.close_all_connections()
        self._client.close()


@dataclass(frozen=True)
class Letter:
    """A request that can be sent again."""

    method: str
    uri: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class _Passing(RequestHandler):
    def initialize(self, road: Road) -> None:
        self._road = road

    async def prepare(self) -> None:
        if self._road.is_cut:
            raise HTTPError(502)
        request = self.request
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        letter = Letter(request.method or "GET", request.uri or "/", headers, request.body)
        is_batch = request.method == "POST" and request.path.endswith("/events")
        fault = self._road.plan.next() if is_batch else Fault.NONE
        self._road.events_posted += is_batch
        answer = await self._spoiled(letter, fault)
        if is_batch and fault is not Fault.REORDER:
            await self._send_late()
        self.set_status(answer.code, answer.reason)
        self.set_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.finish(answer.body)

    async def _spoiled(self, letter: Letter, fault: Fault) -> HTTPResponse:
        road = self._road
        if fault is Fault.DROP:
            self._vanish()
        if fault is Fault.REFUSE:
            raise HTTPError(503)
        if fault is Fault.DELAY:
            await asyncio.sleep(road.plan.delay_s())
        if fault is Fault.REORDER:
            road.late.append(letter)
        answer = await road.carry(letter, fault)
        if fault is Fault.DUPLICATE:
            answer = await road.carry(letter)
        if fault is Fault.DROP_ANSWER:
            self._vanish()
        return answer

    async def _send_late(self) -> None:
        """Bring old requests once more, after newer ones; nobody waits for their answers."""
        late, self._road.late = self._road.late, []
        for letter in late:
            await self._road.carry(letter)

    def _vanish(self) -> None:
        """Close the connection without an answer."""
        self.request.connection.stream.close()  # type: ignore[union-attr] # an HTTP/1 connection has its stream
        raise HTTPError(502)

    def log_exception(self, *args: object) -> None:
        """A road that is bad on purpose is no error of the test."""
