"""What browser and notebook server would have sent: the events of one scripted sitting, in order, in batches.

A tape has one clock, one current page load, and the server as a second witness. Time only moves forward, and stops at
the deadline: what a scripted candidate does after the deadline is not on the tape, as it would not be in a real
recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

MAX_BATCH_EVENTS = 200
HEARTBEAT_MS = 10_000
_SERVER_VERSION = "synthetic"


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
    server: str = field(init=False)
    _events: list[tuple[str, dict[str, Any]]] = field(init=False, default_factory=list)
    _next_seq: dict[str, int] = field(init=False, default_factory=dict)
    _beat_ms: int = field(init=False)

    def __post_init__(self) -> None:
        """Start with a server and a first page load."""
        self._beat_ms = self.now_ms + HEARTBEAT_MS
        self.server = self._new_name()
        self.new_client()
        self.add_seen("server_started", server=_SERVER_VERSION)

    def new_client(self) -> None:
        """Begin a new page load: another client id, sequence numbers from 0."""
        self.client = self._new_name()

    def wait(self, seconds: float) -> None:
        """Let time pass, with heartbeats. Raises: `DeadlineReached` when the sitting would be over."""
        until_ms = self.now_ms + max(1, round(seconds * 1000))
        while self._beat_ms <= min(until_ms, self.deadline_ms):
            self.now_ms = self._beat_ms
            self._beat()
        self.now_ms = min(until_ms, self.deadline_ms)
        if until_ms >= self.deadline_ms:
            raise DeadlineReached

    def add(self, kind: str, **fields: object) -> None:
        """Record one event of the page at the present moment."""
        self._put(self.client, kind, fields)

    def add_seen(self, kind: str, **fields: object) -> None:
        """Record what the notebook server saw by itself at the present moment."""
        self._put(self.server, kind, fields)

    def _put(self, client: str, kind: str, fields: dict[str, object]) -> None:
        seq = self._next_seq.get(client, 0)
        self._next_seq[client] = seq + 1
        self._events.append((client, {"seq": seq, "t_ms": self.now_ms, "type": kind, **fields}))

    def _beat(self) -> None:
        self._beat_ms += HEARTBEAT_MS
        if self.client in self._next_seq:
            self.add("heartbeat", wall_ms=self.now_ms)
        self.add_seen("server_heartbeat", wall_ms=self.now_ms)

    def _new_name(self) -> str:
        return f"{self.random.getrandbits(64):016x}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything recorded so far."""
        return [event for _, event in self._events]

    def batches(self, *, window_s: float = 20.0, latency_ms: int = 80) -> Iterator[TapedBatch]:
        """Yield the events in batches of one client, after at most `window_s` each; the page's before the server's."""
        pending: dict[str, list[dict[str, Any]]] = {}
        began_ms = 0
        for client, event in self._events:
            mine = pending.setdefault(client, [])
            is_page_new = client != self.server and bool(pending.keys() - {client, self.server})
            if is_page_new or len(mine) >= MAX_BATCH_EVENTS or event["t_ms"] - began_ms > window_s * 1000:
                yield from self._flush(pending, latency_ms)
                pending, began_ms = {client: []}, event["t_ms"]
            pending[client].append(event)
        yield from self._flush(pending, latency_ms)

    def _flush(self, pending: dict[str, list[dict[str, Any]]], latency_ms: int) -> Iterator[TapedBatch]:
        held = [(client, events) for client, events in pending.items() if events]
        received_ms = max((events[-1]["t_ms"] for _, events in held), default=0) + latency_ms
        for client, events in sorted(held, key=lambda item: item[0] == self.server):
            yield TapedBatch(body={"v": 1, "client": client, "events": events}, received_ms=received_ms)
