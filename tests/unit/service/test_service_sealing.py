"""Finished recordings are sealed to files, checked, and read from there as if the rows were still there."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nbassess_events.chain import head_statement
from nbassess_hub.collector.signing import is_signed
from nbassess_hub.sealing.archive import file_name
from nbassess_hub.sealing.sealer import Sealer
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.store.models import AuditRow, Event, Seal, SignedHead
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.support.house import House, batch, opened, typed, url

DAY_S = 86_400


@pytest.fixture
def sealer(house: House, tmp_path: Path) -> Sealer:
    """The archivist's hands, with rows that are kept for one day."""
    return Sealer(
        store=house.store,
        clock=house.clock,
        archive=house.parts.recordings.archive,
        workdir=tmp_path,
        keep_rows_ms=DAY_S * 1000,
    )


def ended(house: House, name: str = "Ada", events: int = 5) -> str:
    """A sitting with some events that was submitted."""
    sitting = house.running(name)
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(), *(typed(seq, "é") for seq in range(1, events))))
    assert server.post(url("api/sitting/submit"), json={}).status_code == 200
    return sitting


def seal_of(house: House, sitting: str) -> Seal:
    with house.store.read() as session:
        return session.scalars(select(Seal).where(Seal.sitting_id == sitting)).one()


def file_of(house: House, sitting: str) -> Path:
    return Path(seal_of(house, sitting).url)


def row_count(house: House, sitting: str) -> int:
    with house.store.read() as session:
        return session.scalar(select(func.count()).where(Event.sitting_id == sitting)) or 0


def answers(house: House, sitting: str) -> Iterator[bytes]:
    """Everything of a recording that the API hands out, page by page."""
    for after in (0, 2, 4, 5):
        yield house.admin().get(url(f"api/sittings/{sitting}/events?after={after}&limit=3")).content


def test_an_ended_sitting_is_sealed_once_and_its_seal_tells_the_file(house: House, sealer: Sealer) -> None:
    sitting, running = ended(house), house.running("Bob")
    house.server(f"s-{running}").post(url("api/sitting/events"), json=batch(opened()))
    assert sealer.seal_due() == [sitting]
    assert sealer.seal_due() == []
    seal = seal_of(house, sitting)
    content = file_of(house, sitting).read_bytes()
    assert (seal.bytes, seal.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (seal.records, seal.sealed_ms) == (5, house.clock.now_ms())
    assert file_of(house, sitting).name == file_name(sitting, seal.head)
    with house.store.read() as session:
        assert session.scalars(select(AuditRow.action)).all()[-1] == "seal"


def test_the_sealed_file_carries_the_collectors_signature_over_its_head(house: House, sealer: Sealer) -> None:
    """threats R07"""
    sitting = ended(house)
    sealer.seal_due()
    with house.store.read() as session:
        sealed = house.parts.recordings.sealed(session, sitting)
    assert sealed is not None
    assert sealed.signed is not None
    statement = head_statement(sitting, position=5, head=sealed.head, at_ms=sealed.signed.at_ms)
    assert is_signed(statement, sealed.signed.signature, house.parts.signer.public_key)
    assert sealed.signed.key == house.parts.signer.key


def test_readers_get_the_same_bytes_from_rows_and_from_the_sealed_file(house: House, sealer: Sealer) -> None:
    sitting = ended(house)
    from_rows = list(answers(house, sitting))
    assert json.loads(from_rows[1])["records"] != []
    sealer.seal_due()
    assert list(answers(house, sitting)) == from_rows
    house.clock.advance(seconds=DAY_S)
    assert sealer.drop_due() == [sitting]
    assert row_count(house, sitting) == 0
    assert list(answers(house, sitting)) == from_rows
    with house.store.read() as session:
        assert house.parts.recordings.verify(session, sitting) == json.loads(from_rows[0])["head"]
        assert [record.position for record in house.parts.recordings.records(session, sitting, until=2)] == [1, 2]


def test_rows_stay_for_the_days_that_are_set(house: House, sealer: Sealer) -> None:
    sitting = ended(house)
    sealer.seal_due()
    house.clock.advance(seconds=DAY_S - 1)
    assert sealer.drop_due() == []
    assert row_count(house, sitting) == 5
    assert replace(sealer, keep_rows_ms=0).drop_due() == [sitting]
    assert sealer.drop_due() == []


def test_reading_goes_on_while_rows_are_being_dropped(house: House, sealer: Sealer) -> None:
    """Dropping stopped in the middle: the first rows are gone, the last still there."""
    sitting = ended(house)
    before = list(answers(house, sitting))
    sealer.seal_due()
    with house.store.write() as session:
        session.execute(delete(Event).where(Event.sitting_id == sitting, Event.position <= 3))
    assert list(answers(house, sitting)) == before
    with house.store.read() as session:
        house.parts.recordings.verify(session, sitting)
    house.clock.advance(seconds=DAY_S)
    assert sealer.drop_due() == [sitting]
    assert row_count(house, sitting) == 0


def test_only_rows_that_a_seal_covers_may_be_deleted_and_none_be_changed(house: House, sealer: Sealer) -> None:
    """threats R07"""
    sealed, open_ = ended(house, "Ada"), ended(house, "Bob")
    sealer.seal(sealed)
    with pytest.raises(DBAPIError, match="append-only"), house.store.write() as session:
        session.execute(delete(Event).where(Event.sitting_id == open_))
    with pytest.raises(DBAPIError, match="append-only"), house.store.write() as session:
        session.execute(update(Event).where(Event.sitting_id == sealed).values(received_ms=1))
    extra = {"position": 6, "client": "x", "seq": 0, "received_ms": 1, "body": "{}", "hash": "0" * 64}
    with house.store.write() as session:
        session.execute(insert(Event).values(sitting_id=sealed, **extra))
    with pytest.raises(DBAPIError, match="append-only"), house.store.write() as session:
        session.execute(delete(Event).where(Event.sitting_id == sealed))
    if house.store.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), house.store.write() as session:
            session.execute(text("TRUNCATE events"))
    assert (row_count(house, sealed), row_count(house, open_)) == (6, 5)


def spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "lost":
        file.unlink()
    elif how == "cut":
        file.write_bytes(content[:-100])
    elif how == "changed":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif how == "emptied":
        file.write_bytes(b"")


@pytest.mark.parametrize("how", ["lost", "cut", "changed", "emptied"])
def test_a_lost_or_damaged_file_is_an_error_that_names_it_and_never_an_empty_recording(
    house: House, sealer: Sealer, how: str
) -> None:
    sitting = ended(house)
    sealer.seal_due()
    replace(sealer, keep_rows_ms=0).drop_due()
    file = file_of(house, sitting)
    spoil(file, how)
    answer = house.admin().get(url(f"api/sittings/{sitting}/events"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (500, "sealed_recording_unusable")
    for words in (str(file), sitting, seal_of(house, sitting).sha256, "not empty", "backup"):
        assert words in error["message"]


@pytest.mark.parametrize("how", ["lost", "cut", "changed"])
def test_rows_are_never_dropped_when_the_stored_file_is_not_sound(
    house: House, sealer: Sealer, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    sitting = ended(house)
    sealer.seal_due()
    good = file_of(house, sitting).read_bytes()
    spoil(file_of(house, sitting), how)
    house.clock.advance(seconds=DAY_S)
    assert sealer.drop_due() == []
    assert row_count(house, sitting) == 5
    assert f"sitting {sitting}: drop failed" in caplog.text
    file_of(house, sitting).write_bytes(good)
    assert sealer.drop_due() == [], "it is not tried again at once"
    house.clock.advance(seconds=30)
    assert sealer.drop_due() == [sitting]


def test_records_that_were_changed_in_the_database_are_not_sealed(
    house: House, sealer: Sealer, caplog: pytest.LogCaptureFixture
) -> None:
    """threats R07: past the trigger, as its owner could"""
    changed, sound = ended(house, "Ada"), ended(house, "Bob")
    with house.store.write() as session:
        without_trigger = {
            "sqlite": "DROP TRIGGER events_no_update",
            "postgresql": "DROP TRIGGER events_no_change ON events",
        }
        session.execute(text(without_trigger[house.store.engine.dialect.name]))
        where = (Event.sitting_id == changed) & (Event.position == 3)
        session.execute(update(Event).where(where).values(body=func.replace(Event.body, "type", "tipe")))
    assert sealer.seal_due() == [sound]
    assert f"sitting {changed}: seal failed" in caplog.text
    assert "were changed or lost" in caplog.text
    with house.store.read() as session, pytest.raises(ValueError, match="record 3 does not fit its link"):
        house.parts.recordings.verify(session, changed)


def test_a_storage_that_is_away_is_tried_again_and_keeps_nobody_waiting(
    house: House, sealer: Sealer, tmp_path: Path
) -> None:
    sitting = ended(house)
    place = Path(house.parts.settings.recordings_url)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("not a folder")
    assert sealer.seal_due() == []
    place.unlink()
    house.clock.advance(seconds=29)
    assert sealer.seal_due() == []
    house.clock.advance(seconds=1)
    assert sealer.seal_due() == [sitting]


class ErrorOfALibrary(Exception):
    """What a client of a storage raises, which is no OSError."""


def test_an_unknown_error_of_one_recording_keeps_the_others_waiting_no_longer_than_its_own(
    house: House, sealer: Sealer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = ended(house, "Ada"), ended(house, "Bob")
    put = Storage.put

    def put_or_fail(storage: Storage, file: Path, name: str) -> None:
        if name.startswith(bad):
            raise ErrorOfALibrary
        put(storage, file, name)

    monkeypatch.setattr(Storage, "put", put_or_fail)
    assert sealer.seal_due() == [good]
    assert f"sitting {bad}: seal failed, to be tried again" in caplog.text
    monkeypatch.undo()
    assert sealer.seal_due() == [], "it is not tried again at once"
    house.clock.advance(seconds=30)
    assert sealer.seal_due() == [bad]


def test_sealing_that_was_interrupted_after_storing_is_done_again_to_the_same_bytes(
    house: House, sealer: Sealer
) -> None:
    sitting = ended(house)
    sealer.seal_due()
    first = file_of(house, sitting).read_bytes()
    with house.store.write() as session:
        trigger = {"sqlite": "DROP TRIGGER seals_no_delete", "postgresql": "DROP TRIGGER seals_no_change ON seals"}
        session.execute(text(trigger[house.store.engine.dialect.name]))
        session.execute(delete(Seal))
    assert sealer.seal_due() == [sitting]
    assert file_of(house, sitting).read_bytes() == first
    assert [file.name for file in file_of(house, sitting).parent.iterdir()] == [file_of(house, sitting).name]


def test_an_empty_recording_is_not_sealed(house: House, sealer: Sealer) -> None:
    house.server(f"s-{house.running()}").post(url("api/sitting/submit"), json={})
    assert sealer.seal_due() == []


def test_a_sitting_that_ended_before_heads_were_signed_is_sealed_without_a_signature(
    house: House, sealer: Sealer
) -> None:
    sitting = ended(house)
    with house.store.write() as session:
        dialect = house.store.engine.dialect.name
        trigger = "signed_heads_no_delete" if dialect == "sqlite" else "signed_heads_no_change ON signed_heads"
        session.execute(text(f"DROP TRIGGER {trigger}"))
        session.execute(delete(SignedHead))
    assert sealer.seal_due() == [sitting]
    with house.store.read() as session:
        sealed = house.parts.recordings.sealed(session, sitting)
    assert sealed is not None
    assert (sealed.signed, sealed.position) == (None, 5)
