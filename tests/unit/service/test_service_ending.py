"""The end: what was recorded is what is submitted, at the deadline or before, whatever breaks meanwhile."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_events.codec import parse_record
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay
from nbassess_hub.collector.recording import records
from nbassess_hub.sittings import ending
from nbassess_hub.sittings.ending import compare
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import AuditRow, Event, Job, Sitting, Submission
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.house import House, batch, open_house, opened, typed, url
from tests.support.hubs import HubThatIsDown, HubWhoseServersHang
from tests.support.material import PATH

LIMIT_S = 30 * 60
GRACE_S = 5


def sitting_row(house: House, sitting_id: str) -> Sitting:
    with house.store.read() as session:
        return session.scalars(select(Sitting).where(Sitting.id == sitting_id)).one()


def answer_of(house: House, sitting_id: str) -> str:
    submission = house.admin().get(url(f"api/sittings/{sitting_id}/submission")).json()
    return str(submission["documents"][PATH]["cells"][2]["source"])


def test_submitting_returns_a_receipt_for_exactly_what_is_recorded(house: House) -> None:
    """threats R17"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    ack = server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "# mine\n"))).json()
    records = house.admin().get(url(f"api/sittings/{sitting}/events")).json()["records"]
    document = Replay([parse_record(record) for record in records]).end.documents[PATH]
    receipt = server.post(url("api/sitting/submit"), json={"documents": {PATH: document.digest()}}).json()["receipt"]
    stored = house.admin().get(url(f"api/sittings/{sitting}/submission")).json()
    assert (receipt["matches"], receipt["head"], receipt["position"]) == (True, ack["head"], 2)
    assert stored["documents"] == {PATH: document.to_json()}
    canonical = json.dumps(stored["documents"], sort_keys=True, separators=(",", ":")).encode()
    assert receipt["digest"] == stored["digest"] == hashlib.sha256(canonical).hexdigest()
    assert stored["is_complete"] is True


def test_half_a_surrogate_pair_can_be_submitted_and_read(house: House) -> None:
    """threats R11"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), content=json.dumps(batch(opened(), typed(1, "# \ud800\n"))).encode())
    server.post(url("api/sitting/submit"), json={"documents": {}})
    assert answer_of(house, sitting).startswith("# \ud800\n")


def test_submitting_twice_gives_one_submission_and_the_same_receipt(house: House) -> None:
    """threats F14"""
    server = house.server(f"s-{house.running()}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    first = server.post(url("api/sitting/submit"), json={"documents": {}}).json()
    house.clock.advance(seconds=3)
    assert server.post(url("api/sitting/submit"), json={"documents": {PATH: "ff"}}).json() == first
    with house.store.read() as session:
        assert len(session.scalars(select(Submission)).all()) == 1
        assert [job.purpose for job in session.scalars(select(Job))] == ["grade:first"]


@pytest.mark.parametrize(
    ("claimed", "matches"),
    [({}, None), ({"a": ""}, None), ({"a": "1"}, True), ({"a": "2"}, False), ({"b": "1"}, False)],
)
def test_the_browsers_digests_are_compared_with_the_replay(claimed: dict[str, str], matches: bool | None) -> None:
    assert compare(claimed, {"a": "1"}) is matches


def test_a_browser_that_disagrees_still_submits(house: House) -> None:
    """threats R16"""
    server = house.server(f"s-{house.running()}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    receipt = server.post(url("api/sitting/submit"), json={"documents": {PATH: "0" * 64}}).json()["receipt"]
    assert receipt["matches"] is False


def test_a_sitting_nobody_typed_in_can_be_submitted(house: House) -> None:
    receipt = house.server(f"s-{house.running()}").post(url("api/sitting/submit"), json={}).json()["receipt"]
    assert (receipt["position"], receipt["matches"]) == (0, None)


def test_at_the_deadline_what_was_typed_is_collected_though_never_run_or_submitted(house: House) -> None:
    """promise 1"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(source=""), typed(1, "typed only")))
    house.clock.advance(seconds=LIMIT_S + GRACE_S)
    assert house.parts.warden.collect_due() == [sitting]
    row = sitting_row(house, sitting)
    assert (row.status, row.end_reason, answer_of(house, sitting)) == ("collected", "deadline", "typed only")
    with house.store.read() as session:
        assert session.scalars(select(Job)).one().state == "queued"


def test_typing_under_way_at_the_deadline_is_taken_within_the_grace(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(source="")))
    house.clock.advance(seconds=LIMIT_S + GRACE_S - 1)
    assert house.parts.warden.collect_due() == []
    server.post(url("api/sitting/events"), json=batch(typed(1, "just in time")))
    house.clock.advance(seconds=1)
    house.parts.warden.collect_due()
    assert answer_of(house, sitting) == "just in time"


def test_collecting_twice_changes_nothing(house: House) -> None:
    house.running()
    house.clock.advance(seconds=LIMIT_S + GRACE_S)
    assert len(house.parts.warden.collect_due()) == 1
    assert house.parts.warden.collect_due() == []


def test_after_a_restart_buffered_typing_is_let_in_before_collecting(house: House) -> None:
    """threats F13, F22: time lost to our fault is credited"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(source="")))
    house.clock.advance(seconds=LIMIT_S + 600)
    house.parts.intake.closing.up_since_ms = house.clock.now_ms()
    assert house.parts.warden.collect_due() == []
    server.post(url("api/sitting/events"), json=batch(typed(1, "buffered")))
    house.clock.advance(seconds=15)
    assert house.parts.warden.collect_due() == [sitting]
    assert answer_of(house, sitting) == "buffered"


def test_an_ended_sittings_server_is_stopped_and_its_tokens_are_gone(house: House) -> None:
    """threats H05"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/submit"), json={})
    assert house.parts.warden.stop_servers() == []
    house.clock.advance(seconds=15)
    assert house.parts.warden.stop_servers() == [sitting]
    assert (house.hub.servers[f"s-{sitting}"], house.hub.revoked) == ("stopped", [f"s-{sitting}"])
    house.clock.advance(seconds=60)
    assert server.get(url("api/sitting")).status_code == 401
    with house.store.read() as session:
        actions = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert actions[-2:] == ["end", "stop-server"]


def test_a_server_that_cannot_be_stopped_delays_no_submission_and_is_tried_again(store: Store, tmp_path: Path) -> None:
    hub = HubWhoseServersHang()
    house = open_house(store, tmp_path, hub=hub)
    house.publish()
    sitting = house.running()
    house.clock.advance(seconds=LIMIT_S + GRACE_S)
    house.parts.warden.collect_due()
    assert sitting_row(house, sitting).status == "collected"
    attempts = 0
    for _ in range(200):
        house.clock.advance(seconds=1)
        house.parts.warden.stop_servers()
        attempts = sitting_row(house, sitting).stop_attempts
    assert 6 <= attempts <= 9
    hub.hangs = False
    house.clock.advance(seconds=60)
    assert house.parts.warden.stop_servers() == [sitting]


def test_a_hub_that_is_down_delays_no_submission(store: Store, tmp_path: Path) -> None:
    hub = HubThatIsDown()
    hub.is_down = False
    house = open_house(store, tmp_path, hub=hub)
    house.publish()
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    hub.is_down = True
    house.clock.advance(seconds=600)
    assert server.post(url("api/sitting/events"), json=batch(typed(1, "a"))).status_code == 200
    assert server.post(url("api/sitting/submit"), json={}).status_code == 200
    house.clock.advance(seconds=3)
    assert house.parts.warden.stop_servers() == []
    hub.is_down = False
    house.clock.advance(seconds=60)
    assert house.parts.warden.stop_servers() == [sitting]


def test_what_arrives_while_the_end_is_rebuilt_is_submitted_and_nothing_is_replayed_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(source="")))
    replayed: list[int] = []

    def and_meanwhile(session: Session, sitting_id: str, *, after: int) -> Iterator[Recorded]:
        for record in records(session, sitting_id, after=after):
            replayed.append(record.position)
            yield record
        if len(replayed) < 3:  # the sitting is not locked yet: typing goes on
            server.post(url("api/sitting/events"), json=batch(typed(len(replayed), str(len(replayed)))))

    monkeypatch.setattr(ending, "records", and_meanwhile)
    receipt = server.post(url("api/sitting/submit"), json={}).json()["receipt"]
    assert (receipt["position"], replayed) == (3, [1, 2, 3])
    assert answer_of(house, sitting) == "21"


def test_a_recording_that_cannot_be_read_to_its_end_is_submitted_as_far_as_it_can(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """threats R16"""
    broken, sound = house.running("Ada"), house.running("Bob")
    house.server(f"s-{broken}").post(url("api/sitting/events"), json=batch(opened(source="until here")))
    sever(house, broken)
    house.clock.advance(seconds=LIMIT_S + GRACE_S)
    assert set(house.parts.warden.collect_due()) == {broken, sound}
    assert f"sitting {broken}: no record can be read after 1" in caplog.text
    assert answer_of(house, broken) == "until here"
    assert house.admin().get(url(f"api/sittings/{broken}/submission")).json()["is_complete"] is False


def sever(house: House, sitting_id: str) -> None:
    """Put something unreadable where a record should be, past the trigger."""
    with house.store.write() as session:
        row = {"sitting_id": sitting_id, "position": 2, "client": "x", "seq": 0, "received_ms": 1}
        session.add(Event(**row, body="{", hash="0" * 64))


def test_the_candidate_sees_what_was_recorded_and_a_receipt(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    server = house.server(f"s-{house.sitting_id_of(browser)}")
    server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a")))
    receipt = server.post(url("api/sitting/submit"), json={}).json()["receipt"]
    page = browser.get(url("ended")).text
    for words in (receipt["digest"], receipt["head"], receipt["submission_id"], "<dd>2</dd>"):
        assert words in page
    assert browser.get(url("")).headers["location"] == url("ended")


def test_a_recording_with_a_gap_is_said_to_have_one(house: House) -> None:
    """threats R17"""
    browser = house.candidate()
    house.start(browser)
    sitting = house.sitting_id_of(browser)
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a", at=9_999)))
    server.post(url("api/sitting/submit"), json={})
    assert house.admin().get(url(f"api/sittings/{sitting}/submission")).json()["is_complete"] is False
    assert "The recording has a gap" in browser.get(url("ended")).text


def test_a_synthetic_sitting_has_the_callers_clock_and_the_same_end(house: House) -> None:
    admin, then = house.admin(), house.clock.now_ms() - 86_400_000
    body = {"assessment": "small", "candidate_name": "Robot", "started_ms": then}
    made = admin.post(url("api/synthetic/sittings"), json=body).json()
    sitting = made["id"]
    for address in (f"api/sitting/events?sitting={sitting}&received_ms={then + 5}", f"api/sittings/{sitting}/events"):
        assert admin.post(url(address), json=batch(opened(), typed(1, "x"))).status_code == 200
    assert house.parts.warden.collect_due() == []
    end = {"ended_ms": then + 60_000, "end_reason": "submitted"}
    receipt = admin.post(url(f"api/synthetic/sittings/{sitting}/finish"), json=end).json()["receipt"]
    row = admin.get(url("api/sittings")).json()["sittings"][0]
    assert (row["is_synthetic"], row["started_ms"], row["ended_ms"]) == (True, then, then + 60_000)
    assert (receipt["position"], row["status"], row["end_reason"]) == (2, "submitted", "submitted")
    assert "synthetic" in house.staff("manager", "max").get(url("home")).text
    assert house.parts.warden.stop_servers() == []


def test_a_persons_sitting_cannot_be_finished_as_a_synthetic_one(house: House) -> None:
    sitting = house.running()
    end = {"ended_ms": 1, "end_reason": "submitted"}
    answer = house.admin().post(url(f"api/synthetic/sittings/{sitting}/finish"), json=end)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_synthetic")
    assert sitting_row(house, sitting).status == "running"


def test_a_submission_can_be_graded_again_and_says_why(house: House) -> None:
    sitting = house.running()
    assert house.admin().post(url(f"api/sittings/{sitting}/grade")).status_code == 404
    house.server(f"s-{sitting}").post(url("api/sitting/submit"), json={})
    with house.store.write() as session:
        session.scalars(select(Job)).one().state = "done"
    answer = house.admin().post(url(f"api/sittings/{sitting}/grade"), json={"reason": "case 3 was wrong"})
    assert answer.json()["job"]["purpose"] == "grade:2"
    with house.store.read() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.action == "grade")).one().reason == "case 3 was wrong"
