"""Sealed recordings for tests: in a folder, or of records that are made up."""

from pathlib import Path

from nbassess_hub.sealing.archive import Archive
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.sealing.storage import Storage


def recordings_in(folder: Path) -> Recordings:
    """All recordings, of which sealed ones lie below a folder."""
    return Recordings(Archive(Storage.of(str(folder / "recordings"))))
