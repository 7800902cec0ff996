"""One open box: send a request, wait within the allowance, keep what is written bounded, end cleanly."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from nbassess_graders.errors import SandboxFailure
from nbassess_graders.sandbox.cgroup import Meter
from nbassess_graders.sandbox.port import Allowance, Ended, Limits, Reply, Status

HEADER: Final = struct.Struct(">I")
CHUNK: Final = 1 << 18
KEPT_BYTES: Final = 4096
POLL_MS: Final = 50
DEAD_WITHIN_S: Final = 10.0
REAP_WITHIN_S: Final = 2.0


class BoxSession:
    """Talk with the runner in one box; see sandbox.port.Session."""

    def __init__(
        self,
        *,
        process: subprocess.Popen[bytes],
        first: int,
        channel: socket.socket,
        output: int,
        meter: Meter,
        limits: Limits,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._process = process
        self._first = first
        self._channel = channel
        self._channel.setblocking(False)
        self._output = output
        self._meter = meter
        self._limits = limits
        self._monotonic_s = monotonic_s
        self._incoming = bytearray()
        self._kept = bytearray()
        self._written = 0
        self._is_output_open = True
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, message: bytes, allowance: Allowance) -> Reply | Ended:
        """Send one message and wait for the answer."""
        started_s, before_s = self._monotonic_s(), self._meter.cpu_s()
        self._receive()
        if self._incoming:
            return self._end(Status.TAMPERED, before_s)
        outgoing = memoryview(HEADER.pack(len(message)) + message)
        while True:
            outgoing = self._exchange(outgoing)
            status = self._status(outgoing, allowance, started_s, before_s)
            if status is not None:
                return self._end(status, before_s)
            body = self._complete() if not outgoing else None
            if body is not None:
                return Reply(body=body, cpu_s=self._meter.cpu_s() - before_s)

    def close(self) -> None:
        """Kill everything in the box and remove every trace of it.

        Raises:
            SandboxFailure: something survives.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._kill()
        finally:
            self._channel.close()
            os.close(self._output)
            os.close(self._first)
            self._meter.close()

    def _exchange(self, outgoing: memoryview) -> memoryview:
        """Wait a moment, then send, receive and listen as far as it goes."""
        watch = select.poll()
        watch.register(self._channel, select.POLLIN | (select.POLLOUT if outgoing else 0))
        if self._is_output_open:
            watch.register(self._output, select.POLLIN)
        ready = {descriptor for descriptor, _ in watch.poll(POLL_MS)}
        if self._output in ready:
            self._listen()
        if self._channel.fileno() in ready:
            if outgoing:
                with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                    outgoing = outgoing[self._channel.send(outgoing) :]
            self._receive()
        return outgoing

    def _status(self, outgoing: memoryview, allowance: Allowance, started_s: float, before_s: float) -> Status | None:
        """Say why this session is over, or None while it goes on."""
        if self._written > self._limits.output_bytes:
            return Status.OUTPUT_FLOOD
        if self._is_answer_impossible(outgoing):
            return Status.TAMPERED
        if self._is_answer_complete():
            return None
        if self._is_channel_closed():
            return Status.DIED
        late = self._monotonic_s() - started_s > allowance.wall_s
        return Status.TIMED_OUT if late or self._meter.cpu_s() - before_s > allowance.cpu_s else None

    def _is_answer_impossible(self, outgoing: memoryview) -> bool:
        """Say whether something came that the runner would not send: too early, too long, too much."""
        if len(self._incoming) < HEADER.size:
            return False
        size: int = HEADER.unpack_from(self._incoming)[0]
        return bool(outgoing) or size > self._limits.answer_bytes or len(self._incoming) > HEADER.size + size

    def _is_answer_complete(self) -> bool:
        if len(self._incoming) < HEADER.size:
            return False
        size: int = HEADER.unpack_from(self._incoming)[0]
        return len(self._incoming) == HEADER.size + size

    def _complete(self) -> bytes | None:
        if not self._is_answer_complete():
            return None
        body = bytes(self._incoming[HEADER.size :])
        self._incoming.clear()
        return body

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            while len(self._incoming) <= self._limits.answer_bytes + HEADER.size:
                part = self._channel.recv(CHUNK)
                if not part:
                    return
                self._incoming += part

    def _is_channel_closed(self) -> bool:
        try:
            return self._channel.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def _listen(self) -> None:
        part = os.read(self._output, CHUNK)
        self._is_output_open = bool(part)
        self._written += len(part)
        self._kept += part[: KEPT_BYTES - len(self._kept)]

    def _end(self, status: Status, before_s: float) -> Ended:
        spent_s = self._meter.cpu_s() - before_s
        exit_code = self._exit_code() if status is Status.DIED else None
        self._kill()
        if status is Status.DIED and self._meter.was_out_of_memory():
            status = Status.OUT_OF_MEMORY
        output = self._kept.decode("utf-8", "replace")
        return Ended(status=status, cpu_s=spent_s, exit_code=exit_code, output=output)

    def _exit_code(self) -> int | None:
        """Return how the process ended; a runner that only closed its socket is still alive."""
        try:
            return self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return None

    def _kill(self) -> None:
        """Kill the first process of the box, with which all others die, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        gone, _, _ = select.select([self._first], [], [], DEAD_WITHIN_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=REAP_WITHIN_S)
        self._process.kill()
        self._process.wait(timeout=DEAD_WITHIN_S)
        with contextlib.suppress(ChildProcessError):  # bubblewrap itself has usually reaped it
            os.waitid(os.P_PIDFD, self._first, os.WEXITED | os.WNOHANG)
        if not gone:
            raise SandboxFailure(f"a box is still alive after {DEAD_WITHIN_S} s; look for processes of bwrap")
