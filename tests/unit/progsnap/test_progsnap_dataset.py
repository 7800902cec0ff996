"""A ProgSnap2 dataset says what the recording says: a reader that knows only the standard rebuilds the same code."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from nbassess_events import chain
from nbassess_events.model import SOURCES, Recorded
from nbassess_events.replay import Replay
from nbassess_hub.progsnap.columns import COLUMNS, SUBJECT_COLUMNS
from nbassess_hub.progsnap.dataset import Dataset as Writer

from tests.bench.recordings import performances, recorded
from tests.support import progsnap
from tests.unit.events.test_events_codec import SAMPLES
from tests.unit.progsnap.recordings import PATH, SERVER, A, B, Tape, cell, exported, recordings, subject


def check_equal_to_replay(folder: Path, records: list[Recorded], sitting: str = "abc234") -> None:
    """At every event: every document, byte for byte, and whether it is known to be whole."""
    replay = Replay(records)
    dataset = progsnap.Dataset(folder)
    seen = 0
    for position, code_state, sections in dataset.codes(sitting):
        documents = replay.state_at(position).documents
        assert progsnap.documents(sections) == {path: each.to_json() for path, each in documents.items()}
        is_whole = all(document.is_complete for document in documents.values())
        assert (code_state != "") == (is_whole and sections != {}), f"position {position}"
        seen += 1
    assert seen == len(records)


@settings(max_examples=200, deadline=None)
@given(records=recordings())
def test_the_code_at_every_event_is_that_of_the_replay(records: list[Recorded]) -> None:
    """Surrogate halves, tabs, reloads, moves, splits, text files, duplicate cell ids, holes: nothing is guessed."""
    with TemporaryDirectory() as folder:
        exported(Path(folder), records)
        check_equal_to_replay(Path(folder), records)
        assert progsnap.complaints(progsnap.Dataset(Path(folder))) == []


@cache
def demo_recordings() -> list[list[Recorded]]:
    return [recorded(performance) for performance in performances(2)]


@pytest.mark.parametrize("number", [0, 1])
def test_a_whole_demo_sitting_is_rebuilt_at_every_event(number: int, tmp_path: Path) -> None:
    records = demo_recordings()[number]
    dataset = progsnap.Dataset(exported(tmp_path, records, score=0.5))
    check_equal_to_replay(tmp_path, records)
    assert progsnap.complaints(dataset) == []
    types = {row["EventType"] for row in dataset.rows}
    assert types >= {"Session.Start", "File.Open", "File.Create", "File.Edit", "Run.Program", "Session.End", "Submit"}
    assert dataset.rows[-1] | {"EventType": "Submit", "Score": "0.5", "IsFabricatedEvent": "true"} == dataset.rows[-1]


def test_several_sittings_are_one_dataset_with_a_line_for_each(tmp_path: Path) -> None:
    first, second = demo_recordings()
    with Writer(tmp_path) as writer:
        writer.add(subject("one"), first)
        writer.add(subject("two"), second)
    dataset = progsnap.Dataset(tmp_path)
    assert progsnap.complaints(dataset) == []
    check_equal_to_replay(tmp_path, first, "one")
    check_equal_to_replay(tmp_path, second, "two")
    subjects = {row["SubjectID"]: row for row in dataset.table("LinkTables/LinkSubject.csv")}
    assert subjects["two"]["X-Head"] == chain.links("two", second)[-1]
    assert (subjects["one"]["X-Records"], subjects["one"]["X-Synthetic"]) == (str(len(first)), "true")


def test_the_usual_way_of_reading_keystroke_data_finds_the_same_code(tmp_path: Path) -> None:
    """Published tools read with pandas, group by subject, assignment and section, and splice at SourceLocation."""
    records = demo_recordings()[0]
    exported(tmp_path, records)
    table = pd.read_csv(tmp_path / "MainTable.csv", low_memory=False)
    found = {}
    for (_, _, section), rows in table[table.EventType == "File.Edit"].groupby(
        ["SubjectID", "AssignmentID", "CodeStateSection"]
    ):
        code = ""
        texts = rows[["InsertText", "DeleteText"]].fillna("").astype(str)
        for at, inserted, deleted in zip(
            rows.SourceLocation.astype(int), *(texts[name] for name in texts), strict=True
        ):
            code = code[:at] + inserted + code[at + len(deleted) :]
        found[section] = code
    documents = Replay(records).end.documents
    expected = {f"{path}#{c.id}": c.source for path, document in documents.items() for c in document.cells}
    assert {name: found.get(name, "") for name in expected} == expected


def test_pandas_reads_every_field_as_it_was_typed(tmp_path: Path) -> None:
    texts = ["NA", "None", "1", "\r\n", "a\rb", '"', "a,b\n\nc", "\\", "\ufeff", "\U0001f600", "\u2028"]
    tape = Tape().opened(A, "")
    for text in texts:
        tape.edit(A, "c0", (0, 0, text))
    exported(tmp_path, tape.records)
    table = pd.read_csv(tmp_path / "MainTable.csv", dtype=str, keep_default_na=False)
    assert list(table[table["X-Source"] == "type"].InsertText) == texts


def test_a_pasted_formula_is_two_rows_that_belong_together_and_neither_is_a_formula(tmp_path: Path) -> None:
    """Promise: I05. Nothing is quoted: every reader finds the text as it was."""
    pasted = '=HYPERLINK("http://evil", 1)'
    tape = Tape().opened(A, "").edit(A, "c0", (0, 0, pasted), source="paste").edit(A, "c0", (0, len(pasted), ""))
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    assert progsnap.complaints(dataset) == []
    rows = [row for row in dataset.rows if row["EditType"] == "Paste"]
    assert [(row["SourceLocation"], row["InsertText"]) for row in rows] == [("0", "="), ("1", pasted[1:])]
    assert [row["ParentEventID"] for row in rows] == ["", rows[0]["EventID"]]
    deleted = [row for row in dataset.rows if row["EditType"] == "Delete"]
    assert [(row["SourceLocation"], row["DeleteText"]) for row in deleted] == [("0", "="), ("0", pasted[1:])]


def test_a_megabyte_is_pasted_in_fields_that_readers_take(tmp_path: Path) -> None:
    text = ("x" * 19_999 + "=1\0") * 49
    tape = Tape().opened(A, "").edit(A, "c0", (0, 0, text), source="paste")
    exported(tmp_path, tape.records)
    check_equal_to_replay(tmp_path, tape.records)
    dataset = progsnap.Dataset(tmp_path)
    assert progsnap.complaints(dataset) == []
    assert max(len(value) for row in dataset.rows for value in row.values()) < csv.field_size_limit()


def test_data_that_is_too_large_for_a_field_is_a_file(tmp_path: Path) -> None:
    documents = {f"{number}" + "\u4e2d" * 500: "" for number in range(100)}
    tape = Tape().add(A, "submit_requested", documents=documents)
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    named = next(row["X-Data"] for row in dataset.rows if row["EventType"] == "X-SubmitRequested")
    assert json.loads((tmp_path / json.loads(named)["file"]).read_text())["documents"] == documents


def test_every_source_has_an_edit_type_of_the_standard_or_of_our_own(tmp_path: Path) -> None:
    tape = Tape().opened(A, "")
    for source in SOURCES:
        tape.edit(A, "c0", (0, 0, "ab"), source=source)
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    found = {row["X-Source"]: row["EditType"] for row in dataset.rows if row["EventType"] == "File.Edit"}
    found.pop("")
    assert found == {
        "type": "Insert",
        "compose": "Insert",
        "paste": "Paste",
        "drop": "X-Drop",
        "cut": "Insert",
        "undo": "Undo",
        "redo": "Redo",
        "complete": "X-Complete",
        "inline": "X-InlineCompletion",
        "replace": "Replace",
        "cells": "Move",
        "programmatic": "X-Programmatic",
        "unknown": "GenericEdit",
    }
    readme = (tmp_path / "README.md").read_text()
    assert [kind for kind in found.values() if kind.startswith("X-") and f"`{kind}`" not in readme] == []


def test_a_gap_is_named_and_the_next_snapshot_makes_the_code_known_again(tmp_path: Path) -> None:
    tape = Tape().opened(A, "x").edit(A, "c0", (99, 0, "lost"))
    tape.edit(A, "c0", (1, 0, "y")).opened(A, "xyz").edit(A, "c0", (3, 0, "!"))
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    check_equal_to_replay(tmp_path, tape.records)
    known = {int(row["X-Position"]): row["CodeStateID"] != "" for row in dataset.rows}
    assert known == {1: True, 2: False, 3: False, 4: True, 5: True}
    errors = dataset.table("LinkTables/LinkLoggingError.csv")
    assert [(row["X-Position"], row["X-Kind"]) for row in errors] == [("2", "gap")]
    assert [row["X-Position"] for row in dataset.rows if row["LoggingErrorID"] == errors[0]["LoggingErrorID"]] == ["2"]


def test_typing_in_a_stale_second_tab_is_shown_as_what_differs_in_it(tmp_path: Path) -> None:
    tape = Tape().opened(A, "").edit(A, "c0", (0, 0, "first")).opened(B, "").edit(B, "c0", (0, 0, "second"))
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    check_equal_to_replay(tmp_path, tape.records)
    last = [row for row in dataset.rows if row["X-Position"] == "4" and row["X-Session"].endswith(B)]
    assert [(row["EventType"], row["EditType"], row["DeleteText"], row["InsertText"]) for row in last[:3]] == [
        ("X-OtherCopy", "", "", ""),
        ("File.Edit", "X-Snapshot", "first", ""),
        ("File.Edit", "Insert", "", "second"),
    ]


def test_moving_a_cell_is_one_move_in_the_order_of_cells(tmp_path: Path) -> None:
    tape = Tape().opened(A, "one", "two")
    tape.add(A, "cells_changed", path=PATH, action="move", ops=[[0, 1, []], [1, 0, [cell("c0", "one")]]])
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    check_equal_to_replay(tmp_path, tape.records)
    moved = [row for row in dataset.rows if row["X-Position"] == "2" and row["EventType"] == "File.Edit"]
    assert {(row["CodeStateSection"], row["EditType"]) for row in moved} == {(f"{PATH}#~cells", "Move")}


def test_runs_name_their_result_and_files_with_what_they_printed(tmp_path: Path) -> None:
    tape = Tape().opened(A, "1/0")
    error = {"output_type": "error", "ename": "KeyboardInterrupt", "evalue": "", "traceback": ["trace", "back"]}
    printed = {"output_type": "stream", "name": "stdout", "text": "\ud800 <script>"}
    result = {"output_type": "execute_result", "data": {"text/plain": ["4", "2"]}, "metadata": {}}
    for ok, outputs in ((True, [printed, result]), (False, [error]), (False, [{"output_type": "error", "ename": "X"}])):
        tape.add(A, "execution_started", path=PATH, cell="c0")
        rest = {"execution_count": 1, "duration_ms": 5, "outputs": outputs, "truncated": False}
        tape.add(A, "execution_finished", path=PATH, cell="c0", ok=ok, **rest)
    dataset = progsnap.Dataset(exported(tmp_path, tape.records))
    runs = [row for row in dataset.rows if row["EventType"] == "Run.Program"]
    assert [row["ExecutionResult"] for row in runs] == ["Success", "Timeout", "Error"]
    started = [row["ExecutionID"] for row in dataset.rows if row["EventType"] == "X-ExecutionStarted"]
    assert [row["ExecutionID"] for row in runs] == started
    assert (tmp_path / runs[0]["ProgramOutput"]).read_text() == "\\ud800 <script>42\n"
    assert (tmp_path / runs[1]["ProgramErrorOutput"]).read_text() == "trace\nback\n"
    assert json.loads((tmp_path / runs[0]["X-Outputs"]).read_text()) == [printed, result]


def test_a_dataset_overwrites_nothing(tmp_path: Path) -> None:
    exported(tmp_path, [])
    with pytest.raises(FileExistsError):
        exported(tmp_path, [])


def test_the_readme_explains_every_column_and_event_type_of_our_own(tmp_path: Path) -> None:
    """The standard asks for it."""
    exported(tmp_path, [])
    readme = (tmp_path / "README.md").read_text()
    own = [name for name in (*COLUMNS, *SUBJECT_COLUMNS) if name.startswith("X-")]
    assert [name for name in own if f"`{name}`" not in readme] == []
    types = {row["EventType"] for row in every_event(tmp_path / "every")}
    assert [kind for kind in types if kind.startswith("X-") and f"| `{kind}` |" not in readme] == []
    assert len(types) > len(SAMPLES)


def every_event(folder: Path) -> list[progsnap.Row]:
    """Export one event of every type there is."""
    tape = Tape()
    for name, fields in SAMPLES.items():
        tape.add(SERVER if name.startswith("server_") else A, name, **fields)
    dataset = progsnap.Dataset(exported(folder, tape.records))
    assert progsnap.complaints(dataset) == []
    return dataset.rows
