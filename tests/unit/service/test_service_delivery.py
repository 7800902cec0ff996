"""Whatever the way does to batches, and whatever a client's clock says: one recording, exact, in the server's order."""

from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient
from nbassess_events.codec import MAX_BATCH_BYTES, parse_record
from nbassess_events.timing import moments
from nbassess_hub.collector.limits import EVENTS, RateLimit
from nbassess_hub.errors import TooManyRequests

from tests.support.house import CLIENT, START_MS, House, batch, opened, typed, url

OTHER = "00000000000000bb"
HOUR_MS = 3_600_000


def records_of(house: House, sitting: str) -> list[dict[str, Any]]:
    page = house.admin().get(url(f"api/sittings/{sitting}/events")).json()
    with house.store.read() as session:
        assert house.parts.recordings.verify(session, sitting) == page["head"]
    records: list[dict[str, Any]] = page["records"]
    return records


def deliver(server: TestClient, batches: list[dict[str, Any]], random: Random) -> int:
    """Send batches in any order, some twice, until each was acknowledged; returns how many were refused as gaps."""
    waiting, refused = [*batches, *random.sample(batches, len(batches) // 2)], 0
    while waiting:
        sent = waiting.pop(random.randrange(len(waiting)))
        answer = server.post(url("api/sitting/events"), json=sent)
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "gap"
            refused += 1
            waiting.append(sent)
        else:
            assert answer.json()["acked_seq"] >= sent["events"][-1]["seq"]
    return refused


@pytest.mark.parametrize("seed", range(4))
def test_reordered_repeated_and_overlapping_batches_are_stored_once_in_order(house: House, seed: int) -> None:
    """threats R05"""
    sitting, random = house.running(), Random(seed)
    events = [opened(), *(typed(seq, chr(96 + seq), at=seq - 1) for seq in range(1, 13))]
    starts = sorted(random.sample(range(1, 13), 4))
    cuts = zip([0, *starts], [*starts, 13], strict=True)
    # Each batch begins a little before the end of the one before it, as after a lost acknowledgement.
    batches = [batch(*events[max(0, start - random.randint(0, 2)) : end]) for start, end in cuts]
    assert deliver(house.server(f"s-{sitting}"), batches, random) > 0
    assert [record["event"] for record in records_of(house, sitting)] == events


def dated(event: dict[str, Any], t_ms: int) -> dict[str, Any]:
    return event | {"t_ms": t_ms}


def test_wrong_clocks_and_steps_of_time_are_ordered_by_the_server_and_both_times_are_kept(house: House) -> None:
    """threats R06: one laptop is five hours ahead, another three behind; one is set back in the middle"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    ahead, behind = START_MS + 5 * HOUR_MS, START_MS - 3 * HOUR_MS
    sent = [
        (CLIENT, dated(opened(), ahead)),
        (OTHER, dated(opened(), behind)),
        (CLIENT, dated(typed(1, "a"), ahead + 1_000)),
        (OTHER, dated(typed(1, "b"), behind + 2_000)),
        (CLIENT, dated(typed(2, "c"), ahead - HOUR_MS)),
    ]
    for client, event in sent:
        assert server.post(url("api/sitting/events"), json=batch(event, client=client)).status_code == 200
        house.clock.advance(seconds=1)
    records = records_of(house, sitting)
    assert [(record["client"], record["event"]) for record in records] == sent
    assert [record["received_ms"] for record in records] == [START_MS + 1_000 * index for index in range(5)]
    times = moments([parse_record(record) for record in records])
    assert times == sorted(times)
    assert all(START_MS - HOUR_MS <= time <= START_MS + 2 * HOUR_MS for time in times)


def test_a_time_far_in_the_future_is_kept_as_it_was_said_and_moves_no_deadline(house: House) -> None:
    """threats R06"""
    sitting, far = house.running(), 2**53 - 1
    server = house.server(f"s-{sitting}")
    deadline_ms = server.get(url("api/sitting")).json()["deadline_ms"]
    server.post(url("api/sitting/events"), json=batch(dated(opened(), far)))
    (record,) = records_of(house, sitting)
    assert (record["event"]["t_ms"], record["received_ms"]) == (far, START_MS)
    assert server.get(url("api/sitting")).json()["deadline_ms"] == deadline_ms


def test_a_paste_of_ten_megabytes_is_refused_and_the_others_do_not_notice(house: House) -> None:
    """threats R10"""
    flooded, other = house.running("Ada"), house.running("Bob")
    server = house.server(f"s-{flooded}")
    assert server.post(url("api/sitting/events"), json=batch(opened())).status_code == 200
    for size, status in ((10 * 2**20, 413), (MAX_BATCH_BYTES // 2, 400)):
        assert server.post(url("api/sitting/events"), json=batch(typed(1, "x" * size))).status_code == status
    assert house.server(f"s-{other}").post(url("api/sitting/events"), json=batch(opened())).status_code == 200
    assert server.post(url("api/sitting/events"), json=batch(typed(1, "x"))).status_code == 200


def type_for_a_minute(limit: RateLimit, key: str, *, keys_per_s: float) -> None:
    for second in range(60):
        limit.spend(key, keys_per_s, second * 1000)


def test_an_hour_of_buffered_typing_passes_at_once_and_a_machines_typing_does_not() -> None:
    """threats R10, F13: five keys a second for an hour; and 10^5 keystrokes a minute"""
    limit = RateLimit(EVENTS, "events")
    for _ in range(36):
        limit.spend("patient", 500, 0)
    with pytest.raises(TooManyRequests):
        type_for_a_minute(limit, "machine", keys_per_s=100_000 / 60)
    limit.spend("somebody else", 500, 60_000)
