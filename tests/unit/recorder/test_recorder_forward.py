"""The forwarder brings everything to the collector, in order, as long as it takes. Promise: integrity-1."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbassess_events.codec import parse_batch
from nbassess_events.model import Batch
from nbassess_recorder import forward
from nbassess_recorder.errors import JournalError, ServiceRefusedError, ServiceUnreachableError
from nbassess_recorder.forward import Forwarder
from nbassess_recorder.heads import FILE_NAME, Heads
from nbassess_recorder.journal import Journal

CLIENT = "0123456789abcdef"
OTHER = "fedcba9876543210"

Json = dict[str, Any]


def batch(first: int, count: int = 1, client: str = CLIENT) -> Batch:
    """Return a batch of `saved` events."""
    events = [{"seq": seq, "t_ms": 1, "type": "saved", "path": "a.ipynb"} for seq in range(first, first + count)]
    return parse_batch({"v": 1, "client": client, "events": events})


class Collector:
    """A collector that keeps to the contract. `trouble` is raised, one at a time, before anything is stored."""

    def __init__(self, *trouble: Exception) -> None:
        self.trouble = list(trouble)
        self.stored: dict[str, list[int]] = {}
        self.batches: list[int] = []

    async def send(self, received: Batch) -> Json:
        """Store what is new, refuse a hole."""
        if self.trouble:
            raise self.trouble.pop(0)
        stored = self.stored.setdefault(received.client, [])
        if received.events[0].seq > len(stored):
            raise refusal("gap", expected_seq=len(stored))
        stored.extend(event.seq for event in received.events if event.seq >= len(stored))
        self.batches.append(len(received.events))
        return {"acked_seq": len(stored) - 1}

    async def sitting(self) -> Json:
        """Not needed here."""
        return {}

    async def bundle(self) -> Json:
        """Not needed here."""
        return {"files": []}

    async def submit(self, documents: dict[str, str]) -> Json:
        """Not needed here."""
        return {"receipt": {}}


class PickyCollector(Collector):
    """A collector that takes at most one line at a time: 413 for more."""

    async def send(self, received: Batch) -> Json:
        """Refuse what is too big."""
        if len(received.events) > 2:
            raise refusal("too_big", status=413)
        return await super().send(received)


def refusal(code: str, status: int = 409, **details: object) -> ServiceRefusedError:
    """Return an answer that refuses."""
    return ServiceRefusedError(code, status=status, code=code, details=details)


def away() -> ServiceUnreachableError:
    """Return what a service that is away causes."""
    return ServiceUnreachableError("synthetic outage")


class Naps:
    """A sleep that only notes how long it would have been."""

    def __init__(self) -> None:
        self.lengths: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.lengths.append(seconds)
        await asyncio.sleep(0)


class Stand:
    """A journal, a collector, and a forwarder between them."""

    def __init__(self, directory: Path, collector: Collector) -> None:
        self.journal = Journal(directory)
        self.collector = collector
        self.naps = Naps()
        self.heads = Heads(directory)
        self.forwarder = Forwarder(self.journal, collector, self.heads, sleep=self.naps)

    async def forward(self) -> bool:
        """Run until everything is there; returns whether it is."""
        task = asyncio.ensure_future(self.forwarder.run())
        try:
            return await self.forwarder.flush(5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def stand(tmp_path: Path) -> Callable[..., Stand]:
    return lambda collector: Stand(tmp_path / "journal", collector)


async def test_everything_arrives_in_order_and_lines_of_one_client_travel_together(
    stand: Callable[..., Stand],
) -> None:
    one = stand(Collector())
    for first in range(0, 6, 2):
        one.journal.append(batch(first, 2))
    one.journal.append(batch(0, 1, OTHER))
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2, 3, 4, 5], OTHER: [0]}
    assert one.collector.batches == [6, 1]
    assert one.forwarder.forwarded_seq == {CLIENT: 5, OTHER: 0}


async def test_an_outage_is_waited_out_longer_and_longer(stand: Callable[..., Stand]) -> None:
    """Fault R08: ten minutes away, in the forwarder's own time."""
    one = stand(Collector(*(away() for _ in range(46))))
    one.journal.append(batch(0, 3))
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2]}
    assert one.naps.lengths == [0.5, 1, 2, 4, 8, *[15] * 41]
    assert sum(one.naps.lengths) > 600


async def test_the_page_is_told_of_delay_and_recovery(stand: Callable[..., Stand]) -> None:
    one = stand(Collector(away(), away()))
    told: list[tuple[str, str]] = []
    one.forwarder.subscribe(lambda: told.append((one.forwarder.status.recording, one.forwarder.status.detail)))
    one.journal.append(batch(0))
    await one.forward()
    assert told == [("delayed", forward.AWAY), ("delayed", forward.AWAY), ("ok", "")]


async def test_a_restart_goes_on_where_the_collector_is(stand: Callable[..., Stand], tmp_path: Path) -> None:
    one = stand(Collector())
    one.journal.append(batch(0, 2))
    await one.forward()
    one.journal.append(batch(2, 2))
    one.journal.close()
    again = Stand(tmp_path / "journal", one.collector)
    assert await again.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2, 3]}
    assert one.collector.batches == [2, 2]


async def test_a_lost_mark_repeats_and_the_collector_drops_what_it_has(
    stand: Callable[..., Stand], tmp_path: Path
) -> None:
    one = stand(Collector())
    one.journal.append(batch(0, 2))
    await one.forward()
    (tmp_path / "journal" / "forwarded").unlink()
    one.journal.append(batch(2, 1))
    again = Stand(tmp_path / "journal", one.collector)
    assert await again.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2]}


async def test_what_the_collector_lost_is_sent_again(stand: Callable[..., Stand]) -> None:
    """A collector restored from a backup asks for events that it had confirmed."""
    one = stand(Collector())
    for first in range(3):
        one.journal.append(batch(first))
    await one.forward()
    one.collector.stored[CLIENT] = [0]
    one.journal.append(batch(3))
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2, 3]}


async def test_the_end_of_the_sitting_is_final_and_keeps_the_journal(stand: Callable[..., Stand]) -> None:
    one = stand(Collector(refusal("sitting_ended")))
    one.journal.append(batch(0, 2))
    assert not await one.forward()
    assert one.forwarder.status == forward.Status(recording="refused", detail=forward.ENDED)
    assert one.collector.stored == {}
    assert one.journal.last_seq(CLIENT) == 1


async def test_a_batch_that_is_too_big_when_joined_is_sent_line_by_line(stand: Callable[..., Stand]) -> None:
    one = stand(PickyCollector())
    for first in range(0, 6, 2):
        one.journal.append(batch(first, 2))
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2, 3, 4, 5]}


async def test_an_unknown_credential_delays_and_is_tried_again(stand: Callable[..., Stand]) -> None:
    one = stand(Collector(refusal("forbidden", status=403)))
    one.journal.append(batch(0))
    assert await one.forward()


async def test_flushing_gives_up_after_its_time(stand: Callable[..., Stand]) -> None:
    one = stand(Collector())
    one.journal.append(batch(0))
    assert not await one.forwarder.flush(0.01)


class SigningCollector(Collector):
    """A collector that signs its heads; its clock goes on 25 s with every batch."""

    async def send(self, received: Batch) -> Json:
        """Answer with the signed head."""
        answer = await super().send(received)
        position = sum(map(len, self.stored.values()))
        at_ms = 25_000 * len(self.batches)
        signed = {"at_ms": at_ms, "key": "ab" * 8, "signature": "cd" * 64}
        return answer | {"head": f"{position:064x}", "position": position, "signed": signed}


async def test_signed_heads_are_kept_once_a_minute_and_the_last(stand: Callable[..., Stand], tmp_path: Path) -> None:
    """The third witness: whoever has the file can prove what the recording was at that time."""
    one = stand(SigningCollector())
    for first in range(8):
        one.journal.append(batch(first))
        await one.forward()
    assert one.heads.newest is not None
    assert one.heads.newest.position == 8
    one.heads.keep()
    one.heads.keep()
    lines = [json.loads(line) for line in (tmp_path / "journal" / FILE_NAME).read_text().splitlines()]
    assert [line["at_ms"] for line in lines] == [25_000, 100_000, 175_000, 200_000]
    assert lines[-1] == one.heads.newest.to_json()


@pytest.mark.parametrize("signed", [None, {}, {"at_ms": 1, "key": "no hex", "signature": "00"}, "text"])
async def test_an_older_service_signs_nothing_and_is_fine(tmp_path: Path, signed: object) -> None:
    heads = Heads(tmp_path)
    heads.note({"acked_seq": 1, "head": "00", "position": 2, "signed": signed})
    assert heads.newest is None
    assert not (tmp_path / FILE_NAME).exists()


async def test_what_the_disk_refuses_is_forwarded_from_memory(
    stand: Callable[..., Stand], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault F09: the collector gets it although nothing of it is in the journal's file."""
    one = stand(Collector())
    one.journal.append(batch(0))

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    one.journal.accept(batch(1, 2))
    with pytest.raises(JournalError):
        await one.journal.commit()
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2]}
    assert one.journal.kept_seq(CLIENT) == 0
    monkeypatch.undo()
    one.journal.accept(batch(3))
    await one.journal.commit()
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0, 1, 2, 3]}
    assert one.journal.kept_seq(CLIENT) == 3


async def test_a_mistake_in_the_forwarder_does_not_end_it(stand: Callable[..., Stand]) -> None:
    """Fault R16."""
    one = stand(Collector(ZeroDivisionError()))
    one.journal.append(batch(0))
    assert await one.forward()
    assert one.collector.stored == {CLIENT: [0]}


async def test_what_comes_after_a_rest_waits_for_company_unless_somebody_waits_for_it(tmp_path: Path) -> None:
    """What is typed within half a second is one request; a submission does not wait half a second for nothing."""
    journal, collector = Journal(tmp_path / "journal"), Collector()
    forwarder = Forwarder(journal, collector, Heads(tmp_path), gather_s=3600)
    task = asyncio.ensure_future(forwarder.run())
    await asyncio.sleep(0)
    for first in range(0, 6, 2):
        journal.append(batch(first, 2))
        forwarder.wake()
        for _ in range(20):
            await asyncio.sleep(0)

    assert collector.batches == []
    assert await forwarder.flush(5)
    assert collector.batches == [6]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
