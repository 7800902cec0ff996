"""A sandbox that counts what its boxes cost.

A box that is killed leaves no CPU time with its parent, so the time of all processes this program waited for is not
enough: the control group of each box is read before it is closed.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox
from nbassess_graders.sandbox.port import Allowance, Ended, Limits, Reply
from nbassess_graders.sandbox.session import BoxSession


@dataclass(slots=True)
class MeteredSandbox:
    """Open boxes of another sandbox; `cpu_s` is what the closed ones used and the operating system will not tell."""

    inner: BubblewrapSandbox
    cpu_s: float = 0.0

    def digest(self) -> str:
        """Return the digest of the file system that candidate code sees."""
        return self.inner.digest()

    def open(self, limits: Limits) -> MeteredSession:
        """Start the runner in a new box."""
        return MeteredSession(self.inner.open(limits), self)


@dataclass(slots=True)
class MeteredSession:
    """One box whose use is added to its sandbox when it is closed."""

    inner: BoxSession
    sandbox: MeteredSandbox
    is_open: bool = True

    def ask(self, message: bytes, allowance: Allowance) -> Reply | Ended:
        """Send one message and wait for the answer."""
        return self.inner.ask(message, allowance)

    def close(self) -> None:
        """Close the box and count it, less what waiting for its processes adds to our own account."""
        if not self.is_open:
            return
        self.is_open = False
        used_s, waited_s = self.inner._meter.cpu_s(), children_cpu_s()
        self.inner.close()
        self.sandbox.cpu_s += used_s - (children_cpu_s() - waited_s)

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        self.close()


def children_cpu_s() -> float:
    """Return the CPU time of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
