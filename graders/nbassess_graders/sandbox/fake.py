"""A sandbox for tests that runs nothing: it forges what a box would send, byte for byte.

The script is given each request and returns the reply's bytes or an Ended, so that whoever reads replies is tested
with real, damaged and hostile ones.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from nbassess_graders.errors import SandboxFailure
from nbassess_graders.inside import plain
from nbassess_graders.sandbox.port import Allowance, Ended, Limits, Reply

Script = Callable[[dict[str, Any]], dict[str, Any] | bytes | Ended]


class FakeSession:
    """Answer by the script; see sandbox.port.Session."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[dict[str, Any]] = []
        self.is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, message: bytes, allowance: Allowance) -> Reply | Ended:
        """Return what the script says; a mapping is completed with the request's id."""
        request = plain.from_bytes(message)
        self.asked.append(request)
        if request["op"] == "start":
            return _reply(request, {"kind": "started", "python": "3.0.0"})
        said = self._script(request)
        return said if isinstance(said, Ended) else _reply(request, said)

    def close(self) -> None:
        """Note that the session was closed."""
        self.is_closed = True


class FakeSandbox:
    """Open fake sessions and remember them; fails to open `failures` times first."""

    def __init__(self, script: Script, failures: int = 0) -> None:
        self._script = script
        self._failures = failures
        self.sessions: list[FakeSession] = []

    def digest(self) -> str:
        """Return a digest that no real file system has."""
        return "fake"

    def open(self, limits: Limits) -> FakeSession:
        """Open a session.

        Raises:
            SandboxFailure: as often as was asked for.
        """
        if self._failures:
            self._failures -= 1
            raise SandboxFailure("the fake was told to fail; open it again")
        self.sessions.append(FakeSession(self._script))
        return self.sessions[-1]


def _reply(request: dict[str, Any], said: dict[str, Any] | bytes) -> Reply:
    body = said if isinstance(said, bytes) else plain.to_bytes({"id": request["id"], "cpu_s": 0.0, **said})
    return Reply(body=body, cpu_s=0.0)
