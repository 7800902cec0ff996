"""What a browser would have sent: the events of one scripted sitting, in order, in batches.

A tape has one clock and one current client (a page load). Time only moves forward, and stops at the deadline: what a
scripted candidate does after the deadline is not on the tape, as it would not be in a real recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

MAX_BATCH_EVENTS = 200


class DeadlineReached(Exception):  # noqa: N818 -- not an error: it ends the script as the clock ends the sitting
    """The scripted candidate's time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapedBatch:
    """One batch as it goes over the wire, and when the collector is said to have received it."""

    body: dict[str, Any]
    received_ms: int


@dataclass(slots=True, kw_only=True)
class Tape:
    """Collect the events of one sitting."""

    now_ms: int
    deadline_ms: int
    random: Random
    client: str = field(init=False)
    _events: list[tuple[str, dict[str, Any]]] = field(init=False, default_factory=list)
    _next_seq: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with a first page load."""
        self.new_client()

    def new_client(self) -> None:
        """Begin a new page load: another client id, sequence numbers from 0."""
        self.client = f"{self.random.getrandbits(64):016x}"
        self._next_seq = 0

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises: `DeadlineReached` when the sitting would be over."""
        self.now_ms += max(1, round(seconds * 1000))
        if self.now_ms >= self.deadline_ms:
            self.now_ms = self.deadline_ms
            raise DeadlineReached

    def add(self, kind: str, **fields: object) -> None:
        """Record one event at the present moment."""
        self._events.append((self.client, {"seq": self._next_seq, "t_ms": self.now_ms, "type": kind, **fields}))
        self._next_seq += 1

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything recorded so far."""
        return [event for _, event in self._events]

    def batches(self, *, window_s: float = 20.0, latency_ms: int = 80) -> Iterator[TapedBatch]:
        """Yield the events in batches of one client and at most `window_s` each."""
        pending: list[dict[str, Any]] = []
        owner = ""
        for client, event in self._events:
            if pending and (
                client != owner
                or len(pending) >= MAX_BATCH_EVENTS
                or event["t_ms"] - pending[0]["t_ms"] > window_s * 1000
            ):
                yield _batch(owner, pending, latency_ms)
                pending = []
            owner = client
            pending.append(event)
        if pending:
            yield _batch(owner, pending, latency_ms)


def _batch(client: str, events: list[dict[str, Any]], latency_ms: int) -> TapedBatch:
    body = {"v": 1, "client": client, "events": events}
    return TapedBatch(body=body, received_ms=events[-1]["t_ms"] + latency_ms)
