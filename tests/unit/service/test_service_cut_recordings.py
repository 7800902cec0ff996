"""A recording that was cut at its end, with the row of its sitting: what was signed and submitted still knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbassess_hub.sealing.sealer import Sealer
from nbassess_hub.store.models import Event
from sqlalchemy import select, text

from tests.support.house import House, url
from tests.unit.service.test_service_sealing import ended


def without_triggers(house: House, table: str, *statements: str) -> None:
    """Do what only the owner of the database can do."""
    with house.store.write() as session:
        if house.store.engine.dialect.name == "sqlite":
            names = "select name from sqlite_master where type = 'trigger' and tbl_name = :table"
            for name in session.scalars(text(names), {"table": table}).all():
                session.execute(text(f"drop trigger {name}"))
        else:
            session.execute(text(f"alter table {table} disable trigger user"))
        for statement in statements:
            session.execute(text(statement))


def cut(house: House) -> str:
    """A submitted sitting of five records, of which two were taken away."""
    sitting = ended(house)
    with house.store.read() as session:
        head = session.scalars(select(Event.hash).where(Event.position == 3)).one()
    without_triggers(
        house,
        "events",
        "delete from events where position > 3",
        f"update sittings set position = 3, head = '{head}'",
    )
    return sitting


@pytest.mark.parametrize("forgotten", ["signed_heads", "submissions"])
def test_a_recording_cut_at_its_end_is_not_verified_while_one_witness_is_left(house: House, forgotten: str) -> None:
    """threats R07"""
    sitting = cut(house)
    without_triggers(house, forgotten, "delete from jobs", f"delete from {forgotten}")
    found = house.admin().get(url(f"api/sittings/{sitting}/integrity")).json()
    assert (found["is_verified"], found["broken"]["kind"], found["broken"]["position"]) == (False, "truncated", 4)


def test_a_recording_cut_at_its_end_is_not_sealed(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """threats R07"""
    sitting = cut(house)
    archive = house.parts.recordings.archive
    sealer = Sealer(store=house.store, clock=house.clock, archive=archive, workdir=tmp_path, keep_rows_ms=0)
    assert sealer.seal_due() == []
    assert f"sitting {sitting}: the head signed after record 5 is not the end of the recording" in caplog.text
