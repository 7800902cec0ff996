"""Recordings as files, made from the store: whatever their size, with the memory of one page of records."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nbassess_events.codec import read_record
from nbassess_events.model import Recorded

from nbassess_hub.errors import Conflict
from nbassess_hub.progsnap.archive import pack
from nbassess_hub.progsnap.dataset import Dataset
from nbassess_hub.progsnap.subjects import Subject
from nbassess_hub.sealing.archive import file_name
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Seal

_PAGE_RECORDS = 5_000
_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recording as it was when the download began: what is recorded meanwhile is not part of it."""

    store: Store
    recordings: Recordings
    sitting: str
    position: int

    def lines(self) -> Iterator[bytes]:
        """Yield the event log: canonical JSON, one record a line, a page at a time."""
        for bodies in self._pages():
            yield "".join(f"{body}\n" for body in bodies).encode("ascii")

    def records(self) -> Iterator[Recorded]:
        """Yield the records, a page at a time."""
        for bodies in self._pages():
            yield from map(read_record, bodies)

    def _pages(self) -> Iterator[list[str]]:
        for after in range(0, self.position, _PAGE_RECORDS):
            until = min(after + _PAGE_RECORDS, self.position)
            with self.store.read() as session:
                bodies = list(self.recordings.bodies(session, self.sitting, after=after, until=until))
            yield bodies  # whoever reads slowly holds no connection meanwhile

    def sealed_file(self) -> Iterator[bytes]:
        """Return the blocks of the sealed file. Raises Conflict while there is none, SealError when it is lost."""
        with self.store.read() as session:
            seal = session.get(Seal, self.sitting)
            if seal is None:
                message = f"The recording of sitting {self.sitting} is not sealed yet; ask for jsonl, or try later."
                raise Conflict(message, code="not_sealed")
            self.recordings.archive.open(seal).close()  # it is the file that was sealed, or nothing is sent
            name = file_name(seal.sitting_id, seal.head)
        return _blocks(self.recordings.archive.storage.open(name))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def make_dataset(kept: Kept, subject: Subject) -> Path:
    """Make the ProgSnap2 dataset of a sitting as a zip in a folder of its own; whoever sent it removes the folder."""
    folder = Path(tempfile.mkdtemp(prefix="nbassess-download-"))
    try:
        name = f"nbassess-{subject.sitting}-progsnap2"
        with Dataset(folder / name) as dataset:
            dataset.add(subject, kept.records())
        pack(folder / name, folder / f"{name}.zip")
        shutil.rmtree(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / f"{name}.zip"
