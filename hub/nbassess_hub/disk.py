"""Room on the disk: warn early, let nobody new in late, and keep a reserve for the sittings that run.

Saving and submitting are never refused. Two things make room for them. A work volume takes all its blocks from the
disk when its server starts (`volume`), so that what a candidate saves, and the recorder's journal, cannot fail later.
And the reserve, a file of real blocks in the state directory, is given back as soon as the disk is full, so that the
database can go on taking in recordings and submissions; it is made again when there is room.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nbassess_hub.clock import Clock
from nbassess_hub.settings_sections import Disk

log = logging.getLogger(__name__)

_TELL_AGAIN_MS = 3_600_000
_FULL_SHARE = 8
_GIB = 1024**3

REFUSAL = (
    "This site has no room for another sitting at the moment, so yours has not started: your time does not run and "
    "nothing of yours is lost. Tell the person who invited you, and try again when they say so."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of a file system is used, counted as `df` does, and how much is free."""

    used_percent: float
    free_bytes: int


Measure = Callable[[Path], Room]


def room_at(place: Path) -> Room:
    """Return the room of the file system that holds `place`, or that would hold it."""
    found = os.statvfs(next(path for path in (place, *place.parents) if path.exists()))
    used, free = found.f_blocks - found.f_bfree, found.f_bavail
    return Room(used_percent=100 * used / max(1, used + free), free_bytes=free * found.f_frsize)


def take_blocks(path: Path, size_bytes: int) -> None:
    """Give a file this size in real blocks, so that writing to it needs none; raises OSError when there are too few."""
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, size_bytes)


@dataclass(slots=True, kw_only=True)
class DiskWatch:
    """Look at the state directory's file system again and again, and keep the reserve."""

    place: Path
    bounds: Disk
    clock: Clock
    measure: Measure = room_at
    _told_ms: int | None = field(default=None, init=False)

    @property
    def reserve(self) -> Path:
        """Return the file whose blocks are given back when the disk is full."""
        return self.place / "reserve"

    def warning(self) -> str | None:
        """Return what the people who run this instance have to know, or None while there is room."""
        room = self.measure(self.place)
        if room.used_percent < self.bounds.warn_percent and not self._refuses(room):
            return None
        refuses = self._refuses(room)
        start = "Nobody new can start a sitting" if refuses else "Sittings can start"
        until = "" if refuses else f" until it is {self.bounds.refuse_percent} % full"
        return (
            f"The disk of this instance is {room.used_percent:.0f} % full ({room.free_bytes / _GIB:.1f} GiB free at "
            f"{self.place}). {start}{until}; those that run can be saved and submitted. Make room: remove old work "
            "volumes and logs, or move the state directory to a larger disk."
        )

    def refusal(self) -> str | None:
        """Return what a candidate is told who cannot start now, or None while there is room."""
        return REFUSAL if self._refuses(self.measure(self.place)) else None

    def _refuses(self, room: Room) -> bool:
        is_given_back = not self.reserve.exists() and room.free_bytes < 2 * self.bounds.reserve_bytes
        return is_given_back or room.used_percent >= self.bounds.refuse_percent

    def look(self) -> None:
        """Do one round: give the reserve back or take it again, and write a warning to the log once an hour."""
        self._keep_reserve()
        warning, now_ms = self.warning(), self.clock.now_ms()
        if warning is None:
            self._told_ms = None
        elif self._told_ms is None or now_ms - self._told_ms >= _TELL_AGAIN_MS:
            self._told_ms = now_ms
            log.warning("%s", warning)

    def _keep_reserve(self) -> None:
        free, size = self.measure(self.place).free_bytes, self.bounds.reserve_bytes
        if self.reserve.exists():
            if free < size // _FULL_SHARE:
                self.reserve.unlink()
                log.error("the disk of %s is full: the reserve of %d bytes was given back; make room", self.place, size)
        elif size and free >= 2 * size:
            self._take_reserve(size)

    def _take_reserve(self, size: int) -> None:
        draft = self.reserve.with_name(".reserve.draft")
        try:
            take_blocks(draft, size)
            draft.rename(self.reserve)
        except OSError as error:
            log.warning("%s: no reserve was made (%s)", self.reserve, error.strerror)
            with suppress(OSError):
                draft.unlink()
