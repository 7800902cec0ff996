"""Connections that count their bytes, both ways, as a browser would open them."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import connect

from tests.support.recorder_lab import SERVER_TOKEN

# What Chromium sends along with a request of a JupyterLab page; a WebSocket sends such headers once.
_BROWSER = {
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0",
    "sec-ch-ua": '"Chromium";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB",
    "Content-Type": "application/json",
    "Authorization": f"token {SERVER_TOKEN}",
}


class CountingSocket(socket.socket):
    """A connected TCP socket that knows how many bytes went through it."""

    def __init__(self, port: int) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.moved = 0
        self.connect(("127.0.0.1", port))
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send and count."""
        super().sendall(data, flags)
        self.moved += len(data)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive and count."""
        data = super().recv(size, flags)
        self.moved += len(data)
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive into a buffer and count."""
        count = super().recv_into(buffer, nbytes, flags)
        self.moved += count
        return count


class Poster:
    """One kept-alive HTTP connection, as a page posts events."""

    def __init__(self, port: int, path: str) -> None:
        self._path = path
        origin = f"http://127.0.0.1:{port}"
        self._headers = _BROWSER | {"Origin": origin, "Referer": f"{origin}/lab"}
        self._socket = CountingSocket(port)
        self._connection = HTTPConnection("127.0.0.1", port)
        self._connection.sock = self._socket

    @property
    def moved(self) -> int:
        """Bytes so far, both ways."""
        return self._socket.moved

    def post(self, body: str) -> None:
        """Post and read the answer. Raises: RuntimeError when it is not a success."""
        self._connection.request("POST", self._path, body.encode(), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{self._path} answered {answer.status}: {text[:500]!r}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Stream:
    """The recorder's WebSocket, as our page uses it."""

    def __init__(self, port: int) -> None:
        self._socket = CountingSocket(port)
        self._connection = connect(
            f"ws://127.0.0.1:{port}/nbassess/stream?token={SERVER_TOKEN}", sock=self._socket, max_size=None
        )

    @property
    def moved(self) -> int:
        """Bytes so far, both ways."""
        return self._socket.moved

    def send(self, batches: Sequence[str], *, last_seq: int) -> None:
        """Send batches; returns when the server's disk and the collector have them."""
        for batch in batches:
            self._connection.send(batch)
        is_on_disk = is_forwarded = False
        while not (is_on_disk and is_forwarded):
            message = json.loads(self._connection.recv(timeout=30))
            is_on_disk |= message["kind"] == "ack" and message["seq"] >= last_seq
            is_forwarded |= message["kind"] == "state" and message["forwarded_seq"] >= last_seq

    def __enter__(self) -> Self:
        """Return the stream."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._connection.close()
