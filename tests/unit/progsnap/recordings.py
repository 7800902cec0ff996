"""Recordings to export: built by hand, or by hypothesis, hostile ones included."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from nbassess_events.codec import parse_event
from nbassess_events.model import SOURCES, Recorded
from nbassess_hub.progsnap.dataset import Dataset
from nbassess_hub.progsnap.subjects import Subject

A, B = "a" * 16, "b" * 16
SERVER = "c" * 16
PATH = "p/p.ipynb"
START_MS = 1_790_000_000_000


@dataclass
class Tape:
    """Builds a recording, event by event, as it comes over the wire: JSON joins two halves of a pair."""

    records: list[Recorded] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)

    def add(self, client: str, name: str, **fields: Any) -> Tape:
        seq = self.seqs.get(client, 0)
        self.seqs[client] = seq + 1
        position = len(self.records) + 1
        item = {"seq": seq, "t_ms": START_MS + 1000 * position, "type": name, **fields}
        record = Recorded(
            position=position,
            client=client,
            received_ms=START_MS + 1000 * position + 80,
            event=parse_event(json.loads(json.dumps(item))),
        )
        self.records.append(record)
        return self

    def opened(self, client: str, *sources: str, path: str = PATH) -> Tape:
        return self.add(client, "notebook_opened", path=path, cells=[cell(f"c{n}", s) for n, s in enumerate(sources)])

    def edit(self, client: str, name: str, *ops: Any, source: str = "type", path: str = PATH) -> Tape:
        return self.add(client, "edit", path=path, cell=name, source=source, ops=[list(op) for op in ops])


def cell(name: str, source: str, kind: str = "code") -> dict[str, str]:
    return {"id": name, "cell_type": kind, "source": source}


def subject(sitting: str = "abc234", *, score: float | None = None) -> Subject:
    return Subject(
        sitting=sitting,
        assessment="made-up",
        assessment_version=2,
        is_synthetic=True,
        is_practice=False,
        started_ms=START_MS,
        ended_ms=START_MS + 3_600_000,
        ended_by="deadline",
        score=score,
    )


def exported(folder: Path, records: list[Recorded], *, score: float | None = None) -> Path:
    with Dataset(folder) as dataset:
        dataset.add(subject(score=score), records)
    return folder


NASTY = st.sampled_from(
    ['=cmd|"x"', "=", "+1", "-", "@SUM(A1)", "＝1", "\t=1", " ", "\n", "\r", "\r\n", '"', ",", "\0"]
)
LETTERS = st.sampled_from(["a", "é", "中", "\U0001f600", "\ud83d", "\ude00", "NA", "\x85", "\u2028", "\ufeff"])
TEXTS = st.lists(st.one_of(LETTERS, NASTY), max_size=5).map("".join)
IDS = st.sampled_from(["c0", "c1", "", "a~2", "=x", "#", "é", "\ud800", "-1", "x y"])
PATHS = st.sampled_from([PATH, "q.ipynb", "=p/-x.ipynb", "#é\n.ipynb"])
FILES = st.sampled_from(["notes.md", "p/-data.csv", "-x.py"])
CLIENTS = st.sampled_from([A, B])
KINDS = st.sampled_from(["code", "markdown", "raw"])
CELLS = st.lists(st.builds(cell, IDS, TEXTS, KINDS), max_size=4)
OFFSETS = st.integers(0, 7)


@st.composite
def recordings(draw: st.DrawFn) -> list[Recorded]:
    """Draw a recording: several pages and files, changes that fit and that do not, holes in the sequence."""
    tape = Tape()
    for _ in range(draw(st.integers(1, 25))):
        draw(st.sampled_from(_STEPS))(draw, tape)
    return tape.records


def _open(draw: st.DrawFn, tape: Tape) -> None:
    tape.add(draw(CLIENTS), "notebook_opened", path=draw(PATHS), cells=draw(CELLS))


def _open_file(draw: st.DrawFn, tape: Tape) -> None:
    tape.add(draw(CLIENTS), "file_opened", path=draw(FILES), text=draw(TEXTS))


def _edit(draw: st.DrawFn, tape: Tape) -> None:
    ops = draw(st.lists(st.tuples(OFFSETS, st.integers(0, 3), TEXTS), max_size=3))
    tape.edit(draw(CLIENTS), draw(IDS), *ops, path=draw(PATHS), source=draw(st.sampled_from(SOURCES)))


def _edit_file(draw: st.DrawFn, tape: Tape) -> None:
    tape.edit(draw(CLIENTS), "file", (draw(OFFSETS), draw(st.integers(0, 3)), draw(TEXTS)), path=draw(FILES))


def _cells(draw: st.DrawFn, tape: Tape) -> None:
    ops = [[i, n, c] for i, n, c in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), CELLS), max_size=2))]
    action = draw(st.sampled_from(["insert", "move", "split", "paste", "type", "other"]))
    path = draw(st.one_of(PATHS, FILES))
    tape.add(draw(CLIENTS), "cells_changed", path=path, action=action, source=draw(st.sampled_from(SOURCES)), ops=ops)


def _lose(draw: st.DrawFn, tape: Tape) -> None:
    client = draw(CLIENTS)
    tape.seqs[client] = tape.seqs.get(client, 0) + draw(st.integers(1, 3))


def _run(draw: st.DrawFn, tape: Tape) -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": draw(TEXTS)}]
    client, path, name = draw(CLIENTS), draw(PATHS), draw(IDS)
    tape.add(client, "execution_started", path=path, cell=name)
    rest = {"execution_count": 1, "duration_ms": 5, "outputs": outputs, "truncated": False}
    tape.add(client, "execution_finished", path=path, cell=name, ok=draw(st.booleans()), **rest)


def _else(draw: st.DrawFn, tape: Tape) -> None:
    client = draw(CLIENTS)
    tape.add(client, "client_started", recorder=draw(TEXTS), lab="4;6")
    tape.add(client, "active_cell", path=draw(PATHS), cell=draw(IDS))
    tape.add(client, "saved", path=draw(PATHS))
    tape.add(SERVER, "server_heartbeat", wall_ms=2**53 - 1)


_STEPS = [_open, _open_file, _edit, _edit, _edit, _edit_file, _cells, _cells, _lose, _run, _else]
