"""The journal keeps what it acknowledged, whatever happens to the process. Promise: integrity-1."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from nbassess_events.codec import parse_batch
from nbassess_events.errors import BatchError
from nbassess_events.model import Batch
from nbassess_recorder import journal as module
from nbassess_recorder.errors import JournalError, JournalGapError
from nbassess_recorder.journal import Journal

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


def test_a_full_disk_acknowledges_nothing_and_leaves_no_half_line(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(batch(0))
    write = os.write

    def disk_full_half_way(file: int, data: bytes) -> int:
        write(file, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", disk_full_half_way)
    with pytest.raises(JournalError, match="free space"):
        journal.append(batch(1))
    monkeypatch.setattr(os, "write", write)
    assert journal.last_seq(CLIENT) == 0
    assert journal.append(batch(1)) == 1
    assert sequence(journal) == [0, 1]


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
    journal.mark_forwarded(10**9)
    assert journal.forwarded() == 0
