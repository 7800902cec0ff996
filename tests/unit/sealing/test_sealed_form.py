"""A sealed file gives back exactly the records that went in, and any moment of them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nbassess_events.chain import genesis, links
from nbassess_events.errors import ReplayError
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay
from nbassess_hub.errors import SealError
from nbassess_hub.sealing import form
from nbassess_hub.sealing.rows import join, split

from tests.support.sealing import SITTING, forged, open_sealed, sealed, texts
from tests.unit.sealing.made_up import recordings

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a few records take several row groups, snapshots and heads."""
    monkeypatch.setattr(form, "GROUP_ROWS", 7)
    monkeypatch.setattr(form, "SNAPSHOT_EVERY", 3)
    monkeypatch.setattr(form, "HEAD_EVERY", 4)


@QUICK
@given(recordings())
def test_any_records_come_back_byte_for_byte_with_the_same_head(records: list[Recorded]) -> None:
    bodies = texts(records)
    head = [genesis(SITTING), *links(SITTING, records)][-1]
    with TemporaryDirectory() as folder:
        found = sealed(bodies, Path(folder, "x.parquet"))
        assert list(found.bodies()) == bodies
        assert texts(list(found.records())) == bodies
        assert (found.head, found.position, found.verify(head=head)) == (head, len(records), head)


@QUICK
@given(recordings(min_size=1))
def test_any_moment_is_the_replays(records: list[Recorded]) -> None:
    replay = Replay(records)
    with TemporaryDirectory() as folder:
        found = sealed(texts(records), Path(folder, "x.parquet"))
        assert found.times_ms == replay.times_ms
        for position in range(len(records) + 1):
            assert found.state_at(position).to_json() == replay.state_at(position).to_json()
        for time_ms in (0, *replay.times_ms, 2**60):
            assert found.position_at(time_ms) == replay.position_at(time_ms)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("type", "seq", "t_ms", "path", "cell", "source", "ops", "outputs", "rest")
LOOSE = st.fixed_dictionaries(
    {"client": JSON, "position": st.integers(1, 3), "received_ms": JSON},
    optional={"event": st.dictionaries(st.sampled_from(FIELDS), JSON)},
)


@QUICK
@given(st.text(st.characters(max_codepoint=127)) | LOOSE.map(lambda item: json.dumps(item, sort_keys=True)))
@example('{"client":"c","event":{"seq":0,"t_ms":1,"type":"edit"},"position":1,"received_ms":1}')
@example('{"client":"c","event":{"path":null,"seq":0,"t_ms":1,"type":"later"},"position":1,"received_ms":1}')
@example('{"client":"c","event":{"seq":true,"t_ms":1.0,"type":"saved"},"position":1,"received_ms":1}')
@example('{"client":"c","event":{"seq":0,"t_ms":99999999999999999999,"type":"saved"},"position":1,"received_ms":1}')
@example('{"client":"c","event":{},"position":2,"received_ms":1}')
def test_whatever_a_row_may_hold_comes_back_as_it_was(body: str) -> None:
    assert join(split(body, 1), 1) == body


def typed(text: str, position: int) -> str:
    event = {"cell": "a", "ops": [[0, 0, text]], "path": "p", "seq": 0, "source": "type", "t_ms": 1, "type": "edit"}
    item = {"client": "c", "event": event, "position": position, "received_ms": 2}
    return json.dumps(item, sort_keys=True, separators=(",", ":"))


def test_an_edit_of_one_operation_is_columns_alone() -> None:
    row = split(typed("x\x00é😀", 1), 1)
    assert row["inserted"] == "x\x00é😀"
    assert not {"rest", "body", "outputs"} & row.keys()
    assert "rest" in split(typed("half \ud83d", 1), 1), "what has no UTF-8 form stays JSON with its escape"


def test_a_record_that_no_version_can_read_keeps_its_place_and_its_bytes(tmp_path: Path) -> None:
    bodies = [typed("a", 1), "{", *(typed("b", position) for position in range(3, 9))]
    found = sealed(bodies, tmp_path / "x.parquet")
    assert list(found.bodies()) == bodies
    assert found.verify() == found.head
    assert len(found.times_ms) == len(bodies)
    assert found.state_at(1).position == 1
    with pytest.raises(SealError, match="cannot be read"):
        found.state_at(8)


def test_positions_outside_are_refused(tmp_path: Path) -> None:
    found = sealed([typed("a", 1)], tmp_path / "x.parquet")
    for ask in (found.state_at, found.event_at):
        with pytest.raises(ReplayError, match=r"outside"):
            ask(2)


def test_snapshots_never_take_more_than_a_few_times_the_records(tmp_path: Path) -> None:
    """Large notebooks and small edits: a copy every few rows would fill the storage."""
    cells = [{"cell_type": "code", "id": "a", "source": "x" * 100_000}]
    event = {"cells": cells, "path": "p", "seq": 0, "t_ms": 1, "type": "notebook_opened"}
    item = {"client": "c", "event": event, "position": 1, "received_ms": 2}
    opened = json.dumps(item, sort_keys=True, separators=(",", ":"))
    bodies = [opened, *(typed("y", position) for position in range(2, 200))]
    found = sealed(bodies, tmp_path / "x.parquet")
    snapshots = pq.read_table(tmp_path / "x.parquet", columns=["snapshot"])["snapshot"].to_pylist()
    taken = sum(len(snapshot) for snapshot in snapshots if snapshot is not None)
    assert taken < (form.SNAPSHOT_SHARE + 1) * sum(map(len, bodies))
    assert found.state_at(200 - 1).documents["p"].cells[0].source == "y" * 198 + "x" * 100_000


def test_any_parquet_reader_opens_the_file(tmp_path: Path) -> None:
    sealed([typed("a", 1), typed("b", 2)], tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet", columns=["type", "inserted", "received_ms"])
    assert table.to_pylist() == [{"type": "edit", "inserted": text, "received_ms": 2} for text in "ab"]


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "cannot be read"), (b"PAR1" * 30, "cannot be read"), (None, "cannot be read")]
)
def test_a_file_that_is_no_sealed_recording_is_refused_by_name(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "x.parquet"
    if content is None:
        pq.write_table(pq.read_table(_sealed_file(tmp_path)).replace_schema_metadata(None), file)
    else:
        file.write_bytes(content)
    with pytest.raises(SealError, match=rf"x\.parquet.*{why}"):
        open_sealed(file)


def test_a_file_of_a_later_form_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="sealed in form 2; read it with a newer nbassess"):
        forged(_sealed_file(tmp_path), lambda table: table, **{form.META_VERSION: "2"})


def _sealed_file(folder: Path) -> Path:
    sealed([typed("a", 1)], folder / "y.parquet")
    return folder / "y.parquet"


@QUICK
@given(recordings(min_size=1))
def test_a_file_sealed_by_other_rules_is_replayed_by_ours(records: list[Recorded]) -> None:
    """A later version may tell times and states otherwise: what an earlier one worked out is left alone."""
    replay = Replay(records)
    with TemporaryDirectory() as folder:
        sealed(texts(records), Path(folder, "x.parquet"))
        lies = forged(Path(folder, "x.parquet"), without_derived, **{form.META_RULES: "of another version"})
        assert lies.verify() == links(SITTING, records)[-1]
        assert lies.times_ms == replay.times_ms
        assert lies.state_at(len(records)) == replay.end


def without_derived(table: pa.Table) -> pa.Table:
    rows = [row | {"snapshot": None, "moment_ms": 1} for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, schema=table.schema)
