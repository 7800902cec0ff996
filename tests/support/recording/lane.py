"""One direction of a bad connection: its messages may be lost, doubled, swapped, late, or the last ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tests.support.recording.faults import Fault, Plan

M = TypeVar("M")

HELD_S = 0.4
"""A message that waits for the next one to pass it does not wait longer than this."""


@dataclass
class Lane(Generic[M]):
    """Passes messages on, badly. Lives on one event loop."""

    plan: Callable[[], Plan]
    deliver: Callable[[M], None]
    cut: Callable[[], None]
    _held: list[M] = field(default_factory=list)
    _clear_at: float = 0.0

    def take(self, message: M) -> None:
        """Pass a message on, as the plan has it."""
        plan = self.plan()
        fault = plan.next()
        if fault is Fault.CUT:
            self.cut()
        elif fault is Fault.REORDER:
            self._held.append(message)
            asyncio.get_running_loop().call_later(HELD_S, self._release)
        elif fault is not Fault.DROP:
            self._pass(message, plan.delay_s() if fault is Fault.DELAY else 0.0)
            if fault is Fault.DUPLICATE:
                self._pass(message, 0.0)
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for message in held:
            self._pass(message, 0.0)

    def _pass(self, message: M, late_s: float) -> None:
        """Deliver now or later; what comes after a late message waits behind it, as on a slow line."""
        loop = asyncio.get_running_loop()
        self._clear_at = max(loop.time(), self._clear_at) + late_s
        if self._clear_at <= loop.time():
            self.deliver(message)
        else:
            loop.call_at(self._clear_at, self.deliver, message)
