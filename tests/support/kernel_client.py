"""Run code in a real kernel of a notebook server, the way JupyterLab does."""

from __future__ import annotations

import json
import textwrap
import uuid
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import httpx
from websockets.sync.client import connect


class KernelDied(Exception):
    """The kernel restarted or died while code ran."""


class Kernel:
    """One kernel, through the proxy, with a person's token."""

    def __init__(self, public_url: str, user: str, token: str) -> None:
        self._public_url = public_url
        self._user = user
        self._headers = {"Authorization": f"token {token}"}
        self._open = ExitStack()

    def __enter__(self) -> Kernel:
        base_url = f"{self._public_url}/user/{self._user}/api"
        self.api = self._open.enter_context(
            httpx.Client(base_url=base_url, headers=self._headers, timeout=60, trust_env=False)
        )
        answer = self.api.post("/kernels", json={"name": "python3"})
        answer.raise_for_status()
        kernel = answer.json()["id"]
        self._open.callback(self.api.delete, f"/kernels/{kernel}")
        address = f"{base_url.replace('http', 'ws', 1)}/kernels/{kernel}/channels"
        self._socket = self._open.enter_context(
            connect(address, additional_headers=self._headers, proxy=None, open_timeout=30, max_size=2**24)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def run(self, code: str, timeout_s: float = 60) -> str:
        """Run code and return what it printed; an exception in it is raised here."""
        request = _request(textwrap.dedent(code))
        self._socket.send(json.dumps(request))
        printed: list[str] = []
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv(timeout=timeout_s))
            content = message["content"]
            if content.get("execution_state") in ("restarting", "dead"):
                raise KernelDied(content["execution_state"])
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(content["traceback"]))
            if content.get("execution_state") == "idle":
                return "".join(printed)

    def ask(self, code: str, timeout_s: float = 60) -> Any:
        """Run code that leaves its answer in `answer`, and return it."""
        printed = self.run(f"{textwrap.dedent(code)}\nimport json as _json\nprint(_json.dumps(answer))", timeout_s)
        return json.loads(printed)


def _request(code: str) -> dict[str, Any]:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex}
    header |= {"username": "test", "version": "5.3", "date": ""}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }
