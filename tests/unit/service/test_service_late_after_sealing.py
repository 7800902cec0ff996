"""What is sent again after the rows of a recording were dropped was stored already, and is nothing late."""

from pathlib import Path

from nbassess_hub.sealing.sealer import Sealer
from nbassess_hub.store.models import LateEvent
from sqlalchemy import select

from tests.support.house import House, batch, opened, typed, url
from tests.unit.service.test_service_sealing import ended


def test_events_of_a_sealed_recording_are_not_kept_as_late_when_they_are_sent_again(
    house: House, tmp_path: Path
) -> None:
    sitting = ended(house)
    archive = house.parts.recordings.archive
    sealer = Sealer(store=house.store, clock=house.clock, archive=archive, workdir=tmp_path, keep_rows_ms=0)
    assert (sealer.seal_due(), sealer.drop_due()) == ([sitting], [sitting])
    again = batch(opened(), *(typed(seq, "é") for seq in range(1, 6)))
    answer = house.server(f"s-{sitting}").post(url("api/sitting/events"), json=again)
    assert answer.json()["error"]["code"] == "sitting_ended"
    with house.store.read() as session:
        assert session.scalars(select(LateEvent.seq)).all() == [5], "only what is new"
