"""Submitting in trouble: faults F09, F14 and R16 at the server's part of the recorder."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nbassess_events.codec import batch_to_wire, parse_batch
from nbassess_events.model import Batch
from nbassess_recorder.app import Recorder
from nbassess_recorder.errors import ServiceRefusedError, ServiceUnreachableError, StillSendingError
from nbassess_recorder.submitting import submit

CLIENT = "0123456789abcdef"

Json = dict[str, Any]


def batch(first: int, count: int = 1) -> Json:
    """Return a batch of `saved` events as it travels."""
    events = [{"seq": seq, "t_ms": 1, "type": "saved", "path": "a.ipynb"} for seq in range(first, first + count)]
    return batch_to_wire(parse_batch({"v": 1, "client": CLIENT, "events": events}))


class Service:
    """A service that keeps to the contract. `trouble` is raised instead of storing; `is_slow` answers to no batch."""

    def __init__(self, trouble: Exception | None = None, *, is_slow: bool = False) -> None:
        self.trouble = trouble
        self.is_slow = is_slow
        self.stored: list[int] = []
        self.submissions = 0

    async def sitting(self) -> Json:
        """Not needed here."""
        return {}

    async def bundle(self) -> Json:
        """Not needed here."""
        return {"files": []}

    async def send(self, received: Batch) -> Json:
        """Store what a page sent; what the server saw is acknowledged only."""
        if self.is_slow:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        if received.client == CLIENT:
            self.stored.extend(event.seq for event in received.events if event.seq >= len(self.stored))
        return {"acked_seq": received.events[-1].seq}

    async def submit(self, documents: dict[str, str]) -> Json:
        """Submit once; answer with the same receipt ever after."""
        self.submissions = 1
        return {"receipt": {"submission_id": "synthetic", "documents": documents}}


@asynccontextmanager
async def running(service: Service, home: Path) -> AsyncIterator[Recorder]:
    """Run the server's part of the recorder."""
    recorder = Recorder(journal_dir=home / "journal", work_dir=home, service=service, gather_s=0)
    tasks = recorder.tasks()
    try:
        yield recorder
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        recorder.journal.close()


async def test_what_came_along_is_stored_before_the_submission(tmp_path: Path) -> None:
    service = Service()
    async with running(service, tmp_path) as recorder:
        answer = await submit(
            recorder, {"a.ipynb": "digest"}, [batch(0, 2), {"v": "spoilt"}, "text", batch(9), batch(2)]
        )
        assert service.stored == [0, 1, 2]
        assert (
            recorder.receipt == answer["receipt"] == {"submission_id": "synthetic", "documents": {"a.ipynb": "digest"}}
        )


async def test_a_full_disk_does_not_keep_from_submitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault F09."""

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    service = Service()
    async with running(service, tmp_path) as recorder:
        monkeypatch.setattr(os, "fsync", full)
        await submit(recorder, {}, [batch(0, 3)])
        assert service.stored == [0, 1, 2]
        assert recorder.status.recording == "delayed"
        assert "disk is full" in recorder.status.detail
        monkeypatch.undo()


async def test_a_journal_that_cannot_be_opened_does_not_keep_from_submitting(tmp_path: Path) -> None:
    """Fault R16."""
    (tmp_path / "journal").write_text("a file where the folder should be")
    service = Service()
    async with running(service, tmp_path) as recorder:
        assert (await submit(recorder, {}, [batch(0)]))["receipt"]["submission_id"] == "synthetic"
        assert service.stored == [0]


async def test_a_refused_recording_does_not_keep_from_submitting(tmp_path: Path) -> None:
    """Fault R16: the service refuses an event; what it has is submitted."""
    service = Service(ServiceRefusedError("no", status=400, code="bad_batch", details={}))
    async with running(service, tmp_path) as recorder:
        await submit(recorder, {}, [batch(0)])
        assert service.submissions == 1


async def test_a_service_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """Fault F14: the page tries again, and one submission comes of it."""
    service = Service(ServiceUnreachableError("synthetic outage"))
    async with running(service, tmp_path) as recorder:
        with pytest.raises(ServiceUnreachableError, match="cannot be reached"):
            await submit(recorder, {}, [batch(0)], flush_s=0.1)
        assert service.submissions == 0
        service.trouble = None
        first = await submit(recorder, {}, [batch(0)])
        assert await submit(recorder, {}, []) == first
        assert service.stored == [0]


async def test_a_person_may_submit_what_has_arrived(tmp_path: Path) -> None:
    """Fault R16: whatever holds up the recording, the candidate decides."""
    service = Service(is_slow=True)
    async with running(service, tmp_path) as recorder:
        with pytest.raises(StillSendingError):
            await submit(recorder, {}, [batch(0)], flush_s=0.05)
        await submit(recorder, {}, [], is_incomplete=True, flush_s=0.05)
        assert service.submissions == 1


def deep(levels: int) -> Json:
    """Return a batch whose output is nested deeper than anybody reads."""
    nested: Json = {}
    for _ in range(levels):
        nested = {"n": nested}
    run = {"type": "execution_finished", "seq": 0, "t_ms": 1, "path": "a", "cell": "c", "ok": True}
    run |= {"execution_count": 1, "duration_ms": 1, "truncated": False, "outputs": [nested]}
    return {"v": 1, "client": CLIENT, "events": [run]}


@pytest.mark.parametrize("odd", [deep(150), deep(5_000), {"v": float("nan")}, ["no batch"]])
async def test_a_batch_that_the_wire_would_refuse_does_not_keep_from_submitting(tmp_path: Path, odd: object) -> None:
    """Fault R16: nor does it reach the journal, where nobody could read it again."""
    async with running(Service(), tmp_path) as recorder:
        assert await submit(recorder, {}, [odd, batch(0)])
        assert [event.seq for line in recorder.journal.lines() for event in line.batch.events][-1] == 0
