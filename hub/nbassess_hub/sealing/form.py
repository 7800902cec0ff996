"""The sealed form of a recording: one Parquet file (zstd) that any Parquet reader opens.

A row is a record, in order; its position is its place. `rows` says how a record becomes columns and back. Beside it
stand: `moment_ms`, the record's time on the server's clock (`nbassess_events.timing`) less its `t_ms`; `link`, the
first four bytes of its link in the hash chain, so that the first record that was changed, taken out, put in or moved is
named exactly; `head`, the whole link, every thousand rows and in the last; `snapshot`, the state of all notebooks
*before* the record, every few hundred rows, from which a seek goes on.

What is true of the whole stands in the footer: sitting, number of records, head, the collector's signature over that
head with its public key, the rows that have snapshots. A seek reads the footer and a row group or two.

The encodings are Parquet's own: numbers as differences, repeated words as a dictionary. Two hours of typing take about
ten bytes an edit, four of which are the links.

Snapshots hold no outputs, only where these were recorded, and together never take more than a few times the records
themselves: where the notebooks are large, snapshots are further apart.

Snapshots and times only save work: both follow from the records by the rules of `nbassess_events`. The footer says by
which. A reader with other rules (a later version) leaves them alone and works both out from the records.
"""

import hashlib
from functools import cache
from pathlib import Path

import pyarrow as pa
from nbassess_events import document, replay, timing

VERSION = "1"
GROUP_ROWS = 5_000
GROUP_BYTES = 32 * 2**20
HEAD_EVERY = 1_000
SNAPSHOT_EVERY = 500
SNAPSHOT_SHARE = 4
LINK_BYTES = 4

SCHEMA = pa.schema(
    [
        ("client", pa.string()),
        ("received_ms", pa.int64()),
        ("seq", pa.int64()),
        ("t_ms", pa.int64()),
        ("moment_ms", pa.int64()),
        ("type", pa.string()),
        ("path", pa.string()),
        ("cell", pa.string()),
        ("source", pa.string()),
        ("at", pa.int32()),
        ("deleted", pa.int32()),
        ("inserted", pa.string()),
        ("rest", pa.string()),
        ("outputs", pa.string()),
        ("body", pa.string()),
        ("link", pa.binary(LINK_BYTES)),
        ("head", pa.binary(32)),
        ("snapshot", pa.string()),
    ]
)
RECORD_COLUMNS = tuple(name for name in SCHEMA.names if name not in ("moment_ms", "link", "head", "snapshot"))

_DICTIONARY = ["client", "type", "path", "cell", "source"]
_DIFFERENCES = ("received_ms", "seq", "t_ms", "moment_ms", "at")
_ENCODINGS = {
    **dict.fromkeys(_DIFFERENCES, "DELTA_BINARY_PACKED"),
    "inserted": "DELTA_LENGTH_BYTE_ARRAY",
}
WRITING = {
    "compression": "zstd",
    "compression_level": 9,
    "use_dictionary": _DICTIONARY,
    "column_encoding": _ENCODINGS,
    "write_statistics": False,
    "store_schema": False,
    "write_page_checksum": True,
    "data_page_size": 8 * 2**20,
    "write_batch_size": GROUP_ROWS,
}

META_VERSION = "nbassess.version"
META_SITTING = "nbassess.sitting"
META_RECORDS = "nbassess.records"
META_HEAD = "nbassess.head"
META_SIGNED = "nbassess.signed"
META_SNAPSHOTS = "nbassess.snapshots"
META_RULES = "nbassess.rules"


@cache
def rules() -> str:
    """Name the rules by which snapshots and times follow from records: a hash of the code that holds them."""
    parts = [Path(module.__file__ or "").read_bytes() for module in (document, replay, timing)]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
