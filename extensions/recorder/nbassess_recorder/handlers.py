"""The three endpoints of the recorder: event stream, sitting, submit. Each needs a signed-in user of this server."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from nbassess_events.codec import MAX_BATCH_BYTES, parse_batch
from nbassess_events.errors import EventsError
from tornado import web
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nbassess_recorder.errors import (
    JournalError,
    JournalGapError,
    RecorderError,
    ServiceRefusedError,
    ServiceUnreachableError,
)

if TYPE_CHECKING:
    from nbassess_recorder.app import Recorder

Json = dict[str, Any]

FLUSH_S = 15.0
HEARTBEAT_MS = 5_000
AUTH_RESOURCE = "nbassess"

log = logging.getLogger(__name__)


def routes(recorder: Recorder) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return the routes with their handlers."""
    given = {"recorder": recorder}
    return [
        (r"/nbassess/stream/?", StreamHandler, given),
        (r"/nbassess/sitting/?", SittingHandler, given),
        (r"/nbassess/submit/?", SubmitHandler, given),
    ]


class StreamHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Takes batches, answers with what is on the disk, tells how forwarding is doing."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, recorder: Recorder) -> None:
        """Take the recorder."""
        self._recorder = recorder
        self._clients: set[str] = set()
        self._last_state: dict[str, Json] = {}
        self._unsubscribe: Callable[[], None] = lambda: None
        self._heartbeat: PeriodicCallback | None = None

    @property
    def max_message_size(self) -> int:
        """The largest batch that is read."""
        return MAX_BATCH_BYTES

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Upgrade to a WebSocket, for users who may execute code here."""
        if not await self._may_record():
            raise web.HTTPError(403)
        await super().get(*args, **kwargs)

    async def _may_record(self) -> bool:
        answer = self.authorizer.is_authorized(self, self.current_user, "execute", AUTH_RESOURCE)
        return bool(await answer) if isinstance(answer, Awaitable) else bool(answer)

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Begin to tell the page how forwarding is doing."""
        # Without this a second small message waits up to 40 ms for the delayed acknowledgement of the first.
        self.set_nodelay(True)
        self._unsubscribe = self._recorder.forwarder.subscribe(self._push_states)
        self._push(self._state(""))
        self._heartbeat = PeriodicCallback(self._push_heartbeat, HEARTBEAT_MS)
        self._heartbeat.start()

    def on_message(self, message: str | bytes) -> None:
        """Write a batch to the journal and acknowledge it."""
        try:
            batch = parse_batch(message)
        except EventsError as error:
            self._refuse(error)
            return
        self._clients.add(batch.client)
        try:
            last = self._recorder.journal.append(batch)
        except EventsError as error:
            self._refuse(error)
            return
        except JournalGapError as gap:
            last = gap.last_seq
        except JournalError as error:
            log.error("nbassess: %s", error)  # noqa: TRY400 - the message says all, a trace would repeat every 250 ms
            self._push({**self._state(batch.client), "recording": "delayed", "detail": "the server's disk is full"})
            return
        self._push({"kind": "ack", "client": batch.client, "seq": last})
        self._push_states()
        self._recorder.forwarder.wake()

    def _refuse(self, error: EventsError) -> None:
        log.warning("nbassess: a batch was refused: %s", error)
        self._push({**self._state(""), "recording": "refused", "detail": f"the recorder sent a bad batch: {error}"})

    def on_close(self) -> None:
        """Stop telling."""
        self._stop()

    def _push_states(self) -> None:
        for client in self._clients or {""}:
            state = self._state(client)
            if self._last_state.get(client) != state:
                self._last_state[client] = state
                self._push(state)

    def _state(self, client: str) -> Json:
        forwarder = self._recorder.forwarder
        return {
            "kind": "state",
            "client": client,
            "recording": forwarder.status.recording,
            "forwarded_seq": forwarder.forwarded_seq.get(client, -1),
            "detail": forwarder.status.detail,
        }

    def _push(self, message: Json) -> None:
        try:
            self.write_message(json.dumps(message))
        except WebSocketClosedError:
            self._stop()

    def _push_heartbeat(self) -> None:
        """Let the page know that the line is not dead."""
        self._push(self._state(""))

    def _stop(self) -> None:
        self._unsubscribe()
        if self._heartbeat is not None:
            self._heartbeat.stop()


class ServiceHandler(APIHandler):
    """A handler that asks the service and answers errors in the service's JSON shape."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, recorder: Recorder) -> None:
        """Take the recorder."""
        self._recorder = recorder

    async def answer(self, ask: Callable[[], Awaitable[Json]]) -> None:
        """Answer with what `ask` returns, or with the error it raises."""
        try:
            body = await ask()
        except ServiceRefusedError as error:
            self._fail(error.status, error.code, error)
        except ServiceUnreachableError as error:
            self._fail(503, "service_unreachable", error)
        else:
            await self.finish(json.dumps(body))

    def _fail(self, status: int, code: str, error: RecorderError) -> None:
        self.set_status(status)
        self.finish(json.dumps({"error": {"code": code, "message": str(error), "details": {}}}))


class SittingHandler(ServiceHandler):
    """GET: the sitting as the service has it, how the recording is doing, and the receipt if there is one."""

    @web.authenticated
    @authorized("read")  # type: ignore[untyped-decorator] # jupyter_server leaves its result open
    async def get(self) -> None:
        """Answer with the sitting."""
        await self.answer(self._sitting)

    async def _sitting(self) -> Json:
        sitting = await self._recorder.service.sitting()
        forwarder = self._recorder.forwarder
        recording = {
            "state": forwarder.status.recording,
            "detail": forwarder.status.detail,
            "is_forwarded": forwarder.is_done,
        }
        return {**sitting, "recording": recording, "receipt": self._recorder.receipt}


class SubmitHandler(ServiceHandler):
    """POST {documents: {path: sha256}}: bring everything to the collector, then submit. Safe to repeat."""

    @web.authenticated
    @authorized("execute")  # type: ignore[untyped-decorator] # as above
    async def post(self) -> None:
        """Answer with the receipt."""
        body = self.get_json_body() or {}
        documents = body.get("documents", {})
        if not isinstance(documents, dict) or not all(isinstance(digest, str) for digest in documents.values()):
            raise web.HTTPError(400, "documents: expected an object of path and digest")
        await self.answer(lambda: self._submit(documents))

    async def _submit(self, documents: dict[str, str]) -> Json:
        # A recorder in trouble must not keep a candidate from submitting: the service has what it has, and the
        # journal is read again later. Only an unreachable service makes it wait.
        if not await self._recorder.forwarder.flush(FLUSH_S) and self._recorder.forwarder.status.recording != "refused":
            raise ServiceUnreachableError("The service that stores your recording cannot be reached at the moment.")
        answer = await self._recorder.service.submit(documents)
        receipt = answer.get("receipt")
        if isinstance(receipt, dict):
            self._recorder.keep_receipt(receipt)
        return answer
