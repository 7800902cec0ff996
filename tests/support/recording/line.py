"""The way between the browser and the Jupyter server: a real reverse proxy that a plan can spoil.

Everything passes here, so the witness sees what was run and saved. Faults strike the recorder's own traffic: its
WebSocket, message by message in both directions, and what it posts while the page goes. `cut` takes the whole line
away, JupyterLab's own traffic included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketHandler, websocket_connect

from tests.support.ports import free_port
from tests.support.recording.background import Background
from tests.support.recording.faults import Fault, Plan, calm
from tests.support.recording.lane import Lane
from tests.support.recording.witness import Witness

MAX_BYTES = 200 * 2**20
CONTENTS = "/api/contents/"
STREAM = "/nbassess/stream"
LEAVING = "/nbassess/beacon"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}


class Line:
    """The proxy in front of one Jupyter server. `plan` may be changed at any moment."""

    def __init__(self, background: Background, server_port: int) -> None:
        self.plan: Plan = calm()
        self.witness = Witness()
        self.is_cut = False
        self.server = f"127.0.0.1:{server_port}"
        self.channels: set[Channel] = set()
        self._background = background
        self.port = free_port()
        background.call(self._listen)

    @property
    def url(self) -> str:
        """The address that the browser goes to."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Take the line away: every connection ends and none is accepted."""
        self.is_cut = True
        self._background.call(self._drop_all)

    def drop_connections(self) -> None:
        """End every WebSocket at once; new ones are accepted."""
        self._background.call(self._drop_all)

    def mend(self) -> None:
        """Let connections in again."""
        self.is_cut = False

    def close(self) -> None:
        """Stop listening."""
        self._background.call(self._drop_all)
        self._background.run(self._stop())

    def _listen(self) -> None:
        self.client = SimpleAsyncHTTPClient(force_instance=True, max_clients=200, max_body_size=MAX_BYTES)
        given = {"line": self}
        routes = [(r".*/channels|/nbassess/stream/?|/api/events/subscribe", Channel, given), (r".*", Request, given)]
        self._http = HTTPServer(Application(routes), max_body_size=MAX_BYTES, max_buffer_size=MAX_BYTES)
        self._http.listen(self.port, "127.0.0.1")

    async def _stop(self) -> None:
        self._http.stop()
        await self._http.close_all_connections()
        self.client.close()

    def _drop_all(self) -> None:
        for channel in tuple(self.channels):
            channel.end()


class Channel(WebSocketHandler):
    """One WebSocket of the page and its other half to the server."""

    def initialize(self, line: Line) -> None:
        """Take the line."""
        self._line = line
        self._far: WebSocketClientConnection | None = None
        self._sending: set[asyncio.Future[None]] = set()

    def check_origin(self, origin: str) -> bool:
        """Leave that to the server behind."""
        return True

    @property
    def max_message_size(self) -> int:
        """As large as any message of Jupyter."""
        return MAX_BYTES

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Connect to the server first: what it refuses is refused here."""
        if self._line.is_cut:
            raise HTTPError(502)
        wanted = self.request.headers.get("Sec-WebSocket-Protocol", "")
        headers = {name: value for name, value in self.request.headers.get_all() if not name.startswith("Sec-")}
        for name in ("Connection", "Upgrade"):
            headers.pop(name, None)
        request = HTTPRequest(f"ws://{self._line.server}{self.request.uri}", headers=headers)
        protocols = [name.strip() for name in wanted.split(",") if name.strip()]
        try:
            self._far = await websocket_connect(request, subprotocols=protocols, max_message_size=MAX_BYTES)
        except HTTPClientError as refusal:
            raise HTTPError(refusal.code if refusal.code < 599 else 502) from None
        except OSError:
            raise HTTPError(502) from None
        await super().get(*args, **kwargs)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Speak what the server chose."""
        assert self._far is not None
        return self._far.selected_subprotocol

    def open(self, *args: str, **kwargs: str) -> None:
        """Begin to carry messages."""
        is_stream = self.request.path.startswith(STREAM)

        def plan() -> Plan:
            return self._line.plan if is_stream else calm()

        self._up: Lane[str | bytes] = Lane(plan, self._send_up, self.end)
        self._down: Lane[str | bytes] = Lane(plan, self._send_down, self.end)
        self._line.channels.add(self)
        self._reading = asyncio.ensure_future(self._read_far())

    def on_message(self, message: str | bytes) -> None:
        """Carry a message of the page."""
        if self.request.path.endswith("/channels"):
            self._line.witness.see_kernel_message(message)
        self._up.take(message)

    def on_close(self) -> None:
        """End the other half."""
        self.end()

    def end(self) -> None:
        """Lose both halves without a word."""
        self._line.channels.discard(self)
        if self._far is not None:
            self._far.close()
        if self.ws_connection is not None:
            self.close()

    async def _read_far(self) -> None:
        assert self._far is not None
        while True:
            message = await self._far.read_message()
            if message is None:
                break
            self._down.take(message)
        self.end()

    def _send_up(self, message: str | bytes) -> None:
        if self._far is not None:
            far = self._far
            self._quietly(lambda: far.write_message(message, binary=isinstance(message, bytes)))

    def _send_down(self, message: str | bytes) -> None:
        self._quietly(lambda: self.write_message(message, binary=isinstance(message, bytes)))

    def _quietly(self, send: Callable[[], Awaitable[None]]) -> None:
        """A line that is gone swallows what is sent over it."""

        async def sent() -> None:
            with suppress(WebSocketClosedError):
                await send()

        task = asyncio.ensure_future(sent())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


class Request(RequestHandler):
    """One HTTP request of the page."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")

    def initialize(self, line: Line) -> None:
        """Take the line."""
        self._line = line

    async def prepare(self) -> None:
        """Carry the request, whatever its method."""
        if self._line.is_cut:
            raise HTTPError(502)
        fault = self._line.plan.next() if self.request.path.startswith(LEAVING) else Fault.NONE
        if fault in (Fault.DROP, Fault.CUT):
            raise HTTPError(502)
        if fault is Fault.DELAY:
            await asyncio.sleep(self._line.plan.delay_s())
        answer = await self._carry()
        if fault is Fault.DUPLICATE:
            answer = await self._carry()
        self._give(answer)

    async def _carry(self) -> HTTPResponse:
        request = self.request
        has_body = bool(request.body) or request.method in ("POST", "PUT", "PATCH")
        far = HTTPRequest(
            f"http://{self._line.server}{request.uri}",
            method=request.method or "GET",
            headers={name: value for name, value in request.headers.get_all() if name.lower() not in HOP_BY_HOP},
            body=request.body if has_body else None,
            follow_redirects=False,
            decompress_response=False,
            allow_nonstandard_methods=True,
            request_timeout=60,
        )
        try:
            answer = await self._line.client.fetch(far, raise_error=False)
        except OSError:
            raise HTTPError(502) from None
        if answer.code == 599:
            raise HTTPError(502)
        if request.method == "PUT" and request.path.startswith(CONTENTS) and answer.code < 300:
            self._line.witness.see_save(unquote(request.path.removeprefix(CONTENTS)), request.body)
        return answer

    def _give(self, answer: HTTPResponse) -> None:
        self.clear()
        self.set_status(answer.code, answer.reason)
        for name in ("Server", "Content-Type", "Date"):
            self.clear_header(name)
        for name, value in answer.headers.get_all():
            if name.lower() not in HOP_BY_HOP:
                self.add_header(name, value)
        self.finish(answer.body or b"" if answer.code not in (204, 304) else None)

    def compute_etag(self) -> None:
        """Leave caching to the server behind."""

    def log_exception(self, *args: object) -> None:
        """A line that is away is no error of the test."""
