"""The work volume of a sitting: bounded, and blind to symbolic links.

One file per sitting holds an ext4 file system that is mounted from a loop device. That gives three things a directory
cannot give on an ordinary disk: a size limit; `nosymfollow`, so that a link planted by code in a cell leads the Jupyter
server nowhere (it would follow one to its own token); and blocks reserved for root, so that the recorder's journal can
still be written when code in a cell has filled the disk. While it is mounted, the file has all its blocks, so that a
full disk of the host cannot fail what people save. Blocks that hold nothing go back to the host at `down`.

    <root>/<name>.img          the file system
    <root>/<name>/             where it is mounted
        work/                  root:2000 3770: the server and the kernel share it, neither can remove the other's files
        journal/               root:root 0700: the server's alone

`up`, `down` and `remove` may be repeated in any state, also half-way through one that was interrupted.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nbassess_hub.disk import take_blocks
from nbassess_hub.errors import BadInput, HostError
from nbassess_hub.host_command import Run, run_command

WORK_GROUP = 2000
MOUNT_OPTIONS = "loop,rw,nosymfollow,nosuid,nodev"
RESERVED_PERCENT = 5
_WORK_MODE = 0o3770
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Volume:
    """Where one sitting's two directories are on the host."""

    root: Path

    @property
    def work(self) -> Path:
        """Return what becomes /home/work."""
        return self.root / "work"

    @property
    def journal(self) -> Path:
        """Return what becomes /srv/journal."""
        return self.root / "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopVolumes:
    """Size-limited volumes below `root`; needs root on the host."""

    root: Path
    size_bytes: int
    run: Run = run_command

    def up(self, name: str) -> Volume:
        """Make and mount the volume where that has not happened yet.

        Raises:
            HostError: the host cannot make or mount it.
        """
        mount_point = self._mount_point(name)
        with self._lock():
            if not os.path.ismount(mount_point):
                self._make(name)
                with suppress(OSError):  # an existing one is needed in any case: somebody's work is in it
                    take_blocks(self._image(name), self.size_bytes)
                mount_point.mkdir(mode=0o700, exist_ok=True)
                self.run(["mount", "-t", "ext4", "-o", MOUNT_OPTIONS, str(self._image(name)), str(mount_point)])
            volume = Volume(mount_point)
            _lay_out(volume)
        return volume

    def down(self, name: str) -> None:
        """Unmount the volume; its content stays."""
        mount_point = self._mount_point(name)
        with self._lock():
            if os.path.ismount(mount_point):
                with suppress(HostError):  # a loop device that cannot discard keeps its blocks
                    self.run(["fstrim", str(mount_point)])
                self.run(["umount", str(mount_point)])
            if mount_point.is_dir():
                mount_point.rmdir()

    def remove(self, name: str) -> None:
        """Unmount the volume and delete its content for good."""
        self.down(name)
        with self._lock():
            self._image(name).unlink(missing_ok=True)
            self._draft(name).unlink(missing_ok=True)

    def _make(self, name: str) -> None:
        if self._image(name).exists():
            return
        draft = self._draft(name)
        with draft.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(self.size_bytes)
        self._fill(draft)
        options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0"
        self.run(["mkfs.ext4", "-q", "-F", "-m", str(RESERVED_PERCENT), "-E", options, str(draft)])
        draft.rename(self._image(name))

    def _fill(self, draft: Path) -> None:
        try:
            take_blocks(draft, self.size_bytes)
        except OSError as error:
            draft.unlink()
            raise HostError(
                f"{self.root}: {error.strerror}; a work volume takes {self.size_bytes} bytes, make room or lower "
                "limits.work_bytes"
            ) from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _image(self, name: str) -> Path:
        return self.root / f"{name}.img"

    def _draft(self, name: str) -> Path:
        return self.root / f".{name}.img.draft"

    def _mount_point(self, name: str) -> Path:
        return self.root / checked_name(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryVolumes:
    """Plain directories of the same shape, without a size limit: for trying out in mode local only."""

    root: Path

    def up(self, name: str) -> Volume:
        """Make the directories where they do not exist yet."""
        volume = Volume(self.root / checked_name(name))
        volume.work.mkdir(mode=0o700, parents=True, exist_ok=True)
        volume.journal.mkdir(mode=0o700, exist_ok=True)
        return volume


def checked_name(name: str) -> str:
    """Return `name`, or refuse one that could mean another place than a directory below the volumes'.

    Raises:
        BadInput: it holds anything but lower-case letters, digits and hyphens, or is longer than 63 characters.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name[:80]!r} cannot name a volume; use 1 to 63 lower-case letters, digits and hyphens")
    return name


def _lay_out(volume: Volume) -> None:
    try:
        volume.work.mkdir(exist_ok=True)
        volume.journal.mkdir(exist_ok=True)
        os.chown(volume.work, 0, WORK_GROUP)
        volume.work.chmod(_WORK_MODE)
        volume.journal.chmod(0o700)
    except OSError as error:
        raise HostError(
            f"{volume.root}: {error.strerror}; unmount it, run fsck on its image and start again"
        ) from error
