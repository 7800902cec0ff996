"""Heads of all recordings, published daily to a place that this installation cannot reach back into."""

import json
from datetime import date
from pathlib import Path

import pytest
from nbassess_events.chain import head_statement
from nbassess_hub.collector.signing import is_signed
from nbassess_hub.sealing.heads import Publisher, day_of, is_genuine
from nbassess_hub.sealing.storage import Storage

from tests.support.house import START_MS, House, batch, opened, typed, url

DAY_S = 86_400
FIRST_DAY = day_of(START_MS)


@pytest.fixture
def publisher(house: House, tmp_path: Path) -> Publisher:
    """The archivist's daily duty, with a folder that stands for the other system."""
    place = Storage.of(str(tmp_path / "elsewhere"))
    return Publisher(store=house.store, signer=house.parts.signer, storage=place, instance="nbassess")


def grown(house: House, name: str = "Ada") -> str:
    sitting = house.running(name)
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened()))
    return sitting


def to_the_next_day(house: House) -> None:
    into_day_ms = house.clock.now_ms() % (DAY_S * 1000)
    house.clock.advance(seconds=DAY_S - into_day_ms / 1000)


def read(publisher: Publisher, name: str) -> dict[str, object]:
    with publisher.storage.open(name) as file:
        document: dict[str, object] = json.loads(file.read())
    return document


def test_a_day_is_published_once_it_is_over_with_the_last_head_of_every_recording_that_grew(
    house: House, publisher: Publisher
) -> None:
    """threats R07"""
    first, second = grown(house, "Ada"), grown(house, "Bob")
    house.clock.advance(seconds=120)
    ack = house.server(f"s-{first}").post(url("api/sitting/events"), json=batch(typed(1, "a"))).json()
    assert publisher.publish_due() == []
    to_the_next_day(house)
    (name,) = publisher.publish_due()
    assert name == f"heads-nbassess-{FIRST_DAY.isoformat()}.json"
    document = read(publisher, name)
    heads = document["heads"]
    assert isinstance(heads, list)
    assert {each["sitting"]: each["position"] for each in heads} == {first: 2, second: 1}
    (newest,) = [each for each in heads if each["sitting"] == first]
    assert newest["head"] == ack["head"]
    statement = head_statement(first, position=2, head=ack["head"], at_ms=newest["at_ms"])
    assert is_signed(statement, newest["signature"], house.parts.signer.public_key)
    assert publisher.publish_due() == []


def test_a_published_document_that_was_changed_is_not_genuine(house: House, publisher: Publisher) -> None:
    """threats R07"""
    grown(house)
    to_the_next_day(house)
    (name,) = publisher.publish_due()
    document, key = read(publisher, name), house.parts.signer.public_key
    assert is_genuine(document, key)
    assert not is_genuine(document | {"heads": []}, key)
    assert not is_genuine(document | {"day": "2000-01-01"}, key)
    assert not is_genuine(document | {"signature": None}, key)


def test_days_on_which_the_other_system_was_away_are_published_later(
    house: House, publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    grown(house)
    (tmp_path / "elsewhere").write_text("not a folder")
    to_the_next_day(house)
    assert publisher.publish_due() == []
    assert "could not be published" in caplog.text
    (tmp_path / "elsewhere").unlink()
    to_the_next_day(house)
    assert [read(publisher, name)["day"] for name in publisher.publish_due()] == [
        FIRST_DAY.isoformat(),
        date.fromordinal(FIRST_DAY.toordinal() + 1).isoformat(),
    ]


def test_what_another_process_has_published_is_left_as_it_is(
    house: House, publisher: Publisher, tmp_path: Path
) -> None:
    grown(house)
    to_the_next_day(house)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"heads-nbassess-{FIRST_DAY.isoformat()}.json").write_text("there")
    assert publisher.publish_due() == []


def test_an_installation_without_recordings_publishes_nothing(house: House, publisher: Publisher) -> None:
    to_the_next_day(house)
    assert publisher.publish_due() == []


def test_the_api_gives_the_same_list_for_any_day_and_for_today_as_far_as_it_has_come(
    house: House, publisher: Publisher
) -> None:
    sitting = grown(house)
    today = house.admin().get(url("api/heads")).json()
    assert [each["sitting"] for each in today["heads"]] == [sitting]
    assert is_genuine(today, house.parts.signer.public_key)
    to_the_next_day(house)
    (name,) = publisher.publish_due()
    assert house.admin().get(url(f"api/heads?day={FIRST_DAY.isoformat()}")).json() == read(publisher, name)
    assert house.admin().get(url("api/heads")).json()["heads"] == []
    assert house.admin().get(url("api/heads?day=yesterday")).status_code == 422
