"""The endpoints of the recorder: event stream, beacon, sitting, submit. Each needs a signed-in user of this server."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from nbassess_events.codec import MAX_BATCH_BYTES
from nbassess_events.errors import EventsError
from tornado import web
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nbassess_recorder import submitting
from nbassess_recorder.errors import (
    JournalError,
    JournalGapError,
    RecorderError,
    ServiceRefusedError,
    ServiceUnreachableError,
    StillSendingError,
)

if TYPE_CHECKING:
    from nbassess_recorder.app import Recorder

Json = dict[str, Any]

HEARTBEAT_MS = 5_000
# Browsers let no more than this outlive a page.
MAX_BEACON_BYTES = 64 * 2**10
MAX_CARRIED = 100
AUTH_RESOURCE = "nbassess"

log = logging.getLogger(__name__)


def routes(recorder: Recorder) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return the routes with their handlers."""
    given = {"recorder": recorder}
    return [
        (r"/nbassess/stream/?", StreamHandler, given),
        (r"/nbassess/beacon/?", BeaconHandler, given),
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

    async def on_message(self, message: str | bytes) -> None:
        """Accept a batch, and acknowledge it when it is on the disk. The next message is read after that."""
        try:
            batch = self._recorder.intake.take(message)
        except EventsError as error:
            self._refuse(error)
        except JournalGapError as gap:
            self._push({"kind": "gap", "client": gap.client, "seq": gap.last_seq})
        except JournalError:
            self._push(self._state(""))
        else:
            self._clients.add(batch.client)
            await self._acknowledge(batch.client)

    async def _acknowledge(self, client: str) -> None:
        journal = self._recorder.journal
        with suppress(JournalError):  # the state says so, and no acknowledgement is given
            await journal.commit()
        if journal.is_writable:
            self._push({"kind": "ack", "client": client, "seq": journal.kept_seq(client)})
        self._push_states()

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
        status, head = self._recorder.status, self._recorder.heads.newest
        return {
            "kind": "state",
            "client": client,
            "recording": status.recording,
            "forwarded_seq": self._recorder.forwarder.forwarded_seq.get(client, -1),
            "detail": status.detail,
            "head": None if head is None else head.to_json(),
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
        except StillSendingError as error:
            self._fail(503, "still_sending", error)
        else:
            await self.finish(json.dumps(body))

    def _fail(self, status: int, code: str, error: RecorderError) -> None:
        self.set_status(status)
        self.finish(json.dumps({"error": {"code": code, "message": str(error), "details": {}}}))


class BeaconHandler(ServiceHandler):
    """POST: one last batch of a page that goes away or is hidden. What also came over the stream is dropped."""

    @web.authenticated
    @authorized("execute")  # type: ignore[untyped-decorator] # jupyter_server leaves its result open
    async def post(self) -> None:
        """Answer 204 when it is on the disk; nobody may be left to read the answer."""
        if len(self.request.body) > MAX_BEACON_BYTES:
            raise web.HTTPError(413, f"a beacon has at most {MAX_BEACON_BYTES} bytes")
        try:
            self._recorder.intake.take(self.request.body)
            await self._recorder.journal.commit()
        except EventsError as error:
            log.warning("nbassess: a beacon was refused: %s", error)
            raise web.HTTPError(400, "not a batch that a page may send") from error
        except JournalGapError as gap:
            raise web.HTTPError(409, str(gap)) from gap
        except JournalError:
            log.warning("nbassess: a beacon is kept in memory only")
        self.set_status(204)
        self.finish()


class SittingHandler(ServiceHandler):
    """GET: the sitting as the service has it, how the recording is doing, and the receipt if there is one."""

    @web.authenticated
    @authorized("read")  # type: ignore[untyped-decorator] # jupyter_server leaves its result open
    async def get(self) -> None:
        """Answer with the sitting."""
        await self.answer(self._sitting)

    async def _sitting(self) -> Json:
        sitting = await self._recorder.service.sitting()
        status, forwarder = self._recorder.status, self._recorder.forwarder
        recording = {"state": status.recording, "detail": status.detail, "is_forwarded": forwarder.is_done}
        return {**sitting, "recording": recording, "receipt": self._recorder.receipt}


class SubmitHandler(ServiceHandler):
    """POST {documents, batches?, is_incomplete?}: bring everything to the collector, then submit. Safe to repeat.

    `documents` is {path: sha256}; `batches` is what the page could not get acknowledged (a line that is cut, a disk
    that is full): it travels with the submission. With `is_incomplete` the person agreed to submit what has arrived.
    """

    @web.authenticated
    @authorized("execute")  # type: ignore[untyped-decorator] # jupyter_server leaves its result open
    async def post(self) -> None:
        """Answer with the receipt."""
        body = self.get_json_body() or {}
        documents, batches = body.get("documents", {}), body.get("batches", [])
        if not isinstance(documents, dict) or not all(isinstance(digest, str) for digest in documents.values()):
            raise web.HTTPError(400, "documents: expected an object of path and digest")
        if not isinstance(batches, list):
            raise web.HTTPError(400, "batches: expected a list")
        is_incomplete = body.get("is_incomplete") is True
        carried = batches[:MAX_CARRIED]  # the rest is still in the page, and in its IndexedDB
        await self.answer(lambda: submitting.submit(self._recorder, documents, carried, is_incomplete=is_incomplete))
