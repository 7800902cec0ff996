"""The host's disk is full, really: recordings, saves and submissions go on, and nobody new starts (fault F10)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from nbassess_hub.errors import HostError
from nbassess_hub.settings_sections import Disk
from nbassess_hub.store.engine import open_store
from nbassess_hub.store.migrate import upgrade
from nbassess_hub.volume import LoopVolumes

from tests.support.house import House, batch, open_house, opened, submit_form, typed, url, wait_until
from tests.support.small_disk import MIB, fill, small_disk

pytestmark = pytest.mark.docker

RESERVE = 8 * MIB
TEXT = "x" * 50_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, size_bytes=96 * MIB) as mounted:
        yield mounted


@pytest.fixture
def house(disk: Path) -> Iterator[House]:
    """The service with its database on the small disk."""
    state = disk / "state"
    with ExitStack() as cleanup:
        store = open_store(f"sqlite:///{state / 'nbassess.sqlite'}")
        cleanup.callback(store.close)
        upgrade(store)
        house = open_house(store, disk, disk=Disk(reserve_bytes=RESERVE))
        cleanup.callback(house.parts.boots.close, wait=True)
        house.publish()
        yield house


def record_until_refused(house: House, sitting: str) -> int:
    """Send edits until the database finds no place for one; return its sequence number."""
    server = house.server(f"s-{sitting}")
    for seq in range(1, 1000):
        answer = server.post(url("api/sitting/events"), json=batch(typed(seq, TEXT)))
        if answer.status_code != 200:
            assert answer.status_code >= 500, answer.text
            return seq
        house.clock.advance(seconds=1)
    raise AssertionError("the disk was never full")


def test_recording_and_submitting_use_the_reserve_of_a_full_disk(house: House, disk: Path) -> None:
    """F10: nothing that was acknowledged is lost, and what was refused for a moment is taken by the next attempt."""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    house.parts.disk.look()
    reserve = disk / "state" / "reserve"
    assert reserve.stat().st_blocks * 512 >= RESERVE
    assert server.post(url("api/sitting/events"), json=batch(opened())).status_code == 200
    filler = fill(disk)
    refused = record_until_refused(house, sitting)

    house.parts.disk.look()

    assert not reserve.exists()
    answer = server.post(url("api/sitting/events"), json=batch(typed(refused, TEXT)))
    assert (answer.status_code, answer.json()["acked_seq"]) == (200, refused)
    receipt = server.post(url("api/sitting/submit"), json={"documents": {}})
    assert receipt.status_code == 200, receipt.text
    filler.unlink()
    house.parts.disk.look()
    assert reserve.exists()


def test_a_full_disk_is_told_to_staff_and_lets_nobody_new_start(
    house: House, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """F10: the alert, and a start that waits without its clock running until there is room."""
    house.parts.disk.look()
    filler = fill(disk)
    house.parts.disk.look()
    home = house.staff().get(url("home")).text
    assert "Nobody new can start a sitting; those that run can be saved and submitted" in home
    assert "Nobody new can start a sitting" in caplog.text
    assert "the reserve of 8388608 bytes was given back" in caplog.text
    browser = house.candidate()
    assert house.start(browser).status_code == 303
    told = browser.get(url("waiting/progress")).json()
    assert (told["state"], "no room for another sitting" in told["message"]) == ("failed", True)
    assert "no room for another sitting" in browser.get(url("waiting")).text
    assert house.hub.servers == {}

    filler.unlink()
    submit_form(browser, "waiting/retry", {})

    wait_until(lambda: browser.get(url("waiting/progress")).json()["state"] == "ready")
    house.parts.disk.look()
    assert "of this instance is" not in house.staff(name="lee").get(url("home")).text


def test_a_work_volume_holds_its_blocks_when_the_disk_is_full(disk: Path) -> None:
    """F10: what is saved or journalled never meets the host's full disk, but a new volume does, and says so."""
    volumes = LoopVolumes(root=disk / "volumes", size_bytes=24 * MIB)
    volume = volumes.up("s-1")
    try:
        fill(disk)
        saved = volume.work / "saved.bin"
        with saved.open("wb") as file:
            file.write(os.urandom(12 * MIB))
            file.flush()
            os.fsync(file.fileno())
        with (volume.journal / "journal").open("wb") as file:
            file.write(os.urandom(MIB))
            os.fsync(file.fileno())
        content = saved.read_bytes()
        with pytest.raises(HostError, match="make room or lower"):
            volumes.up("s-2")
        volumes.down("s-1")
        assert volumes.up("s-1").work.joinpath("saved.bin").read_bytes() == content
    finally:
        volumes.down("s-1")
    assert (disk / "volumes" / "s-1.img").stat().st_blocks * 512 < 20 * MIB  # what was free went back to the host
