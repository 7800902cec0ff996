"""The only way for the control plane to know the time.

Deadlines are decided on the server's clock. Everything that asks for the time is given a `Clock`, so that a test moves
time by hand instead of sleeping.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time of day."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch."""


class SystemClock:
    """The host's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch, as the host sees it."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that only moves when it is told to."""

    def __init__(self, now_ms: int) -> None:
        """Start at `now_ms`."""
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the moment this clock was last moved to."""
        return self._now_ms

    def advance(self, *, seconds: float) -> None:
        """Move the clock; a negative amount is a clock that was set back."""
        self._now_ms += round(seconds * 1000)
