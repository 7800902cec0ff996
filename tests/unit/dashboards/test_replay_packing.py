"""What the browser gets of a recording: piece by piece, with times that stay, and flags that say what is missing."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from nbassess_dashboards.packing import Packing
from nbassess_events.codec import parse_record
from nbassess_events.model import Recorded

from tests.unit.dashboards.scribe import Scribe
from tests.unit.dashboards.test_replay_engine import RandomRecording

START_MS = 1_795_000_000_000


def scribe() -> Scribe:
    made = Scribe(random=Random(1), now_ms=START_MS)
    made.load_page()
    made.open("p.ipynb", [{"id": "a", "cell_type": "code", "source": ""}])
    return made


def test_recording_packed_in_pieces_has_the_records_of_one_packed_at_once() -> None:
    records = RandomRecording(Random(4)).make(300)
    at_once, pieces = Packing(records), Packing(records[:100])
    for start in range(100, 300, 9):
        pieces.extend(records[start : min(300, start + 9)])
    assert [(client, event) for client, _, event in pieces.rows] == [(c, event) for c, _, event in at_once.rows]
    assert pieces.clients == at_once.clients
    assert pieces.records == at_once.records


def test_times_that_were_sent_stay_and_later_ones_never_come_before_them() -> None:
    """A late batch teaches that the client's clock was off; what the browser has already been told does not move."""
    records = RandomRecording(Random(4)).make(300)
    packing = Packing(records[:200])
    sent = [ms for _, ms, _ in packing.rows]
    late = [replace(record, received_ms=record.received_ms - 40_000) for record in records[200:]]
    packing.extend(late)
    times = [ms for _, ms, _ in packing.rows]
    assert times[:200] == sent
    assert times == sorted(times)


def test_whole_recording_has_no_flags() -> None:
    made = scribe()
    made.type("p.ipynb", "a", "x = 1")
    assert Packing(made.recorded()).flags(is_running=False) == []


def test_missing_event_becomes_a_flag_with_positions_and_times_since_the_first_record() -> None:
    made = scribe()
    made.wait(60)
    made.type("p.ipynb", "a", "x = 1 + 2 + 3")
    records = [record for record in made.records if record["event"]["seq"] != 5]
    numbered = [parse_record(record | {"position": index + 1}) for index, record in enumerate(records)]
    [flag, *_] = Packing(numbered).flags(is_running=False)
    assert (flag["kind"], flag["from_position"], flag["to_position"]) == ("gap", 5, 6)
    assert 60_000 <= flag["from_ms"] <= flag["to_ms"] < 70_000
    assert flag["text"].startswith("Record incomplete from 00:01:0")


def seen_by_the_server(is_late: bool) -> list[Recorded]:
    """A run that only the server has seen so far; then, if told, a minute of signs of life."""
    made = scribe()
    page = made.client
    server = Scribe(random=Random(2), now_ms=made.now_ms + 1000, records=made.records, client="5" * 16)
    server.add("server_started", server="2.21")
    server.add("server_execute", path="p.ipynb", cell="a", code_sha256="1" * 64, length=3)
    if is_late:
        made.now_ms = server.now_ms + 60_000
        made.add("heartbeat", wall_ms=made.now_ms)
    assert made.client == page
    return list(made.recorded())


def test_run_that_only_the_server_saw_is_a_flag_once_the_page_had_time_to_tell_it() -> None:
    kinds = [
        [flag["kind"] for flag in Packing(seen_by_the_server(is_late)).flags(is_running=is_running)]
        for is_late, is_running in ((False, True), (True, True), (False, False))
    ]
    assert "unseen_execution" not in kinds[0]
    assert "unseen_execution" in kinds[1]
    assert "unseen_execution" in kinds[2]
