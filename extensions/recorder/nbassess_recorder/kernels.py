"""What passes between the page and its kernels, seen on the way.

The connection is Jupyter's own. It looks at two kinds of message, requests to execute and their answers, after they
went on; all others cost one search in the first bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernels.connection.base import deserialize_binary_message, deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from nbassess_events.document import text_sha256

if TYPE_CHECKING:
    from nbassess_recorder.witness import Witness

SETTING = "nbassess_kernel_eye"
ACTIONS_SCHEMA = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
STATE_OF_ACTION = {"interrupt": "interrupted", "restart": "restarted", "shutdown": "stopped"}

_PROTOCOL = "v1.kernel.websocket.jupyter.org"
_NAME, _ESCAPE = b"execute_request", b"\\u"
_MAX_CELL_ID = 128
_MAX_RUNNING = 10_000

Json = dict[str, Any]

log = logging.getLogger(__name__)


class KernelEye:
    """Turns requests, answers and fates of kernels into notes of the witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._running: dict[str, tuple[str, str]] = {}
        self._known: set[str] = set()

    def connected(self, kernel_id: str, on_fate: Callable[[Callable[[], None], str], None]) -> None:
        """Note a kernel at its first connection; `on_fate` subscribes to its automatic restart and its death."""
        if kernel_id in self._known:
            return
        self._known.add(kernel_id)
        self._note(kernel_id, "started")
        on_fate(lambda: self._note_all(kernel_id, "died", "restarted"), "restart")
        on_fate(lambda: self._note(kernel_id, "died"), "dead")

    async def acted(self, **told: Any) -> None:
        """Note what was done to a kernel: a listener of Jupyter's own event log.

        Called on the kernel's way, so it takes whatever arguments there are: one that is not known would stop a kernel.
        """
        data: Json = told.get("data") or {}
        state = STATE_OF_ACTION.get(str(data.get("action")))
        kernel_id = str(data.get("kernel_id", ""))
        if state is not None and data.get("status") == "success" and kernel_id:
            self._note(kernel_id, state)

    def requested(self, kernel_id: str, header: Json, metadata: Json, content: Json) -> None:
        """Note a request to execute."""
        cell = metadata.get("cellId")
        cell = cell if isinstance(cell, str) and len(cell) <= _MAX_CELL_ID else ""
        code = str(content.get("code", ""))
        if len(self._running) < _MAX_RUNNING:
            self._running[str(header.get("msg_id"))] = (kernel_id, cell)
        self._witness.note(
            "server_execute",
            kernel_id=kernel_id,
            cell=cell,
            code_sha256=text_sha256(code),
            length=len(code.encode("utf-16-le", "surrogatepass")) // 2,
        )

    def replied(self, parent: Json, content: Json) -> None:
        """Note the answer to a request that was seen; any other answer is not noted."""
        kernel_id, cell = self._running.pop(str(parent.get("msg_id")), ("", ""))
        if not kernel_id:
            return
        count = content.get("execution_count")
        self._witness.note(
            "server_executed",
            kernel_id=kernel_id,
            cell=cell,
            ok=content.get("status") == "ok",
            execution_count=count if isinstance(count, int) else None,
        )

    def _note_all(self, kernel_id: str, *states: str) -> None:
        for state in states:
            self._note(kernel_id, state)

    def _note(self, kernel_id: str, state: str) -> None:
        self._witness.note("server_kernel", kernel_id=kernel_id, state=state)


class WitnessedConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's connection between a page and a kernel, with an eye on it."""

    def connect(self) -> Any:
        """Connect, and note a kernel that was not seen before."""
        connected = super().connect()
        self._look(self._see_kernel)
        return connected

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Pass a message to the kernel, then look at it."""
        super().handle_incoming_message(incoming_msg)  # type: ignore[arg-type] # binary messages come as bytes
        self._look(lambda eye: self._see_request(eye, incoming_msg))

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message to the page, then look at it."""
        frames = list(outgoing_msg)
        super().handle_outgoing_message(stream, outgoing_msg)
        if getattr(stream, "channel", stream) == "shell":
            self._look(lambda eye: self._see_reply(eye, frames))

    def _look(self, see: Callable[[KernelEye], None]) -> None:
        """Look with the eye, where there is one; a mistake of ours is logged and nothing else."""
        eye = self.websocket_handler.settings.get(SETTING)
        if eye is None:
            return
        try:
            see(eye)
        except Exception:
            log.exception("nbassess: a kernel's message was not understood")

    def _see_kernel(self, eye: KernelEye) -> None:
        kernels, kernel_id = self.multi_kernel_manager, self.kernel_id
        eye.connected(kernel_id, lambda call, fate: kernels.add_restart_callback(kernel_id, call, fate))

    def _see_request(self, eye: KernelEye, message: str | bytes) -> None:
        body = _message(message, self.subprotocol == _PROTOCOL)
        if body is not None and body["header"].get("msg_type") == "execute_request":
            metadata = body.get("metadata")
            known = metadata if isinstance(metadata, dict) else {}
            eye.requested(self.kernel_id, body["header"], known, body["content"])

    def _see_reply(self, eye: KernelEye, frames: list[Any]) -> None:
        parts: list[bytes]
        _, parts = self.session.feed_identities(frames)  # type: ignore[assignment] # frames are copied into bytes
        # Signature, header, parent header, metadata, content.
        if b'"execute_reply"' in parts[1]:
            eye.replied(self.session.unpack(parts[2]), self.session.unpack(parts[4]))


def _message(raw: str | bytes, is_v1: bool) -> Json | None:
    """Read a message to a kernel, on whichever channel, if it could be a request to execute; None for all others.

    A name can be written with escapes, and a header can be long: whoever skips one of these does not see a run.
    """
    if isinstance(raw, bytes) and is_v1:
        _, parts = deserialize_msg_from_ws_v1(raw)  # type: ignore[no-untyped-call]
        if not _may_execute(parts[0]):
            return None
        header, _, metadata, content = (json.loads(part) for part in parts[:4])
        return {"header": header, "metadata": metadata, "content": content}
    if not _may_execute(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")):
        return None
    body: Json = deserialize_binary_message(raw) if isinstance(raw, bytes) else json.loads(raw)  # type: ignore[no-untyped-call]
    return body


def _may_execute(raw: bytes) -> bool:
    return _NAME in raw or _ESCAPE in raw
