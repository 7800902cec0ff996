"""What a sealed two-hour recording of 50,000 edits takes: room, time to load, time to jump to any moment of it.

The recording is synthetic and seeded (`long_recording`). Loading fetches the file, compares its SHA-256, reads every
record and its time. Seeks go through another reader of the same file, opened before and otherwise fresh. The room is
given without the outputs, which have a line of their own.
"""

from __future__ import annotations

import gc
import hashlib
import tempfile
import time
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from nbassess_events.codec import record_bytes
from nbassess_hub.sealing.archive import Archive, file_name
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.sealing.writer import write_sealed
from nbassess_hub.store.models import Seal

from tests.bench.long_recording import LABEL, two_hours
from tests.bench.measure import Measurement, measured
from tests.bench.priority import ahead_of_others

_SITTING = "bench"
_LOADS = 5
_SEEKS = 300


def sealed_recording() -> list[Measurement]:
    """Seal the recording, load it some times, and seek to random moments."""
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-") as folder:
        file = Path(folder, "draft.parquet")
        seal = _sealed(file)
        archive = Archive(Storage.of(folder))
        archive.storage.put(file, file_name(_SITTING, seal.head))
        gc.freeze()  # what made the recording stays in memory, and must not be looked through while others load it
        with ahead_of_others():
            loads = [_load_s(archive, seal) for _ in range(_LOADS)]
            seeks = _seeks_ms(archive.open(seal))
        gc.unfreeze()
        outputs_mb = _column_bytes(file, "outputs") / 1e6
        return [
            measured("sealed_recording_mb", [seal.bytes / 1e6 - outputs_mb], "MB"),
            measured("sealed_outputs_mb", [outputs_mb], "MB"),
            measured("replay_load_s", loads, "s"),
            measured("replay_seek_ms", seeks, "ms"),
        ]


def _sealed(file: Path) -> Seal:
    bodies = [record_bytes(record).decode("ascii") for record in two_hours()]
    written = write_sealed(file, _SITTING, lambda: bodies, None)
    content = file.read_bytes()
    return Seal(
        sitting_id=_SITTING,
        url=LABEL,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        head=written.head,
        records=written.records,
        sealed_ms=0,
    )


def _load_s(archive: Archive, seal: Seal) -> float:
    begun = time.perf_counter()
    recording = archive.open(seal)
    records = list(recording.records())
    times = recording.times_ms
    taken = time.perf_counter() - begun
    assert len(records) == len(times) == seal.records
    return taken


def _seeks_ms(recording: SealedRecording) -> list[float]:
    random, taken = Random(1), []
    first, last = recording.times_ms[0], recording.times_ms[-1]
    for _ in range(_SEEKS):
        begun = time.perf_counter()
        state = recording.state_at(recording.position_at(random.randint(first, last)))
        taken.append((time.perf_counter() - begun) * 1000)
        assert state.documents
    return taken


def _column_bytes(file: Path, name: str) -> int:
    metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(metadata.num_columns)]
    return sum(column.total_compressed_size for column in columns if column.path_in_schema == name)
