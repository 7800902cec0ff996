"""Edits that nobody would think of: hypothesis draws them, the page carries them out, the replay has each state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from nbassess_events.model import CellsChanged, Edit, NotebookOpened
from nbassess_events.replay import NotebookState, advance

from tests.support.recorder_stand import NEEDS_RECORDER
from tests.support.recording.attribution import Confusion
from tests.support.recording.hands import Hands
from tests.support.recording.playing import judged
from tests.support.recording.stand import Stand

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(280)]

SEQUENCES = 200
EDITOR = (Path(__file__).parents[2] / "support/recording/random_editor.js").read_text("utf-8").split("\n", 2)[2]

Act = dict[str, Any]

part = st.floats(0, 1, allow_nan=False)
letters = st.characters(codec="utf-8") | st.sampled_from("ab \n\t'\"😀👩‍🔬é\u2028\u202e\r\x00{}[]")
text = st.text(letters, max_size=12)
EVENTS = ("input.type", "input.paste", "delete.backward", "move.drop", "input.complete", "select", "")


def _act(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Act]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


splice = _act("splice", cell=part, to=part, text=text, **{"from": part})
simple = st.one_of(
    splice,
    splice,
    _act("dispatch", cell=part, to=part, text=text, event=st.sampled_from(EVENTS), **{"from": part}),
    _act("set", cell=part, text=text),
    _act("insert", at=part, text=text, type=st.sampled_from(("code", "markdown", "raw"))),
    _act("remove", cell=part),
    _act("move", cell=part, at=part),
)
act = st.one_of(
    simple,
    simple,
    _act("transact", acts=st.lists(splice | _act("set", cell=part, text=text), max_size=4)),
    *(_act(kind) for kind in ("undo", "redo", "step")),
)


def test_whatever_is_edited_is_replayed_state_by_state(stand: Stand, seed: str, confusion: Confusion) -> None:
    print(f"edits and faults: NBASSESS_RECORDING_SEED={seed}")
    with judged(stand, "random_editor", confusion, counts=False) as hands:
        began, at = stand.tape.state, stand.tape.position
        path = hands.open("a = '😀'\n", "b = 2", "# text", kinds="ccm")
        stand.spoil(f"{seed} random")
        expected, acts = _edited_at_random(hands, seed)
    states = _replayed(began, stand, at, path)
    missing = _first_missing(expected, states)
    assert missing is None, f"after {acts[missing]} the page had {expected[missing]}, which the replay never shows"


def _edited_at_random(hands: Hands, seed: str) -> tuple[list[Any], list[Act]]:
    """Carry out the sequences; returns the notebook's cells after every act, and the acts."""
    after: list[Any] = []
    done: list[Act] = []

    @seeded(seed)
    @settings(
        max_examples=SEQUENCES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(act, min_size=1, max_size=12))
    def carry_out(acts: list[Act]) -> None:
        after.extend(hands.page.evaluate(EDITOR, acts))
        done.extend(acts)

    carry_out()
    return after, done


def _replayed(state: NotebookState, stand: Stand, at: int, path: str) -> list[Any]:
    """Return the notebook's cells after every record about it."""
    found = []
    for record in stand.tape.since(at):
        state = advance(state, record)
        document = state.by_client.get((record.client, path))
        if document is not None and isinstance(record.event, NotebookOpened | Edit | CellsChanged):
            found.append([[cell.id, cell.cell_type, cell.source] for cell in document.cells])
    return found


def _first_missing(expected: list[Any], states: list[Any]) -> int | None:
    """Return the first state of the page that the replay does not pass through, in order."""
    at = 0
    for number, cells in enumerate(expected):
        found = next((place for place in range(at, len(states)) if states[place] == cells), None)
        if found is None:
            return number
        at = found
    return None


def test_a_replayed_state_that_is_missing_is_found() -> None:
    """The comparison above can fail."""
    states = [[["a", "code", "1"]], [["a", "code", "12"]]]
    assert _first_missing([states[0], states[1], states[1]], states) is None
    assert _first_missing([states[0], [["a", "code", "2"]]], states) == 1
    assert _first_missing([states[1], states[0]], states) == 1
