"""Replay: the notebook at any moment, byte for byte, and gaps where something is missing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbassess_events.codec import parse_event
from nbassess_events.document import Cell, Document, canonical_bytes, splice, text_document
from nbassess_events.errors import EventError, ReplayError
from nbassess_events.model import Recorded
from nbassess_events.replay import NotebookState, Replay

A, B = "a" * 16, "b" * 16
PATH = "p/p.ipynb"


@dataclass
class Tape:
    """Builds a recording, event by event."""

    records: list[Recorded] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)

    def add(self, client: str, name: str, **fields: Any) -> Tape:
        seq = self.seqs.get(client, 0)
        self.seqs[client] = seq + 1
        item = {"seq": seq, "t_ms": 1000 * (len(self.records) + 1), "type": name, **fields}
        position = len(self.records) + 1
        received_ms = 5000 + 1000 * position
        self.records.append(
            Recorded(position=position, client=client, received_ms=received_ms, event=parse_event(item))
        )
        return self

    def opened(self, client: str, *sources: str) -> Tape:
        cells = [{"id": f"c{n}", "cell_type": "code", "source": source} for n, source in enumerate(sources)]
        return self.add(client, "notebook_opened", path=PATH, cells=cells)

    def edit(self, client: str, cell: str, *ops: Any) -> Tape:
        return self.add(client, "edit", path=PATH, cell=cell, source="type", ops=list(ops))

    def sources(self, position: int | None = None) -> list[str]:
        replay = Replay(self.records, snapshot_every=3)
        state = replay.end if position is None else replay.state_at(position)
        return [cell.source for cell in state.documents[PATH].cells]


def test_typing_is_rebuilt_at_every_moment() -> None:
    tape = Tape().opened(A, "", "keep")
    for n, letter in enumerate("abcdef"):
        tape.edit(A, "c0", [n, 0, letter])
    assert [tape.sources(1 + n)[0] for n in range(7)] == ["", "a", "ab", "abc", "abcd", "abcde", "abcdef"]


def test_positions_count_utf16_units() -> None:
    assert splice("a\U0001f600b", 3, 1, "c") == "a\U0001f600c"
    assert splice("\ud83d", 1, 0, "\ude00") == "\U0001f600"
    with pytest.raises(EventError, match="the text has 3"):
        splice("\U0001f600b", 3, 1, "")


def test_cells_are_inserted_moved_and_deleted() -> None:
    new = {"id": "n", "cell_type": "markdown", "source": "hi"}
    tape = Tape().opened(A, "one", "two")
    tape.add(A, "cells_changed", path=PATH, action="insert", ops=[[1, 0, [new]]])
    tape.add(A, "cells_changed", path=PATH, action="move", ops=[[1, 1, []], [2, 0, [new]]])
    tape.add(A, "cells_changed", path=PATH, action="delete", ops=[[0, 1, []]])
    assert tape.sources() == ["two", "hi"]


def test_a_stale_copy_opened_in_a_second_tab_hides_nothing() -> None:
    tape = Tape().opened(A, "").edit(A, "c0", [0, 0, "typed"]).opened(B, "")
    assert tape.sources() == ["typed"]
    assert tape.edit(B, "c0", [0, 0, "newer"]).sources() == ["newer"]


def test_a_text_file_is_rebuilt_like_a_cell() -> None:
    tape = Tape().add(A, "file_opened", path="notes.py", text="one")
    tape.add(A, "edit", path="notes.py", cell="file", source="type", ops=[[3, 0, "\ntwo"]])
    assert Replay(tape.records).end.documents["notes.py"] == text_document("notes.py", "one\ntwo")


def test_a_notebook_that_is_shown_as_text_never_takes_the_notebooks_place() -> None:
    tape = Tape().opened(A, "x").add(A, "file_opened", path=PATH, text="{}")
    tape.add(A, "edit", path=PATH, cell="file", source="type", ops=[[0, 2, ""]])
    assert tape.sources() == ["x"]
    assert Replay(tape.records).gaps == ()


def test_a_state_comes_back_from_its_snapshot_with_outputs_where_they_were_recorded() -> None:
    tape = Tape().opened(A, "x", "\ud83d").add(B, "file_opened", path="notes.py", text="\u0000")
    outputs = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    finished = {"ok": True, "execution_count": 1, "duration_ms": 2, "outputs": outputs, "truncated": False}
    tape.add(A, "execution_finished", path=PATH, cell="c0", **finished)
    tape.add(A, "focus", state="hidden").add(A, "active_cell", path=PATH, cell="c1").edit(A, "c1", [99, 0, "gap"])
    end = Replay(tape.records).end
    stored = json.loads(canonical_bytes(end.to_json()))
    assert NotebookState.from_json(stored, lambda position: tape.records[position - 1].event) == end
    with pytest.raises(ReplayError, match="record 1 is notebook_opened"):
        NotebookState.from_json(stored | {"shown": [[PATH, "c0", 1]]}, lambda _: tape.records[0].event)
    with pytest.raises(ReplayError, match="this is no snapshot"):
        NotebookState.from_json({}, lambda _: tape.records[0].event)


def test_an_edit_that_does_not_fit_is_a_gap_and_nothing_is_guessed() -> None:
    tape = Tape().opened(A, "x").edit(A, "c0", [99, 0, "y"]).edit(A, "c0", [1, 0, "z"])
    end = Replay(tape.records).end
    assert [(gap.position, gap.path) for gap in end.gaps] == [(2, PATH)]
    assert not end.documents[PATH].is_complete
    assert Replay(tape.opened(A, "x").records).end.documents[PATH].is_complete


def test_a_hole_in_a_clients_sequence_is_a_gap() -> None:
    tape = Tape().opened(A, "x")
    tape.seqs[A] = 5
    gaps = Replay(tape.edit(A, "c0", [0, 0, "y"]).records).gaps
    assert [gap.reason for gap in gaps] == [f"client {A}: expected event 1, found 5"]


def test_a_wrong_client_clock_does_not_change_the_order_or_the_distances() -> None:
    """Promise: R06. The laptop's clock is hours off; distances come from it, the origin from the server."""
    tape = Tape().opened(A, "").edit(A, "c0", [0, 0, "x"])
    assert Replay(tape.records).times_ms == [6000, 7000]
    assert Replay(tape.records).position_at(6500) == 1


def test_a_moment_outside_the_recording_is_refused() -> None:
    with pytest.raises(ReplayError, match=r"position 3 is outside 0\.\.1"):
        Replay(Tape().opened(A, "").records).state_at(3)


TEXT = st.text(alphabet=st.sampled_from("ab\n é\u4e2d\U0001f600"), max_size=6)


@settings(max_examples=60)
@given(data=st.data(), steps=st.integers(1, 25))
def test_any_sequence_of_edits_is_rebuilt_exactly_at_every_position(data: st.DataObject, steps: int) -> None:
    """A model editor over UTF-16 units runs beside the recording."""
    units = [[], []]  # type: list[list[str]]
    tape = Tape().opened(A, "", "")
    history = [["", ""]]
    for _ in range(steps):
        cell = data.draw(st.integers(0, 1))
        text = units[cell]
        start = data.draw(st.integers(0, len(text)))
        count = data.draw(st.integers(0, len(text) - start))
        insert = data.draw(TEXT)
        text[start : start + count] = list(_units(insert))
        tape.edit(A, f"c{cell}", [start, count, insert])
        history.append([_text(part) for part in units])
    for position, expected in enumerate(history, start=1):
        assert tape.sources(position) == expected


def _units(text: str) -> list[str]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[n : n + 2].decode("utf-16-le", "surrogatepass") for n in range(0, len(raw), 2)]


def _text(units: list[str]) -> str:
    raw = b"".join(unit.encode("utf-16-le", "surrogatepass") for unit in units)
    return raw.decode("utf-16-le", "surrogatepass")


def test_document_bytes_are_canonical() -> None:
    document = Document(path="p", cells=(Cell(id="é", cell_type="code", source="\x7f\U0001f600\n"),))
    assert document.to_bytes() == (
        b'{"cells":[{"cell_type":"code","id":"\\u00e9","source":"\\u007f\\ud83d\\ude00\\n"}],"path":"p"}'
    )
