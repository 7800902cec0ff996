"""What happens to messages on a bad line: decided by a seed, message by message, and counted.

A plan never spoils more than a few messages in a row, so that a sender that repeats gets through in bounded time.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What can happen to one message."""

    NONE = "none"
    DROP = "drop"
    """It never arrives. For a request: nobody ever saw it."""
    DROP_ANSWER = "drop-answer"
    """It arrives and is processed; its answer does not come back."""
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    """It arrives after the next one. For a request: it arrives, and once more after the next one."""
    DELAY = "delay"
    CUT = "cut"
    """The connection is lost with it."""
    REFUSE = "refuse"
    """The other end says that it cannot at the moment (503)."""
    DIE_BEFORE_COMMIT = "die-before-commit"
    """The receiver is killed when it has processed the message but kept nothing of it."""
    DIE_AFTER_COMMIT = "die-after-commit"
    """The receiver is killed when it has kept the message but not said so."""


Odds = Mapping[Fault, float]

LINE: Odds = {Fault.DROP: 0.08, Fault.DUPLICATE: 0.12, Fault.REORDER: 0.1, Fault.DELAY: 0.12, Fault.CUT: 0.06}
"""The WebSocket between the browser and the Jupyter server."""

ROAD: Odds = {
    Fault.DROP: 0.06,
    Fault.DROP_ANSWER: 0.06,
    Fault.DUPLICATE: 0.1,
    Fault.REORDER: 0.08,
    Fault.DELAY: 0.1,
    Fault.REFUSE: 0.04,
    Fault.DIE_BEFORE_COMMIT: 0.03,
    Fault.DIE_AFTER_COMMIT: 0.03,
}
"""The requests of the Jupyter server to the collector, and the collector's life."""

CALM: Odds = {}


@dataclass
class Plan:
    """Decides what happens to each message. Used from several threads."""

    seed: str
    odds: Odds = field(default_factory=dict)
    delay_ms: tuple[int, int] = (20, 300)
    in_a_row: int = 2
    first: Fault | None = None
    """What happens to the first message for certain."""
    done: Counter[Fault] = field(default_factory=Counter)
    _row: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next(self) -> Fault:
        """Decide about the next message."""
        with self._lock:
            fault = self._drawn() if self._row < self.in_a_row else Fault.NONE
            self._row = self._row + 1 if fault is not Fault.NONE else 0
            self.done[fault] += 1
            return fault

    def delay_s(self) -> float:
        """Return how late a message comes."""
        with self._lock:
            return self._random.randint(*self.delay_ms) / 1000

    def _drawn(self) -> Fault:
        if self.first is not None:
            first, self.first = self.first, None
            return first
        draw = self._random.random()
        for fault, odds in self.odds.items():
            draw -= odds
            if draw < 0:
                return fault
        return Fault.NONE


def calm() -> Plan:
    """Return a plan under which nothing happens."""
    return Plan(seed="calm")


def certain(fault: Fault, *, seed: str, odds: float = 0.4) -> Plan:
    """Return a plan with one kind of fault only: at once and then often."""
    return Plan(seed=seed, odds={fault: odds}, first=fault)
