"""The watch over the disk, on disks that are as full as a test says (fault F10)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbassess_hub.clock import ManualClock
from nbassess_hub.disk import DiskWatch, Room, room_at
from nbassess_hub.doctor import checks
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Disk, Instance, Spawn

GIB = 1024**3


@dataclass
class DiskOfThisUse:
    """A disk of 100 GiB."""

    used_percent: float

    def __call__(self, _place: Path) -> Room:
        return Room(used_percent=self.used_percent, free_bytes=round(GIB * (100 - self.used_percent)))


def watch(tmp_path: Path, disk: DiskOfThisUse, clock: ManualClock) -> DiskWatch:
    return DiskWatch(place=tmp_path, bounds=Disk(reserve_bytes=1024**2), clock=clock, measure=disk)


@pytest.mark.parametrize(
    ("used", "warns", "refuses"), [(79.9, False, False), (80, True, False), (94.9, True, False), (95, True, True)]
)
def test_staff_are_warned_from_80_and_candidates_kept_out_from_95_percent(
    tmp_path: Path, used: float, warns: bool, refuses: bool
) -> None:
    found = watch(tmp_path, DiskOfThisUse(used), ManualClock(0))
    found.look()
    assert (found.warning() is not None, found.refusal() is not None) == (warns, refuses)
    assert ("until it is 95 % full" in (found.warning() or "")) == (warns and not refuses)


def test_the_log_is_told_at_once_then_once_an_hour_and_again_after_it_got_better(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk, clock = DiskOfThisUse(85), ManualClock(0)
    found = watch(tmp_path, disk, clock)

    def told(after_s: float, used: float) -> int:
        caplog.clear()
        clock.advance(seconds=after_s)
        disk.used_percent = used
        with caplog.at_level(logging.WARNING):
            found.look()
        return len(caplog.records)

    assert [told(0, 85), told(3599, 90), told(1, 90), told(10, 70), told(10, 81)] == [1, 0, 1, 0, 1]


def test_a_disk_without_room_for_the_reserve_has_none_and_lets_nobody_new_start(tmp_path: Path) -> None:
    found = watch(tmp_path, DiskOfThisUse(99.999), ManualClock(0))
    found.look()
    assert not found.reserve.exists()
    assert found.refusal() is not None


def test_no_reserve_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    found = DiskWatch(place=tmp_path, bounds=Disk(reserve_bytes=0), clock=ManualClock(0), measure=DiskOfThisUse(10))
    found.look()
    assert list(tmp_path.iterdir()) == []
    assert found.refusal() is None


def test_a_place_that_does_not_exist_yet_has_the_room_of_the_one_above(tmp_path: Path) -> None:
    assert room_at(tmp_path / "not" / "yet").used_percent == pytest.approx(room_at(tmp_path).used_percent, abs=0.5)


def test_the_doctor_names_the_share_in_use_and_warns_from_the_same_bound(tmp_path: Path) -> None:
    used = room_at(tmp_path).used_percent
    for bound, ok in ((max(1, int(used) - 1), False), (100, True)):
        settings = Settings(
            instance=Instance(state_dir=str(tmp_path)), spawn=Spawn(mode="local"), disk=Disk(warn_percent=bound)
        )
        found = next(check for check in checks(settings) if check.name == "disk use")
        assert (found.ok, found.required) == (ok, False)
        assert str(tmp_path) in found.detail
