"""The database goes away and comes back under the service: a real PostgreSQL, really stopped."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade
from sqlalchemy.exc import OperationalError

from tests.support.house import House, batch, open_house, opened, typed, url, wait_until
from tests.support.postgres import Interruptible, interruptible_server, require_binaries

LIMIT_S = 30 * 60
GRACE_S = 5


@pytest.fixture
def server() -> Iterator[Interruptible]:
    """A database server of this test's own."""
    with interruptible_server(require_binaries()) as server:
        yield server


@pytest.fixture
def store(server: Interruptible, tmp_path: Path) -> Iterator[Store]:
    """Its database, migrated."""
    store = open_store(database_url(server.url, tmp_path))
    upgrade(store)
    yield store
    store.close()


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[House]:
    """The service on it."""
    house = open_house(store, tmp_path)
    house.publish()
    yield house
    house.parts.boots.close(wait=True)


def send(recorder: TestClient, *events: dict[str, Any]) -> Response:
    answer: Response = recorder.post(url("api/sitting/events"), json=batch(*events))
    return answer


def recorded(house: House, sitting: str) -> list[int]:
    page = house.admin().get(url(f"api/sittings/{sitting}/events")).json()
    return [record["event"]["seq"] for record in page["records"]]


def test_while_the_database_is_away_nothing_is_acknowledged_and_afterwards_nothing_is_lost(
    house: House, server: Interruptible
) -> None:
    """threats F22"""
    sitting = house.running()
    recorder = house.server(f"s-{sitting}")
    assert send(recorder, opened()).status_code == 200
    server.stop()
    answer = send(recorder, typed(1, "a"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_unavailable")
    assert "Nothing acknowledged is lost" in answer.json()["error"]["message"]
    server.start()
    assert send(recorder, typed(1, "a"), typed(2, "b")).json()["acked_seq"] == 2
    assert recorded(house, sitting) == [0, 1, 2]
    with house.store.read() as session:
        house.parts.recordings.verify(session, sitting)


def test_a_restart_of_the_database_under_typing_loses_and_doubles_no_batch(house: House, server: Interruptible) -> None:
    """threats F11, R05: the sender repeats until it is acknowledged, as the notebook server does"""
    sittings = [house.running(name) for name in ("Ada", "Bob")]
    enough, half = 40, threading.Event()

    def type_on(sitting: str) -> None:
        recorder, refused = house.server(f"s-{sitting}"), 0
        for seq in range(enough):
            while send(recorder, opened() if seq == 0 else typed(seq, "x")).status_code != 200:
                refused += 1
                assert refused < 5_000
            if seq == enough // 4:
                half.set()

    threads = [threading.Thread(target=type_on, args=(sitting,)) for sitting in sittings]
    for thread in threads:
        thread.start()
    assert half.wait(60)
    server.stop()
    server.start()
    for thread in threads:
        thread.join(120)
    for sitting in sittings:
        assert recorded(house, sitting) == list(range(enough))
        with house.store.read() as session:
            house.parts.recordings.verify(session, sitting)


def test_a_lock_on_the_tables_delays_a_batch_and_loses_none(house: House, server: Interruptible) -> None:
    """threats F11"""
    sitting = house.running()
    recorder, answers = house.server(f"s-{sitting}"), list[Response]()
    with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as other:
        other.execute("LOCK TABLE events, sittings IN ACCESS EXCLUSIVE MODE")
        sender = threading.Thread(target=lambda: answers.append(send(recorder, opened(), typed(1, "a"))))
        sender.start()
        wait_until(lambda: waiting(server) > 0)
        assert answers == []
    sender.join(60)
    assert [answer.json()["acked_seq"] for answer in answers] == [1]
    assert recorded(house, sitting) == [0, 1]


def waiting(server: Interruptible) -> int:
    """How many statements wait for a lock."""
    with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as link:
        row = link.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    assert row is not None
    return int(row[0])


def test_a_deadline_without_a_database_lets_in_what_was_buffered(house: House, server: Interruptible) -> None:
    """threats F11, F22, F17; invariant T: our time, not the candidate's"""
    sitting = house.running()
    recorder = house.server(f"s-{sitting}")
    send(recorder, opened(source=""))
    house.clock.advance(seconds=LIMIT_S - 10)
    server.stop()
    with pytest.raises(OperationalError):
        house.parts.warden.collect_due()
    house.clock.advance(seconds=60)
    server.start()
    assert house.parts.warden.collect_due() == []
    assert send(recorder, typed(1, "buffered")).status_code == 200
    house.clock.advance(seconds=15)
    assert send(recorder, typed(2, "too late")).status_code == 409
    assert house.parts.warden.collect_due() == [sitting]
    assert recorded(house, sitting) == [0, 1]


def test_a_submission_that_met_a_failing_database_is_repeated_and_made_once(
    house: House, server: Interruptible
) -> None:
    """threats F11, F14"""
    sitting = house.running()
    recorder = house.server(f"s-{sitting}")
    send(recorder, opened())
    server.stop()
    assert recorder.post(url("api/sitting/submit"), json={}).status_code == 503
    server.start()
    first = recorder.post(url("api/sitting/submit"), json={}).json()["receipt"]
    assert recorder.post(url("api/sitting/submit"), json={}).json()["receipt"] == first
