"""The journal keeps what it acknowledged, whatever happens to the process. Promise: integrity-1."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest
from nbassess_events.codec import parse_batch
from nbassess_events.errors import BatchError
from nbassess_events.model import Batch
from nbassess_recorder import journal as module
from nbassess_recorder.errors import JournalError, JournalGapError
from nbassess_recorder.journal import Journal, open_journal

CLIENT = "0123456789abcdef"
OTHER = "fedcba9876543210"


def batch(first: int, count: int = 1, client: str = CLIENT) -> Batch:
    """Return a batch of `saved` events."""
    events = [{"seq": seq, "t_ms": 1, "type": "saved", "path": "a.ipynb"} for seq in range(first, first + count)]
    return parse_batch({"v": 1, "client": client, "events": events})


def sequence(journal: Journal, client: str = CLIENT) -> list[int]:
    """Return what the file has of a client."""
    return [event.seq for line in journal.lines() if line.batch.client == client for event in line.batch.events]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def test_a_batch_is_acknowledged_with_its_last_event(journal: Journal) -> None:
    assert journal.last_seq(CLIENT) == -1
    assert journal.append(batch(0, 3)) == 2
    assert sequence(journal) == [0, 1, 2]


def test_what_is_repeated_is_kept_once(journal: Journal) -> None:
    """Fault R05."""
    journal.append(batch(0, 3))
    assert journal.append(batch(1, 4)) == 4
    assert journal.append(batch(0, 2)) == 4
    assert sequence(journal) == [0, 1, 2, 3, 4]


def pasted(text: str) -> Batch:
    edit = {"seq": 0, "t_ms": 1, "type": "edit", "path": "a.ipynb", "cell": "c", "source": "paste"}
    return parse_batch({"v": 1, "client": CLIENT, "events": [{**edit, "ops": [[0, 0, text]]}]})


@pytest.mark.parametrize("text", ["\u6f22" * 1_000_000, "\U0001f600" * 500_000, "\ud800\u2028\x85\r\n\x00"])
def test_text_in_any_script_can_be_read_again(tmp_path: Path, journal: Journal, text: str) -> None:
    journal.append(pasted(text))
    assert [line.batch for line in journal.lines()] == [pasted(text)]
    assert Journal(tmp_path / "journal").last_seq(CLIENT) == 0


def test_a_batch_that_could_not_be_read_again_is_refused_and_spoils_nothing(journal: Journal) -> None:
    run = {"execution_count": 1, "duration_ms": 1, "ok": True, "truncated": False, "path": "a", "cell": "c"}
    event = {"seq": 0, "t_ms": 1, "type": "execution_finished", **run, "outputs": [{"data": [1e15] * 300_000}]}
    with pytest.raises(BatchError, match="send smaller batches"):
        journal.append(parse_batch({"v": 1, "client": CLIENT, "events": [event]}))
    journal.append(batch(0))
    assert sequence(journal) == [0]


def test_a_hole_is_refused_and_names_what_is_missing(journal: Journal) -> None:
    journal.append(batch(0))
    with pytest.raises(JournalGapError, match="send from 1") as refused:
        journal.append(batch(2))
    assert refused.value.last_seq == 0
    assert sequence(journal) == [0]


def test_clients_have_their_own_sequences(journal: Journal) -> None:
    journal.append(batch(0, 2))
    journal.append(batch(0, 1, OTHER))
    assert (journal.last_seq(CLIENT), journal.last_seq(OTHER)) == (1, 0)


def test_a_restart_knows_where_each_client_was(journal: Journal, tmp_path: Path) -> None:
    journal.append(batch(0, 5))
    journal.append(batch(0, 2, OTHER))
    journal.close()
    again = Journal(tmp_path / "journal")
    assert (again.last_seq(CLIENT), again.last_seq(OTHER)) == (4, 1)
    assert again.append(batch(5)) == 5


def test_half_a_line_after_a_crash_is_cut_off_and_accepted_again(journal: Journal, tmp_path: Path) -> None:
    """Fault F07."""
    journal.append(batch(0, 2))
    journal.append(batch(2, 2))
    journal.close()
    file = tmp_path / "journal" / module.FILE_NAME
    file.write_bytes(file.read_bytes()[:-7])
    again = Journal(tmp_path / "journal")
    assert again.last_seq(CLIENT) == 1
    assert again.append(batch(2, 2)) == 3
    assert sequence(again) == [0, 1, 2, 3]


def test_damage_in_the_middle_is_an_error_that_names_the_place(journal: Journal, tmp_path: Path) -> None:
    journal.append(batch(0))
    journal.close()
    file = tmp_path / "journal" / module.FILE_NAME
    file.write_bytes(b"not an event\n" + file.read_bytes())
    with pytest.raises(JournalError, match="damaged at byte 0"):
        Journal(tmp_path / "journal")


class FullDisk:
    """Lets `os.write` fail half-way, as a full disk does, until `free` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch, self._write = monkeypatch, os.write
        monkeypatch.setattr(os, "write", self._refuse)

    def _refuse(self, file: int, data: bytes) -> int:
        self._write(file, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    def free(self) -> None:
        """Give the space back."""
        self._patch.setattr(os, "write", self._write)


def test_a_full_disk_acknowledges_nothing_keeps_it_in_memory_and_leaves_no_half_line(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault F09: what the disk refuses is still there for the collector, and reaches the disk when it can."""
    journal.append(batch(0))
    disk = FullDisk(monkeypatch)
    with pytest.raises(JournalError, match="free space"):
        journal.append(batch(1))
    assert not journal.is_writable
    assert (journal.kept_seq(CLIENT), journal.last_seq(CLIENT)) == (0, 1)
    assert sequence(journal) == [0, 1]
    assert sequence(Journal(tmp_path / "journal")) == [0]
    disk.free()
    assert journal.append(batch(2)) == 2
    assert sequence(Journal(tmp_path / "journal")) == [0, 1, 2]


def test_memory_for_a_full_disk_is_bounded(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TAIL_BYTES", 200)
    journal.accept(batch(0))
    with pytest.raises(JournalError, match="wait for the disk"):
        journal.accept(batch(1, 3))
    assert journal.last_seq(CLIENT) == 0


async def test_all_who_wait_share_one_write(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the disk is in a thread: nobody else's cells wait for it."""
    synced: list[int] = []
    fsync = os.fsync

    def noted(file: int) -> None:
        synced.append(file)
        fsync(file)

    monkeypatch.setattr(os, "fsync", noted)
    journal.accept(batch(0))
    first = asyncio.ensure_future(journal.commit())
    await asyncio.sleep(0)
    for seq in range(1, 50):
        journal.accept(batch(seq))
    await asyncio.gather(first, *(journal.commit() for _ in range(20)))
    assert len(synced) <= 2
    assert journal.kept_seq(CLIENT) == 49
    assert sequence(journal) == list(range(50))


async def test_a_commit_that_nobody_waits_for_any_more_still_happens(journal: Journal) -> None:
    journal.accept(batch(0))
    waiting = asyncio.ensure_future(journal.commit())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    journal.accept(batch(1))
    await journal.commit()
    assert sequence(journal) == [0, 1]
    assert journal.kept_seq(CLIENT) == 1


async def test_a_journal_that_cannot_be_opened_is_kept_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault R16: a candidate works and submits without it; nothing is acknowledged."""
    (tmp_path / "journal").write_text("a file where the folder should be")
    journal = open_journal(tmp_path / "journal")
    assert "recording goes on from memory" in caplog.text
    journal.accept(batch(0, 2))
    with pytest.raises(JournalError):
        await journal.commit()
    assert sequence(journal) == [0, 1]
    assert journal.kept_seq(CLIENT) == -1
    journal.mark_forwarded(journal.end)
    journal.close()


def test_a_journal_in_memory_lets_go_of_what_the_collector_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault R16: a sitting without a disk goes on for as long as the service takes its events."""
    monkeypatch.setattr(module, "MAX_TAIL_BYTES", 400)
    journal = Journal(None)
    for seq in range(50):
        journal.accept(batch(seq))
        journal.mark_forwarded(journal.end)
    journal.accept(batch(50))
    assert sequence(journal) == [50]


def test_a_restart_knows_what_the_collector_has(journal: Journal, tmp_path: Path) -> None:
    journal.append(batch(0, 3))
    journal.mark_forwarded(journal.size_bytes)
    journal.append(batch(3, 2))
    journal.append(batch(0, 1, OTHER))
    assert Journal(tmp_path / "journal").forwarded_seq == {CLIENT: 2}


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    directory.mkdir()
    (directory / module.FILE_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="cannot open"):
        Journal(directory)
    assert not (tmp_path / "elsewhere").exists()


def test_only_the_owner_can_read_it(journal: Journal, tmp_path: Path) -> None:
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "journal" / module.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_the_forwarded_mark_survives_a_restart_and_a_wrong_one_means_from_the_start(
    journal: Journal, tmp_path: Path
) -> None:
    journal.append(batch(0))
    journal.mark_forwarded(journal.size_bytes)
    assert Journal(tmp_path / "journal").forwarded() == journal.size_bytes
    (tmp_path / "journal" / module.MARK_NAME).write_text(str(10**9))
    assert journal.forwarded() == 0
