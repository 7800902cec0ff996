"""How somebody writes is never a finding, and what came late is judged by when it happened (threats R02, R14)."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbassess_events.codec import parse_event
from nbassess_events.document import Cell, Document, text_sha256
from nbassess_events.model import ACTIONS, SOURCES, Recorded
from nbassess_events.witness import incompleteness

PAGE, SERVER, PATH = "a" * 16, "b" * 16, "p/p.ipynb"
# What screen readers, dictation, input methods for other scripts and translating browsers make of a keystroke.
BY_OTHER_MEANS = ("compose", "programmatic", "unknown", "replace", "drop", "complete", "inline")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Recording:
    """Written second by second, as both witnesses see it."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self.text = ""
        self._seqs = {PAGE: count(), SERVER: count()}
        self.add(SERVER, 0, "server_started", server="2")
        self.add(PAGE, 0, "client_started", recorder="1", lab="4")
        cell = {"id": "c", "cell_type": "code", "source": ""}
        self.add(PAGE, 0, "notebook_opened", path=PATH, cells=[cell])

    def add(self, client: str, second: int, name: str, **fields: Any) -> None:
        at_ms = second * 1000
        event = parse_event({"type": name, "seq": next(self._seqs[client]), "t_ms": at_ms, **fields})
        self.records.append(Recorded(position=len(self.records) + 1, client=client, received_ms=at_ms, event=event))

    def beat(self, second: int) -> None:
        self.add(PAGE, second, "heartbeat", wall_ms=second * 1000)
        self.add(SERVER, second, "server_heartbeat", wall_ms=second * 1000)

    def written(self, second: int, source: str, text: str) -> None:
        self.add(PAGE, second, "edit", path=PATH, cell="c", source=source, ops=[[units(self.text), 0, text]])
        self.text += text

    def ran_and_saved(self, second: int) -> None:
        document = Document(path=PATH, cells=(Cell(id="c", cell_type="code", source=self.text),))
        digest = text_sha256(self.text)
        self.add(SERVER, second, "server_execute", path=PATH, cell="c", code_sha256=digest, length=len(self.text))
        self.add(PAGE, second, "execution_started", path=PATH, cell="c")
        self.add(PAGE, second, "save_started", path=PATH)
        self.add(SERVER, second, "server_save", path=PATH, digest=document.digest())


@pytest.mark.parametrize("source", SOURCES)
def test_no_way_of_writing_is_a_finding(source: str) -> None:
    """R14: a sitting written in one way only, without a single key typed, is whole."""
    recording = Recording()
    for second in range(1, 120):
        if second % 10 == 0:
            recording.beat(second)
        recording.written(second, source, f"line {second}\n")
    recording.ran_and_saved(120)
    assert incompleteness(recording.records) == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(BY_OTHER_MEANS), st.text(max_size=40), st.integers(0, 9)), min_size=1, max_size=40
    )
)
def test_nobody_is_accused_for_the_tools_they_write_with(steps: list[tuple[str, str, int]]) -> None:
    """R14: bursts, long pauses, whole passages at once and no typing at all, in any mixture."""
    recording, second = Recording(), 0
    for source, text, pause in steps:
        for beat in range(second // 10 + 1, (second + pause) // 10 + 1):
            recording.beat(beat * 10)
        second += pause
        recording.written(second, source, text)
    recording.ran_and_saved(second)
    assert incompleteness(recording.records) == ()


@pytest.mark.parametrize("action", ACTIONS)
def test_no_change_of_cells_is_a_finding(action: str) -> None:
    """R14: whoever works by menus and voice commands changes cells, not letters."""
    recording = Recording()
    cell = {"id": "n", "cell_type": "code", "source": "by voice"}
    recording.add(PAGE, 1, "cells_changed", path=PATH, action=action, source="unknown", ops=[[1, 0, [cell]]])
    assert incompleteness(recording.records) == ()


def test_a_silence_of_the_server_is_found_when_the_pages_work_arrives_after_it() -> None:
    """R02: what was typed while the server stood still comes with its first words afterwards."""
    recording = Recording()
    recording.beat(10)
    recording.add(SERVER, 90, "server_heartbeat", wall_ms=90_000)
    for second in (20, 30, 40, 50, 60, 70, 80):
        recording.add(PAGE, second, "heartbeat", wall_ms=second * 1000)
        recording.written(second, "type", "typed meanwhile\n")
    late = [replace(each, received_ms=max(each.received_ms, 90_000)) for each in recording.records[5:]]
    (found,) = incompleteness(recording.records[:5] + late)
    assert (found.kind, found.from_ms, found.to_ms) == ("silent", 50_000, 50_000)
    assert found.text.startswith("Record incomplete from 00:00:50 to 00:00:50")
