"""Sealed recordings for tests: of made-up records, in a folder, and forged."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from nbassess_events.codec import record_bytes
from nbassess_events.model import Recorded
from nbassess_hub.sealing import form
from nbassess_hub.sealing.archive import Archive
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.sealing.writer import Statement, write_sealed

SITTING = "sitting1"


def recordings_in(folder: Path) -> Recordings:
    """All recordings, of which sealed ones lie below a folder."""
    return Recordings(Archive(Storage.of(str(folder / "recordings"))))


def texts(records: Sequence[Recorded]) -> list[str]:
    """The canonical texts of records, as the database has them."""
    return [record_bytes(record).decode("ascii") for record in records]


def sealed(bodies: Sequence[str], file: Path, *, signed: Statement | None = None) -> SealedRecording:
    """Seal canonical texts to a file and open it."""
    write_sealed(file, SITTING, lambda: bodies, signed)
    return open_sealed(file)


def open_sealed(file: Path) -> SealedRecording:
    """Open a sealed file."""
    return SealedRecording(BytesIO(file.read_bytes()), str(file))


def forged(file: Path, change: Callable[[pa.Table], pa.Table], **metadata: str) -> SealedRecording:
    """Change the rows (and metadata) of a sealed file as somebody who can write a Parquet file would, and open it."""
    original = pq.ParquetFile(file)
    kept = {key.decode(): value.decode() for key, value in original.metadata.metadata.items()}
    table = change(original.read())
    target = file.with_name(f"forged-{file.name}")
    with pq.ParquetWriter(target, form.SCHEMA, **form.WRITING) as writer:
        writer.write_table(table.cast(form.SCHEMA))
        writer.add_key_value_metadata(kept | metadata)
    return open_sealed(target)
