"""The wire format: what a receiver takes, what it refuses, and that schema and codec say the same."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from nbassess_events.codec import batch_to_wire, event_to_wire, parse_batch, parse_event
from nbassess_events.errors import BatchError, EventError
from nbassess_events.model import EVENT_TYPES
from nbassess_events.schema import event_schema, stale_files

CLIENT = "0123456789abcdef"
CELL = {"id": "a", "cell_type": "code", "source": "x = 1"}

SAMPLES: dict[str, dict[str, Any]] = {
    "client_started": {"recorder": "0.1.0", "lab": "4.6.6"},
    "notebook_opened": {"path": "p/p.ipynb", "cells": [CELL]},
    "edit": {"path": "p/p.ipynb", "cell": "a", "source": "type", "ops": [[5, 0, "2"]]},
    "cells_changed": {"path": "p/p.ipynb", "action": "insert", "ops": [[1, 0, [CELL | {"id": "b"}]]]},
    "file_opened": {"path": "p/notes.py", "text": "x = 1\n"},
    "pasted": {
        "path": "p/p.ipynb",
        "cell": "",
        "via": "cells",
        "length": 2,
        "sha256": "0" * 64,
        "seen": ["cell", "copied"],
    },
    "execution_started": {"path": "p/p.ipynb", "cell": "a"},
    "execution_finished": {
        "path": "p/p.ipynb",
        "cell": "a",
        "ok": True,
        "execution_count": None,
        "duration_ms": 3,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
        "truncated": False,
    },
    "active_cell": {"path": "p/p.ipynb", "cell": ""},
    "kernel_changed": {"path": "p/p.ipynb", "state": "restarted"},
    "selection": {"path": "p/p.ipynb", "cell": "a", "first_line": 0, "last_line": 2, "length": 12},
    "scrolled": {"path": "p/p.ipynb", "first_cell": "a", "last_cell": "b"},
    "focus": {"state": "blur"},
    "save_started": {"path": "p/p.ipynb"},
    "saved": {"path": "p/p.ipynb"},
    "heartbeat": {"wall_ms": 1},
    "detail_dropped": {"from_ms": 1, "to_ms": 2, "events": 3, "edits": 2, "runs": 1, "inserted": 9},
    "server_started": {"server": "2.21.1"},
    "server_execute": {"path": "", "cell": "", "code_sha256": "0" * 64, "length": 3},
    "server_executed": {"path": "p/p.ipynb", "cell": "a", "ok": True, "execution_count": 3},
    "server_save": {"path": "p/p.ipynb", "digest": "0" * 64},
    "server_file": {"path": "p/p.ipynb", "digest": ""},
    "server_kernel": {"path": "p/p.ipynb", "state": "died"},
    "server_heartbeat": {"wall_ms": 1},
    "submit_requested": {"documents": {"p/p.ipynb": "", "q/q.ipynb": "0" * 64}},
}


def wire(name: str, seq: int = 0, **changes: object) -> dict[str, Any]:
    return {"seq": seq, "t_ms": 1000 + seq, "type": name, **SAMPLES[name], **changes}


def batch(*events: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {"v": 1, "client": CLIENT, "events": list(events), **changes}


@pytest.mark.parametrize("cls", EVENT_TYPES, ids=lambda cls: cls.TYPE)
def test_every_event_survives_the_wire_and_fits_its_schema(cls: Any) -> None:
    item = wire(cls.TYPE)
    jsonschema.validate(item, event_schema(cls))
    assert event_to_wire(parse_event(item)) == item


def test_a_field_with_a_default_is_optional_and_the_default_is_never_written() -> None:
    """Recordings made before a field existed stay valid byte for byte."""
    plain = wire("cells_changed")
    assert parse_event(plain | {"source": "unknown"}) == parse_event(plain)
    assert event_to_wire(parse_event(plain | {"source": "unknown"})) == plain
    assert event_to_wire(parse_event(plain | {"source": "cut"})) == plain | {"source": "cut"}


def test_words_that_stand_twice_are_refused() -> None:
    with pytest.raises(EventError, match=r"pasted.seen: a word stands twice"):
        parse_event(wire("pasted", seen=["cell", "cell"]))


def test_a_batch_survives_the_wire() -> None:
    item = batch(wire("client_started"), wire("edit", 1))
    assert batch_to_wire(parse_batch(json.dumps(item))) == item


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (wire("edit", ops=[[1, 2]]), "edit.ops: an operation has 3 items"),
        (wire("edit", ops=[[-1, 0, "x"]]), "edit.ops: -1 is outside"),
        (wire("edit", source="magic"), "edit.source: 'magic' is not one of type, compose"),
        (wire("edit", extra=1), r"edit: missing \[\], not known \['extra'\]"),
        ({"seq": 0, "t_ms": 1, "type": "saved"}, r"saved: missing \['path'\]"),
        (wire("saved", path=7), "saved.path: expected a string, got int"),
        (wire("saved", seq=True), "saved.seq: expected a number, got bool"),
        (wire("saved", t_ms=1e30), "saved.t_ms: 1e[+]30 is outside"),
        (wire("saved") | {"type": "party"}, "type 'party' is not known; known are active_cell"),
        (wire("notebook_opened", cells=[{"id": "a"}]), r"missing \['cell_type', 'source'\]"),
        ("text", "expected an object, got str"),
    ],
)
def test_a_wrong_event_is_refused_by_name_of_its_field(item: Any, says: str) -> None:
    with pytest.raises(EventError, match=says):
        parse_event(item)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"v": 1, "v": 1}', "a key stands twice"),
        (b'{"v": NaN}', "NaN is not JSON"),
        (b'{"v": -1e999}', "-1e999 is too large a number"),
        (b'{"v": ' + b"[" * 100 + b"]" * 100 + b"}", "nested deeper than 100 levels"),
        (b"\xff\xfe", "not JSON"),
        (json.dumps(batch(wire("saved"), v=2)), "batch version is 2"),
        (json.dumps(batch()), "at least one event"),
        (json.dumps(batch(wire("saved"), client="../../etc")), "client: '../../etc' does not match"),
        (json.dumps(batch(wire("saved"), wire("saved", 2))), r"events\[1\]: seq is 2, expected 1"),
        (b" " * (4 * 2**20 + 1), "at most 4194304; send smaller batches"),
    ],
)
def test_a_wrong_batch_is_refused_with_the_reason(raw: bytes | str, says: str) -> None:
    with pytest.raises(BatchError, match=says):
        parse_batch(raw)


def test_a_wrong_event_in_a_batch_is_named_by_its_place() -> None:
    with pytest.raises(EventError, match=r"events\[1\]: saved.path"):
        parse_batch(batch(wire("saved"), wire("saved", 1, path=1)))


@pytest.mark.parametrize("text", ["\x00", "\ud800", "</script>", "a\r\nb", "\U0001f600", "\u202e"])
def test_hostile_text_is_kept_as_it_came(text: str) -> None:
    """Promise: R11."""
    item = wire("edit", ops=[[0, 0, text]])
    assert event_to_wire(parse_event(json.loads(json.dumps(item)))) == item


def test_schema_files_are_up_to_date() -> None:
    assert stale_files() == []
