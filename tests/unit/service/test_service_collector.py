"""The collector: what is acknowledged is stored, once, in order, for the right sitting."""

import json
import threading

import pytest
from nbassess_events.chain import verify
from nbassess_events.codec import parse_record
from nbassess_hub.api.parts import Rates
from nbassess_hub.collector.limits import Allowance, RateLimit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import AuditRow, Candidate, Event, LateEvent
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from tests.support.house import CLIENT, House, batch, open_house, opened, typed, url


def test_a_batch_is_acknowledged_with_its_last_event_and_the_chains_end(house: House) -> None:
    sitting = house.running()
    answer = house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened(), typed(1, "a")))
    assert answer.json() | {"head": "-", "signed": "-"} == {"acked_seq": 1, "head": "-", "position": 2, "signed": "-"}
    with house.store.read() as session:
        assert house.parts.recordings.verify(session, sitting) == answer.json()["head"]


def test_a_repeated_batch_changes_nothing_and_is_acknowledged_again(house: House) -> None:
    """threats R05"""
    server = house.server(f"s-{house.running()}")
    first = server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a"))).json()
    again = server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a"))).json()
    longer = server.post(url("api/sitting/events"), json=batch(typed(1, "a"), typed(2, "b"))).json()
    assert (again, longer["position"], longer["acked_seq"]) == (first, 3, 2)


def test_a_hole_is_refused_with_the_number_to_go_on_from(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    answer = server.post(url("api/sitting/events"), json=batch(typed(3, "a")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "gap")
    assert answer.json()["error"]["details"] == {"expected_seq": 1}
    assert count(house, Event) == 1


def test_two_tabs_have_sequences_of_their_own_in_one_recording(house: House) -> None:
    """threats R13"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    other = server.post(url("api/sitting/events"), json=batch(opened(), client="00000000000000bb")).json()
    assert (other["acked_seq"], other["position"]) == (0, 2)


def test_tabs_that_send_at_once_make_one_unbroken_chain(house: House) -> None:
    sitting = house.running()

    def send(client: str) -> None:
        server = house.server(f"s-{sitting}")
        for seq in range(8):
            event = opened(seq) if seq == 0 else typed(seq, "x")
            assert server.post(url("api/sitting/events"), json=batch(event, client=client)).status_code == 200

    threads = [threading.Thread(target=send, args=(f"{number:016x}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with house.store.read() as session:
        house.parts.recordings.verify(session, sitting)
    assert count(house, Event) == 32


def showing(value: str) -> bytes:
    """A batch with a cell's output that holds this JSON."""
    run = {"execution_count": 1, "duration_ms": 1, "ok": True, "truncated": False, "outputs": [{"data": "VALUE"}]}
    event = {"seq": 0, "t_ms": 0, "type": "execution_finished", "path": "x", "cell": "y", **run}
    return json.dumps(batch(event)).replace('"VALUE"', value).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b'{"v": 2, "client": "00000000000000aa", "events": []}',
        json.dumps(batch(opened(), typed(2, "hole"))).encode(),
        json.dumps(batch({"seq": 0, "t_ms": 1, "type": "unheard_of"})).encode(),
        b'{"v":1,"client":"00000000000000aa","events":[{"seq":0,"t_ms":NaN,"type":"saved","path":"x"}]}',
        b"[" * 100_000,
        showing("1e999"),
        showing("[" * 960 + "]" * 960),
    ],
)
def test_a_malformed_batch_is_refused_whole_and_says_why(house: House, body: bytes) -> None:
    server = house.server(f"s-{house.running()}")
    answer = server.post(url("api/sitting/events"), content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_batch")
    assert "cannot be stored" in answer.json()["error"]["message"]
    assert count(house, Event) == 0


def test_hostile_text_is_stored_and_returned_unchanged(house: House) -> None:
    """threats R11"""
    text = "\x00 \ud800 </script> \r\n \u202e 𝔘"
    sitting = house.running()
    house.server(f"s-{sitting}").post(
        url("api/sitting/events"), content=json.dumps(batch(opened(), typed(1, text))).encode()
    )
    records = house.admin().get(url(f"api/sittings/{sitting}/events")).json()["records"]
    assert records[1]["event"]["ops"] == [[0, 0, text]]


def test_events_for_somebody_elses_sitting_are_refused_and_audited(house: House) -> None:
    """threats R12"""
    mine, other = house.running("Ada"), house.running("Bob")
    answer = house.server(f"s-{mine}").post(url(f"api/sittings/{other}/events"), json=batch(opened()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_sitting")
    with house.store.read() as session:
        row = session.scalar(select(AuditRow).where(AuditRow.action == "foreign-events"))
        assert row is not None
        assert (row.actor, row.subject) == (f"s-{mine}", f"sitting:{other}")
    assert count(house, Event) == 0


def test_a_sitting_that_does_not_exist_looks_like_somebody_elses(house: House) -> None:
    """threats I14"""
    mine = house.running()
    answer = house.server(f"s-{mine}").post(url("api/sittings/nosuchthing/events"), json=batch(opened()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_sitting")


def test_a_character_that_no_database_keeps_is_no_failure_of_the_database(house: House) -> None:
    server = house.server(f"s-{house.running()}")
    asked = [
        server.post(url("api/sittings/%00/events"), json=batch(opened())),
        house.admin().get(url("api/sittings/%00")),
        house.admin().post(url("api/invitations"), json={"assessment": "\0", "candidate_name": "Ada"}),
    ]
    assert all(answer.status_code in (400, 403, 404) for answer in asked), [answer.text for answer in asked]


def test_own_events_may_be_posted_with_the_sittings_id(house: House) -> None:
    mine = house.running()
    answer = house.server(f"s-{mine}").post(url(f"api/sittings/{mine}/events"), json=batch(opened()))
    assert answer.json()["position"] == 1


def test_events_after_the_end_are_kept_apart(house: House) -> None:
    """threats F17"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    server.post(url("api/sitting/submit"), json={"documents": {}})
    for _ in range(2):
        answer = server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "late")))
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sitting_ended")
    late = house.admin().get(url(f"api/sittings/{sitting}/late-events")).json()["events"]
    assert [(one["client"], one["event"]["seq"]) for one in late] == [(CLIENT, 1)]
    assert (count(house, Event), count(house, LateEvent)) == (1, 1)


def test_events_before_the_start_are_refused(house: House) -> None:
    browser = house.candidate()
    sitting = house.parts.starting.create(candidate_id=candidate_id(house), assessment_id="small", version=1)
    assert browser is not None
    answer = house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sitting_not_started")


def test_a_person_cannot_choose_when_events_were_received(house: House) -> None:
    sitting = house.running()
    answer = house.server(f"s-{sitting}").post(url("api/sitting/events?received_ms=1"), json=batch(opened()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_synthetic")


def test_the_administrator_cannot_add_to_a_persons_recording(house: House) -> None:
    sitting = house.running()
    answer = house.admin().post(url(f"api/sittings/{sitting}/events?received_ms=1"), json=batch(opened()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_synthetic")


def test_a_flood_is_slowed_down_and_told_when_to_come_back(store: Store, tmp_path: object) -> None:
    """threats R10, I04"""
    rates = Rates(events=RateLimit(Allowance(burst=3, per_s=1), "events"))
    house = open_house(store, tmp_path, rates=rates)  # type: ignore[arg-type] # pytest's tmp_path is a Path
    house.publish()
    server, other = house.server(f"s-{house.running('Ada')}"), house.server(f"s-{house.running('Bob')}")
    sent = [server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a"), typed(2, "b")))]
    sent.append(server.post(url("api/sitting/events"), json=batch(typed(3, "c"))))
    assert [answer.status_code for answer in sent] == [200, 429]
    assert sent[1].headers["Retry-After"] == str(sent[1].json()["error"]["details"]["retry_after_s"])
    assert other.post(url("api/sitting/events"), json=batch(opened())).status_code == 200
    house.clock.advance(seconds=int(sent[1].headers["Retry-After"]))
    assert server.post(url("api/sitting/events"), json=batch(typed(3, "c"))).status_code == 200


def test_a_changed_record_breaks_the_chain_visibly(house: House) -> None:
    """threats R07: the trigger refuses, and whoever gets around it is found"""
    sitting = house.running()
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened(), typed(1, "a")))
    with pytest.raises(DBAPIError), house.store.write() as session:
        session.execute(update(Event).values(received_ms=1))
    answer = house.admin().get(url(f"api/sittings/{sitting}/events")).json()
    records = [parse_record(record) for record in answer["records"]]
    assert verify(sitting, records, head=answer["head"]) == answer["head"]
    with pytest.raises(ValueError, match="head is"):
        verify(sitting, records[:-1], head=answer["head"])


def test_recordings_are_read_page_by_page(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(), *(typed(seq, "x") for seq in range(1, 6))))
    page = house.admin().get(url(f"api/sittings/{sitting}/events?after=2&limit=3")).json()
    assert [record["position"] for record in page["records"]] == [3, 4, 5]
    assert page["position"] == 6


def count(house: House, table: type) -> int:
    with house.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def candidate_id(house: House) -> str:
    with house.store.read() as session:
        return session.scalars(select(Candidate.id)).one()
