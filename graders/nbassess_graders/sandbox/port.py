"""Where a candidate's code runs: the port, and the rules every adapter keeps.

Theory. A session is one box with one process in it that answers requests. Nothing in the box is trusted, and nothing
in it is needed afterwards: the box has no network, a read-only root, its own process tree, and no file of ours but
the runner. Every request has an allowance; the adapter measures from outside. When a session ends, for whatever
reason, everything in it is dead and every trace removed before `close` returns.

What the code in the box does is a value: a Reply, or an Ended with the reason. What goes wrong on our side (no bwrap,
no memory to start, a box that does not open) raises SandboxFailure: the queue tries again, it is never a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Final, Protocol, Self

MIB: Final = 2**20


class Status(Enum):
    """Say why a session ended before it answered."""

    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_FLOOD = "output_flood"
    DIED = "died"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bound what everything in one session may use together."""

    memory_bytes: int = 1024 * MIB
    disk_bytes: int = 64 * MIB
    file_bytes: int = 64 * MIB
    output_bytes: int = 8 * MIB
    answer_bytes: int = 64 * MIB
    processes: int = 64
    open_files: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Bound one request. The clock on the wall is for code that waits; a busy machine is no reason to fail."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Hold one answer as it was sent, not yet believed, and the CPU time measured outside."""

    body: bytes
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Say that the session is over; `exit_code` is that of the process where it is known."""

    status: Status
    cpu_s: float
    exit_code: int | None = None
    output: str = ""


class Session(Protocol):
    """One box with one process; used as a context manager."""

    def ask(self, message: bytes, allowance: Allowance) -> Reply | Ended:
        """Send one message and wait for the answer; after an Ended only `close` is of use."""

    def close(self) -> None:
        """Kill everything in the box and remove every trace of it; may be called twice."""

    def __enter__(self) -> Self:
        """Return the session."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""


class Sandbox(Protocol):
    """Open sessions. Two adapters ship: bubblewrap, and a fake that forges replies."""

    def digest(self) -> str:
        """Return the digest of the file system that candidate code sees."""

    def open(self, limits: Limits) -> Session:
        """Start the runner in a new box.

        Raises:
            SandboxFailure: the box could not be set up; try again.
        """
