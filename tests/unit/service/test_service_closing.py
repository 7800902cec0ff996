"""When a sitting closes: by the server's clock, for everybody alike, with credit for the time we were away."""

import pytest
from nbassess_hub.clock import ManualClock
from nbassess_hub.collector import intake
from nbassess_hub.collector.closing import Closing
from nbassess_hub.store.models import LateEvent, Sitting
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from tests.support.house import House, batch, opened, typed, url

LIMIT_S = 30 * 60
GRACE_S = 5


def late_count(house: House) -> int:
    with house.store.read() as session:
        return session.scalar(select(func.count()).select_from(LateEvent)) or 0


def test_a_warden_that_comes_late_lets_nobody_type_on(house: House) -> None:
    """threats F17: what is received after the deadline is late, though the sitting was not collected yet"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(source="")))
    house.clock.advance(seconds=LIMIT_S + GRACE_S)
    answer = server.post(url("api/sitting/events"), json=batch(typed(1, "too late")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sitting_ended")
    assert answer.json()["error"]["details"] == {"status": "collected", "kept": True}
    assert house.parts.warden.collect_due() == [sitting]
    assert house.admin().get(url(f"api/sittings/{sitting}")).json()["position"] == 1
    assert late_count(house) == 1


def test_what_came_late_is_counted_for_the_people_who_decide(house: House) -> None:
    """threats F17"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    server.post(url("api/sitting/submit"), json={})
    server.post(url("api/sitting/events"), json=batch(typed(1, "a"), typed(2, "b")))
    assert house.admin().get(url(f"api/sittings/{sitting}")).json()["late_events"] == 2


def test_late_events_of_one_sitting_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """threats F17, R10"""
    monkeypatch.setattr(intake, "MAX_LATE_BYTES", 2_000)
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/submit"), json={})
    answers = [
        server.post(url("api/sitting/events"), json=batch(typed(seq, "x" * 800))).json()["error"] for seq in range(4)
    ]
    assert [answer["details"]["kept"] for answer in answers] == [True, True, False, False]
    assert "more than is kept" in answers[3]["message"]
    assert late_count(house) == 2
    with house.store.read() as session:
        assert 1_600 < session.scalars(select(Sitting.late_bytes)).one() <= 2_000


def closing(clock: ManualClock) -> Closing:
    return Closing(clock=clock, grace_ms=5_000, catch_up_ms=15_000, up_since_ms=0)


def fail(watched: Closing) -> None:
    with pytest.raises(OperationalError), watched.watching():
        raise OperationalError("select", {}, ConnectionError("the database is away"))


def test_a_sitting_closes_at_its_deadline_and_grace() -> None:
    assert closing(ManualClock(0)).closes_ms(100_000) == 105_000


def test_time_without_a_database_is_credited_after_its_return() -> None:
    """threats F11, F22; invariant T"""
    clock = ManualClock(90_000)
    watched = closing(clock)
    fail(watched)
    clock.advance(seconds=40)
    assert watched.closes_ms(100_000) == 105_000
    with watched.watching():
        pass
    assert watched.closes_ms(100_000) == 130_000 + 15_000
    assert watched.closes_ms(200_000) == 205_000


def test_a_database_that_hung_is_credited_like_one_that_failed() -> None:
    """threats F11: a lock of 30 s"""
    clock = ManualClock(90_000)
    watched = closing(clock)
    with watched.watching():
        clock.advance(seconds=30)
    assert watched.closes_ms(100_000) == 120_000 + 15_000


def test_what_is_no_failure_of_the_database_is_not_credited() -> None:
    watched = closing(ManualClock(90_000))
    with pytest.raises(LookupError), watched.watching():
        raise LookupError
    with watched.watching():
        pass
    assert watched.closes_ms(100_000) == 105_000
