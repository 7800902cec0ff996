"""A sealed file that somebody had in hands: the first record that does not fit is named. Promise: R07."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from nbassess_events import chain
from nbassess_hub.clock import ManualClock
from nbassess_hub.collector.signing import Signer
from nbassess_hub.errors import SealError
from nbassess_hub.integrity.files import read_taken
from nbassess_hub.integrity.heads import Witnessed
from nbassess_hub.integrity.verdict import Trusted, Verdict, judge
from nbassess_hub.sealing import form
from nbassess_hub.sealing.writer import Statement

from tests.support.sealing import SITTING, forged, sealed, texts
from tests.unit.progsnap.recordings import A, Tape

COUNT = 40


def recording() -> list[str]:
    tape = Tape().opened(A, "")
    for number in range(COUNT - 1):
        tape.edit(A, "c0", (number, 0, "abcd"[number % 4]))
    return texts(tape.records)


BODIES = recording()


def head_of(bodies: list[str]) -> str:
    head = chain.genesis(SITTING)
    for body in bodies:
        head = chain.link(head, body.encode())
    return head


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.of(tmp_path / "secrets", ManualClock(1_800_000_000_000))


@pytest.fixture
def file(tmp_path: Path, signer: Signer) -> Path:
    made = signer.sign_head(SITTING, position=COUNT, head=head_of(BODIES))
    statement = Statement(at_ms=made.at_ms, key=made.key, signature=made.signature, public_key=signer.public_key)
    sealed(BODIES, tmp_path / "r.parquet", signed=statement)
    return tmp_path / "r.parquet"


def verdict_of(file: Path, signer: Signer, *outside: Witnessed) -> Verdict:
    return judge(read_taken(file), outside, Trusted(keys={signer.key: signer.public_key}, are_all=True))


def test_a_sealed_file_is_verified_by_itself(file: Path, signer: Signer) -> None:
    verdict = verdict_of(file, signer)
    assert (verdict.broken, verdict.records, verdict.head) == (None, COUNT, head_of(BODIES))
    assert verdict.compared == (f"the head in the file, signed with key {signer.key}",)


def without(table: pa.Table, *rows: int) -> pa.Table:
    return table.take([index for index in range(table.num_rows) if index not in rows])


def with_text(table: pa.Table, row: int, text: str) -> pa.Table:
    column = table.column("inserted").to_pylist()
    column[row] = text
    index = table.schema.get_field_index("inserted")
    return table.set_column(index, table.schema.field(index), pa.array(column, pa.string()))


def dated(table: pa.Table, row: int) -> pa.Table:
    column = table.column("received_ms").to_pylist()
    column[row] += 5_000
    index = table.schema.get_field_index("received_ms")
    return table.set_column(index, table.schema.field(index), pa.array(column, pa.int64()))


def swapped(table: pa.Table, one: int, other: int) -> pa.Table:
    order = list(range(table.num_rows))
    order[one], order[other] = order[other], order[one]
    return table.take(order)


@pytest.mark.parametrize(
    ("change", "position", "kind"),
    [
        (lambda table: with_text(table, 11, "zz"), 12, "changed"),
        (lambda table: without(table, 11), 12, "missing"),
        (lambda table: table.take([*range(12), 11, *range(12, COUNT)]), 13, "inserted"),
        (lambda table: without(table, 38, 39), 39, "truncated"),
        (lambda table: swapped(table, 11, 20), 12, "reordered"),
        (lambda table: dated(table, 11), 12, "re-dated"),
    ],
)
def test_the_first_broken_record_of_a_sealed_file_is_named(
    file: Path, signer: Signer, change: Callable[[pa.Table], pa.Table], position: int, kind: str
) -> None:
    forged(file, change)
    verdict = verdict_of(file.with_name("forged-r.parquet"), signer)
    assert verdict.broken is not None
    assert (verdict.broken.position, verdict.broken.kind) == (position, kind)


def test_a_footer_that_speaks_of_fewer_records_does_not_carry_the_signature(file: Path, signer: Signer) -> None:
    """Cut the end off, and say that it was never there."""
    cut = BODIES[: COUNT - 5]
    metadata = {form.META_RECORDS: str(len(cut)), form.META_HEAD: head_of(cut)}
    forged(file, lambda table: table.slice(0, len(cut)), **metadata)
    verdict = verdict_of(file.with_name("forged-r.parquet"), signer)
    assert verdict.broken is not None
    assert "never signed that head" in verdict.broken.message


def test_a_sealed_file_made_anew_does_not_fit_the_receipt(file: Path, signer: Signer, tmp_path: Path) -> None:
    other = [body.replace('"abcd"', '"x"') for body in BODIES]
    other[5] = other[5].replace('"received_ms":', '"received_ms":1')
    sealed(other, tmp_path / "other.parquet")
    receipt = Witnessed(head=head_of(BODIES), position=COUNT, source="the receipt")
    verdict = verdict_of(tmp_path / "other.parquet", signer, receipt)
    assert verdict.broken is not None
    assert verdict.broken.kind == "rewritten"


def test_a_file_with_a_flipped_byte_names_where_reading_stops(file: Path, signer: Signer) -> None:
    data = bytearray(file.read_bytes())
    data[40] ^= 0xFF
    file.write_bytes(data)
    verdict = verdict_of(file, signer)
    assert verdict.broken is not None
    assert (verdict.broken.position, verdict.broken.kind) == (1, "unreadable")


def test_a_file_that_is_no_recording_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 something else PAR1")
    with pytest.raises(SealError):
        read_taken(tmp_path / "x.parquet")
