"""A network cable between a browser and a server that a test can pull: plain bytes, both ways, on a port of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65_536


class Relay:
    """Forwards connections to a port while it is plugged in; pulled out, it drops all and takes no new one."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_plugged = True
        self._is_running = True
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The address that a browser uses."""
        return f"http://127.0.0.1:{self.port}"

    def pull(self) -> None:
        """Cut every connection, and all that are tried from now on."""
        with self._lock:
            self._is_plugged = False
            dropped, self._open = self._open, set()
        for each in dropped:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def plug(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_plugged = True

    def serve(self) -> None:
        """Accept until `close`."""
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._join(near):
                near.close()

    def close(self) -> None:
        """Take the cable away."""
        self._listener.close()
        self.pull()

    def _join(self, near: socket.socket) -> bool:
        with self._lock:
            if not self._is_plugged:
                return False
            try:
                far = socket.create_connection(("127.0.0.1", self._target_port), timeout=10)
            except OSError:
                return False
            far.settimeout(None)
            self._open |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()
        return True

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def relay(target_port: int) -> Iterator[Relay]:
    """Put a cable in front of a port."""
    cable = Relay(target_port)
    thread = threading.Thread(target=cable.serve, daemon=True)
    thread.start()
    try:
        yield cable
    finally:
        cable.close()
