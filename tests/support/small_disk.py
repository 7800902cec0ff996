"""A real file system of a size that a test can fill."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbassess_hub.host_command import run_command

MIB = 1024**2


@contextmanager
def small_disk(folder: Path, *, size_bytes: int) -> Iterator[Path]:
    """Mount an ext4 file system of this size, without blocks kept for root; yields where it is."""
    image, place = folder / "disk.img", folder / "disk"
    with image.open("wb") as file:
        file.truncate(size_bytes)
    run_command(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)])
    place.mkdir()
    run_command(["mount", "-t", "ext4", "-o", "loop", str(image), str(place)])
    try:
        yield place
    finally:
        run_command(["umount", str(place)])


def fill(place: Path) -> Path:
    """Take every block that is left, and return the file that holds them."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (MIB, 4096, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    return filler
