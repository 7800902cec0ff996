"""Carry the journal to the collector: in order, at least once, as long as it takes.

The forwarder walks the journal from the first offset that the collector did not confirm. Batches of one client that
stand next to each other travel together; for that, what comes after a rest waits a moment for company, because a
request costs as much as dozens of events (`make bench`, event_cpu_us). When the collector misses something (409 `gap`)
it is sent again from there; when the service is away, the forwarder waits longer and longer; when the sitting has
ended, it stops for good. The journal keeps everything, whatever happens here. Lines that are not on the disk yet are
forwarded too: what the collector has is safe, whatever this disk does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from nbassess_events.model import Batch

from nbassess_recorder.errors import ServiceRefusedError, ServiceUnreachableError
from nbassess_recorder.heads import Heads
from nbassess_recorder.journal import Journal, Line
from nbassess_recorder.service import Service

MAX_EVENTS = 1_000
MAX_BYTES = 1_000_000
GATHER_S = 0.5
BACKOFF_MIN_S = 0.5
BACKOFF_MAX_S = 15.0
# What the candidate reads; the reason in technical words goes to the log.
ENDED = "the sitting has ended"
AWAY = "the service that stores it does not answer"
UNKNOWN_SENDER = "the service does not recognise this server"
TROUBLE = "the part that sends it on is in trouble"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the recording is doing, in the words of the wire: ok, delayed or refused."""

    recording: str = "ok"
    detail: str = ""


class Forwarder:
    """Sends what the journal has to the service. `run` is a task; `wake` tells it that there is more."""

    def __init__(
        self,
        journal: Journal,
        service: Service,
        heads: Heads,
        *,
        gather_s: float = GATHER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gather_s = gather_s
        self._journal = journal
        self._service = service
        self._heads = heads
        self._sleep = sleep
        self._offset = journal.forwarded()
        self._max_events = MAX_EVENTS
        self._backoff_s = BACKOFF_MIN_S
        self._more = asyncio.Event()
        self._is_urgent = asyncio.Event()
        self._moved = asyncio.Condition()
        self._listeners: set[Callable[[], None]] = set()
        self.status = Status()
        self.forwarded_seq = dict(journal.forwarded_seq)

    @property
    def is_done(self) -> bool:
        """Whether the collector has everything that is in the journal now."""
        return self._offset >= self._journal.end

    def wake(self) -> None:
        """Say that the journal grew."""
        self._more.set()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at every change of status or progress; returns how to stop that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def flush(self, timeout_s: float) -> bool:
        """Wait until the collector has everything, at most `timeout_s`; returns whether it has."""
        self.wake()
        self._is_urgent.set()
        try:
            async with asyncio.timeout(timeout_s), self._moved:
                await self._moved.wait_for(lambda: self.is_done or self.status.recording == "refused")
        except TimeoutError:
            return False
        finally:
            self._is_urgent.clear()
        return self.is_done

    async def run(self) -> None:
        """Forward until cancelled or until the sitting has ended."""
        while self.status.detail != ENDED:
            if self.is_done:
                self._more.clear()
                await self._more.wait()
                await self._gather()
                continue
            try:
                await self._send_next()
            except ServiceUnreachableError as error:
                await self._pause(Status(recording="delayed", detail=AWAY), str(error))
            except ServiceRefusedError as refusal:
                await self._refused(refusal)
            except Exception as error:
                # A mistake of ours must neither end the forwarding nor spin; the page is told.
                log.exception("nbassess: forwarding failed")
                await self._pause(Status(recording="delayed", detail=TROUBLE), repr(error))

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_urgent.wait(), self._gather_s)

    async def _send_next(self) -> None:
        batch, end = self._next()
        answer = await self._service.send(batch)
        acked = int(answer.get("acked_seq", -1))
        if acked < batch.events[-1].seq:
            raise ServiceRefusedError(
                f"the collector has {acked} of {batch.events[-1].seq}", status=409, code="gap",
                details={"expected_seq": acked + 1},
            )  # fmt: skip
        self._heads.note(answer)
        self.forwarded_seq[batch.client] = acked
        self._offset = end
        self._journal.mark_forwarded(end)
        self._backoff_s, self._max_events = BACKOFF_MIN_S, MAX_EVENTS
        await self._change(Status())

    def _next(self) -> tuple[Batch, int]:
        """Join the lines of one client that follow each other, within bounds."""
        joined: Line | None = None
        for line in self._journal.lines(self._offset):
            if joined is None:
                joined = line
            elif self._fits(joined, line):
                events = joined.batch.events + line.batch.events
                size = joined.size_bytes + line.size_bytes
                joined = Line(batch=replace(joined.batch, events=events), end=line.end, size_bytes=size)
            else:
                break
        if joined is None:
            raise AssertionError("called with nothing to send")
        return joined.batch, joined.end

    def _fits(self, joined: Line, line: Line) -> bool:
        return (
            line.batch.client == joined.batch.client
            and len(joined.batch.events) + len(line.batch.events) <= self._max_events
            and joined.size_bytes + line.size_bytes <= MAX_BYTES
        )

    async def _refused(self, refusal: ServiceRefusedError) -> None:
        if refusal.code == "sitting_ended":
            await self._change(Status(recording="refused", detail=ENDED))
        elif refusal.code == "gap":
            await self._go_back(refusal)
        elif refusal.status in (401, 403):
            await self._pause(Status(recording="delayed", detail=UNKNOWN_SENDER), str(refusal))
        elif self._max_events > 1:
            # Perhaps too big when joined: try the lines as they were accepted.
            self._max_events = 1
        else:
            await self._pause(Status(recording="refused", detail="the service refuses an event"), str(refusal))

    async def _go_back(self, refusal: ServiceRefusedError) -> None:
        """Send again from what the collector misses; it drops what it has."""
        client = self._next()[0].client
        expected = int(str(refusal.details.get("expected_seq", 0)))
        start = self._start_of(client, expected)
        if start is None or start >= self._offset:
            detail = f"the collector misses event {expected} of client {client}, which the journal does not have"
            await self._pause(Status(recording="refused", detail="a part of it was lost"), detail)
            return
        log.warning("nbassess: the collector misses events of %s from %d on; sending them again", client, expected)
        self._offset = start

    def _start_of(self, client: str, seq: int) -> int | None:
        """Return the offset of the line that contains an event, or None."""
        start = 0
        for line in self._journal.lines():
            if line.batch.client == client and line.batch.events[0].seq <= seq <= line.batch.events[-1].seq:
                return start
            start = line.end
        return None

    async def _pause(self, status: Status, reason: str) -> None:
        if status != self.status:
            log.warning("nbassess: recording %s: %s", status.recording, reason)
        await self._change(status)
        await self._sleep(self._backoff_s)
        self._backoff_s = min(BACKOFF_MAX_S, self._backoff_s * 2)

    async def _change(self, status: Status) -> None:
        self.status = status
        for listener in tuple(self._listeners):
            listener()
        async with self._moved:
            self._moved.notify_all()
