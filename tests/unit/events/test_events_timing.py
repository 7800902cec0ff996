"""When things happened: the server's origin, the client's distances, sleep and late delivery told apart.

Promise: R06, F16.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nbassess_events.codec import parse_event
from nbassess_events.model import Recorded
from nbassess_events.timing import moments, own_times

CLIENT = "a" * 16
SERVER = "b" * 16
HOUR = 3_600_000


def recording(*rows: tuple[int, int, int | None]) -> list[Recorded]:
    """Make records of (t_ms, received_ms, wall_ms of a heartbeat or None)."""
    records = []
    for seq, (t_ms, received_ms, wall_ms) in enumerate(rows):
        item: dict[str, Any] = {"seq": seq, "t_ms": t_ms}
        item |= {"type": "focus", "state": "blur"} if wall_ms is None else {"type": "heartbeat", "wall_ms": wall_ms}
        records.append(Recorded(position=seq + 1, client=CLIENT, received_ms=received_ms, event=parse_event(item)))
    return records


def test_a_laptop_clock_that_is_hours_off_changes_nothing() -> None:
    rows = [(5 * HOUR + n * 1000, 10_000 + n * 1000, None) for n in range(3)]
    assert moments(recording(*rows)) == [10_000, 11_000, 12_000]


def test_an_hour_without_network_does_not_move_what_was_typed_then() -> None:
    rows = [
        (0, 10_000, None),
        (60_000, 10_000 + HOUR, None),
        (120_000, 10_000 + HOUR, None),
        (HOUR, 10_000 + HOUR, None),
    ]
    assert moments(recording(*rows)) == [10_000, 70_000, 130_000, 10_000 + HOUR]


def test_what_a_dead_tab_left_is_not_moved_to_the_time_of_its_delivery() -> None:
    rows = [(0, 10_000, None), (1000, 11_000, None), (2000, 10_000 + HOUR, None)]
    assert moments(recording(*rows)) == [10_000, 11_000, 12_000]


def test_after_a_sleep_the_clock_that_stood_still_is_put_right() -> None:
    rows = [
        (0, 10_000, 0),
        (10_000, 20_000, 10_000),
        (20_000, 30_000 + HOUR, 20_000 + HOUR),
        (21_000, 31_000 + HOUR, None),
    ]
    assert moments(recording(*rows)) == [10_000, 20_000, 30_000 + HOUR, 31_000 + HOUR]


def test_a_wall_clock_that_was_set_is_not_taken_for_a_sleep() -> None:
    rows = [(0, 10_000, 0), (10_000, 20_000, 10_000 + HOUR), (20_000, 30_000, 5_000), (30_000, 40_000, None)]
    assert moments(recording(*rows)) == [10_000, 20_000, 30_000, 40_000]


@given(
    st.lists(
        st.tuples(st.integers(0, HOUR), st.integers(0, HOUR), st.none() | st.integers(0, 2 * HOUR)),
        min_size=1,
        max_size=30,
    )
)
def test_times_never_run_backwards_and_never_lie_after_all_receipts(rows: list[tuple[int, int, int | None]]) -> None:
    records = recording(*rows)
    times = moments(records)
    assert times == sorted(times)
    assert times[-1] <= max(record.received_ms for record in records)


def test_what_the_server_noted_meanwhile_does_not_move_what_a_cut_page_did() -> None:
    """F13, R02: the page's edits of an outage arrive after the server's heartbeats, and keep their times."""
    rows: list[tuple[str, int, int, dict[str, Any]]] = [
        (CLIENT, 0, 10_000, {"type": "focus", "state": "blur"}),
        (SERVER, 10_000, 10_000, {"type": "server_started", "server": "1"}),
        (SERVER, 70_000, 70_000, {"type": "server_heartbeat", "wall_ms": 70_000}),
        (CLIENT, 20_000, 80_000, {"type": "focus", "state": "focus"}),
        (CLIENT, 70_000, 80_000, {"type": "focus", "state": "blur"}),
        (SERVER, 81_000, 81_000, {"type": "server_heartbeat", "wall_ms": 81_000}),
    ]
    seqs = {CLIENT: count(), SERVER: count()}
    records = [
        Recorded(
            position=position,
            client=client,
            received_ms=received_ms,
            event=parse_event({"seq": next(seqs[client]), "t_ms": t_ms, **fields}),
        )
        for position, (client, t_ms, received_ms, fields) in enumerate(rows, start=1)
    ]
    assert moments(records) == [10_000, 10_000, 30_000, 30_000, 80_000, 81_000]
    assert own_times(records) == [10_000, 10_000, 70_000, 30_000, 80_000, 81_000]
