"""Whatever is done to a recording is found, and the first record that does not fit is named. Promise: threats R07.

The forger can write files, but has neither the collector's key nor the links and heads that others hold. In the log the
links are kept beside the records, in the sealed file they are columns: in both forms every change is tried in every
position.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbassess_events.chain import head_statement, links, verify
from nbassess_events.codec import parse_event
from nbassess_events.errors import ChainError
from nbassess_events.model import Recorded
from nbassess_hub.clock import ManualClock
from nbassess_hub.collector.signing import Signer
from nbassess_hub.sealing import form
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.writer import Statement

from tests.support.sealing import SITTING, forged, sealed, texts
from tests.unit.events.test_events_codec import SAMPLES
from tests.unit.sealing.made_up import recordings

Rows = list[dict[str, object]]


def one_of_each() -> list[Recorded]:
    """A small recording with every kind of event."""
    return [
        Recorded(
            position=position,
            client="0123456789abcdef",
            received_ms=1_800_000_000_000 + position,
            event=parse_event({"seq": position - 1, "t_ms": 1_000 + position, "type": name, **sample}),
        )
        for position, (name, sample) in enumerate(SAMPLES.items(), start=1)
    ]


RECORDS = one_of_each()
EVERY_POSITION = pytest.mark.parametrize("at", range(1, len(RECORDS) + 1))


# --- the log: records in order, with the links that were kept beside them

Change = Callable[[list[Recorded], int], list[Recorded]]


def renumbered(records: list[Recorded]) -> list[Recorded]:
    """Number records anew, as a forger would who knows that positions are checked."""
    return [replace(record, position=position) for position, record in enumerate(records, start=1)]


def redated(record: Recorded, *, by_ms: int) -> Recorded:
    return replace(record, event=replace(record.event, t_ms=record.event.t_ms + by_ms))


LOG_CHANGES: dict[str, Change] = {
    "deleted": lambda records, at: records[: at - 1] + records[at:],
    "deleted and renumbered": lambda records, at: renumbered(records[: at - 1] + records[at:]),
    "edited": lambda records, at: [*records[: at - 1], replace(records[at - 1], client="f" * 16), *records[at:]],
    "inserted": lambda records, at: [*records[: at - 1], records[at - 1], *records[at - 1 :]],
    "inserted and renumbered": lambda records, at: renumbered([*records[:at], records[0], *records[at:]]),
    "truncated": lambda records, at: records[: at - 1],
    "received earlier": lambda records, at: [
        *records[: at - 1],
        replace(records[at - 1], received_ms=records[at - 1].received_ms - 1),
        *records[at:],
    ],
    "typed later": lambda records, at: [*records[: at - 1], redated(records[at - 1], by_ms=1), *records[at:]],
    "reordered": lambda records, at: [*records[: at - 1], *records[at - 1 : at + 1][::-1], *records[at + 1 :]],
    "reordered and renumbered": lambda records, at: renumbered(
        [*records[: at - 1], *records[at - 1 : at + 1][::-1], *records[at + 1 :]]
    ),
}


def first_difference(before: list[Recorded], after: list[Recorded]) -> int:
    """The position of the first record that is not what it was."""
    pairs = zip(before, after, strict=False)
    return next(
        (index for index, (old, new) in enumerate(pairs, start=1) if old != new), min(len(before), len(after)) + 1
    )


def broken_at(records: list[Recorded], stored: list[str], head: str) -> int:
    with pytest.raises(ChainError) as caught:
        verify(SITTING, records, head=head, stored=stored)
    return caught.value.position


@EVERY_POSITION
@pytest.mark.parametrize("name", LOG_CHANGES)
def test_a_changed_log_names_its_first_broken_record(name: str, at: int) -> None:
    """threats R07"""
    stored = [link_[:8] for link_ in links(SITTING, RECORDS)]
    changed = LOG_CHANGES[name](RECORDS, at)
    if changed != RECORDS:  # the last record has no neighbour to change places with
        assert broken_at(changed, stored, links(SITTING, RECORDS)[-1]) == first_difference(RECORDS, changed)


@settings(max_examples=100, deadline=None)
@given(recordings(min_size=1), st.sampled_from(sorted(LOG_CHANGES)), st.data())
def test_any_log_names_its_first_broken_record(records: list[Recorded], name: str, data: st.DataObject) -> None:
    """threats R07"""
    all_links = links(SITTING, records)
    changed = LOG_CHANGES[name](records, data.draw(st.integers(1, len(records))))
    if changed != records:
        found = broken_at(changed, [link_[:8] for link_ in all_links], all_links[-1])
        assert found == first_difference(records, changed)


# --- the sealed file


def edited(row: dict[str, object]) -> dict[str, object]:
    """Change what was recorded: a text where there is one, else which client it was."""
    if row["inserted"] is not None:
        return row | {"inserted": f"{row['inserted']}!"}
    return row | {"client": "f" * 16}


SEALED_CHANGES: dict[str, Callable[[Rows, int], Rows]] = {
    "deleted": lambda rows, at: rows[: at - 1] + rows[at:],
    "edited": lambda rows, at: [*rows[: at - 1], edited(rows[at - 1]), *rows[at:]],
    "inserted": lambda rows, at: [*rows[: at - 1], rows[-1], *rows[at - 1 :]],
    "appended": lambda rows, at: [*rows, rows[at - 1]],
    "truncated": lambda rows, at: rows[: at - 1],
    "received earlier": lambda rows, at: [
        *rows[: at - 1],
        rows[at - 1] | {"received_ms": int(str(rows[at - 1]["received_ms"])) - 1},
        *rows[at:],
    ],
    "typed later": lambda rows, at: [
        *rows[: at - 1],
        rows[at - 1] | {"t_ms": int(str(rows[at - 1]["t_ms"])) + 1},
        *rows[at:],
    ],
    "reordered": lambda rows, at: [*rows[: at - 1], *rows[at - 1 : at + 1][::-1], *rows[at + 1 :]],
    "relinked": lambda rows, at: [*rows[: at - 1], rows[at - 1] | {"link": b"\0\0\0\0"}, *rows[at:]],
}


def change_rows(name: str, at: int) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        return pa.Table.from_pylist(SEALED_CHANGES[name](table.to_pylist(), at), schema=table.schema)

    return change


def expected_break(name: str, at: int, count: int) -> int:
    if name == "appended":
        return count + 1
    return at


def broken(recording: SealedRecording, **options: str) -> int:
    with pytest.raises(ChainError) as caught:
        recording.verify(**options)
    return caught.value.position


@EVERY_POSITION
@pytest.mark.parametrize("name", SEALED_CHANGES)
def test_a_changed_sealed_file_names_its_first_broken_record(tmp_path: Path, name: str, at: int) -> None:
    """threats R07"""
    sealed(texts(RECORDS), tmp_path / "x.parquet")
    if (name, at) in (("reordered", len(RECORDS)), ("inserted", len(RECORDS))):
        return  # no neighbour to change places with; a copy of the last record before itself is the one appended
    changed = forged(tmp_path / "x.parquet", change_rows(name, at))
    assert broken(changed) == expected_break(name, at, len(RECORDS))


@settings(max_examples=60, deadline=None)
@given(recordings(min_size=2), st.sampled_from(["deleted", "edited", "truncated", "typed later"]), st.data())
def test_any_sealed_file_names_its_first_broken_record(records: list[Recorded], name: str, data: st.DataObject) -> None:
    """threats R07"""
    at = data.draw(st.integers(1, len(records)))
    with TemporaryDirectory() as folder:
        file = Path(folder, "x.parquet")
        if any(row.get("body") is not None for row in sealed_rows(records, file)):
            return  # kept as it is: no column to change
        assert broken(forged(file, change_rows(name, at))) == at


def sealed_rows(records: list[Recorded], file: Path) -> Rows:
    sealed(texts(records), file)
    rows: Rows = pq.read_table(file).to_pylist()
    return rows


def signed_by(signer: Signer) -> Statement:
    signed = signer.sign_head(SITTING, position=len(RECORDS), head=links(SITTING, RECORDS)[-1])
    return Statement(at_ms=signed.at_ms, key=signed.key, signature=signed.signature, public_key=signer.public_key)


def resealed(folder: Path, signed: Statement | None) -> SealedRecording:
    """What a forger makes who computes every link and the head anew, and keeps the old signature."""
    lies = [replace(RECORDS[0], received_ms=1), *RECORDS[1:]]
    return sealed(texts(lies), folder / "lies.parquet", signed=signed)


def test_a_forger_who_computes_everything_anew_is_found_by_the_signature(tmp_path: Path) -> None:
    """threats R07"""
    signer = Signer.of(tmp_path / "secrets", ManualClock(5))
    honest = sealed(texts(RECORDS), tmp_path / "x.parquet", signed=signed_by(signer))
    assert honest.verify() == honest.head
    with pytest.raises(ChainError, match="signature in the file is not one over its head"):
        resealed(tmp_path, signed_by(signer)).verify()


def test_a_forger_without_a_signature_is_found_by_the_receipt(tmp_path: Path) -> None:
    """threats R07"""
    lies = resealed(tmp_path, None)
    assert lies.verify() == lies.head
    with pytest.raises(ChainError, match="this is another recording"):
        lies.verify(head=links(SITTING, RECORDS)[-1])


def test_a_forger_with_a_key_of_their_own_is_found_by_the_keys_name(tmp_path: Path) -> None:
    """The file proves that somebody signed it; who that is says the list of the installation's keys."""
    ours, theirs = (Signer.of(tmp_path / name, ManualClock(5)) for name in ("ours", "theirs"))
    lies = resealed(tmp_path, None)
    statement = head_statement(SITTING, position=len(RECORDS), head=lies.head, at_ms=5)
    mark = Statement(at_ms=5, key=theirs.key, signature=theirs.sign(statement), public_key=theirs.public_key)
    again = resealed(tmp_path, mark)
    assert again.verify() == lies.head
    assert again.signed is not None
    assert again.signed.key != ours.key


def test_a_sitting_cannot_be_passed_off_as_another(tmp_path: Path) -> None:
    sealed(texts(RECORDS), tmp_path / "x.parquet")
    assert broken(forged(tmp_path / "x.parquet", lambda table: table, **{"nbassess.sitting": "other"})) == 1


def with_snapshot(change: Callable[[str], str | None]) -> Callable[[pa.Table], pa.Table]:
    """Change the first snapshot that shows a notebook."""

    def forge(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        row = next(row for row in rows if row["snapshot"] is not None and "x = 1" in row["snapshot"])
        row["snapshot"] = change(row["snapshot"])
        return pa.Table.from_pylist(rows, schema=table.schema)

    return forge


FORGED_SNAPSHOTS: dict[str, Callable[[str], str | None]] = {
    "another text": lambda snapshot: snapshot.replace("x = 1", "x = 2"),
    "no JSON": lambda _: "{",
    "none": lambda _: None,
}


@pytest.mark.parametrize("how", FORGED_SNAPSHOTS)
def test_a_snapshot_that_the_records_do_not_lead_to_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """threats R07: what a seek begins with is not in the chain, but follows from it"""
    monkeypatch.setattr(form, "SNAPSHOT_EVERY", 5)
    sealed(texts(RECORDS), tmp_path / "x.parquet")
    lies = forged(tmp_path / "x.parquet", with_snapshot(FORGED_SNAPSHOTS[how]))
    with pytest.raises(ChainError, match="snapshot"):
        lies.verify()


@EVERY_POSITION
def test_a_time_that_does_not_follow_from_the_records_is_found(tmp_path: Path, at: int) -> None:
    """threats R07, R06"""

    def later(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        rows[at - 1]["moment_ms"] += 1
        return pa.Table.from_pylist(rows, schema=table.schema)

    sealed(texts(RECORDS), tmp_path / "x.parquet")
    assert broken(forged(tmp_path / "x.parquet", later)) == at
