"""Every fault at every hop, several scripts each, and the crashes that no message survives.

The hops: browser -> Jupyter server (a WebSocket), Jupyter server -> collector (HTTP), the collector and its store, the
Jupyter server itself, the tab itself. Fault catalogue: F07, F13, F15, F22, R05, R08.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.browser.recording.scripts import cells, clipboard, keyboard
from tests.support.recorder_lab import LabPage, until
from tests.support.recorder_stand import NEEDS_RECORDER
from tests.support.recording.attribution import Confusion
from tests.support.recording.faults import LINE, ROAD, Fault, certain
from tests.support.recording.hands import Hands
from tests.support.recording.oracle import Oracle
from tests.support.recording.playing import judged
from tests.support.recording.stand import Stand

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(180)]

SCRIPTS = {script.name: script for subject in (keyboard, clipboard, cells) for script in subject.script.scripts}
PLAYED = (
    ("types_and_corrects", "pastes_and_types_on", "splits_a_cell"),
    ("types_emoji_and_deletes_them", "undoes_and_redoes_typing", "moves_cells_by_keys"),
)
PAIRS = [("line", fault, PLAYED[number % 2]) for number, fault in enumerate(LINE)]
PAIRS += [("road", fault, PLAYED[number % 2]) for number, fault in enumerate(ROAD)]


@pytest.mark.parametrize(("way", "fault", "names"), PAIRS, ids=[f"{way}-{fault}" for way, fault, _ in PAIRS])
def test_fault_on_a_way(
    stand: Stand, way: str, fault: Fault, names: tuple[str, ...], seed: str, confusion: Confusion
) -> None:
    print(f"faults: NBASSESS_RECORDING_SEED={seed}")
    plan = certain(fault, seed=f"{seed} {way} {fault}")
    for name in names:
        with judged(stand, name, confusion) as hands:
            if way == "line":
                stand.line.plan = plan
            else:
                stand.road.plan = plan
            SCRIPTS[name].play(hands)
            until(lambda: plan.done[fault] > 0, "the fault has happened")  # the forwarder waits for company


def test_a_line_that_is_away_for_a_while(stand: Stand, confusion: Confusion) -> None:
    with _typing(stand, "line_away", confusion) as hands:
        stand.line.cut()
        hands.keys("  # without a network")
        until(lambda: "delayed" in LabPage(hands.page).recording(), "the panel says that it is delayed")
        stand.line.mend()
        hands.keys(" and with it again")


def test_a_collector_that_is_away_for_a_while(stand: Stand, confusion: Confusion) -> None:
    with _typing(stand, "collector_away", confusion) as hands:
        stand.road.is_cut = True
        hands.keys("  # without a collector")
        until(lambda: "delayed" in LabPage(hands.page).recording(), "the panel says that it is delayed")
        stand.road.is_cut = False
        hands.keys(" and with it again")


def test_a_store_that_is_busy_for_a_while(stand: Stand, confusion: Confusion) -> None:
    with _typing(stand, "store_busy", confusion) as hands, stand.collector.store.write():
        hands.keys("  # nothing can be committed now")


@pytest.mark.parametrize("moment", ["while typing", "between words"])
def test_a_server_that_is_killed_and_started_again(stand: Stand, moment: str, seed: str, confusion: Confusion) -> None:
    """The journal is what it was; what the page was not promised, it sends again."""
    words = random.Random(f"{seed} {moment}").randint(3, 12)
    with _typing(stand, f"server_killed_{moment.replace(' ', '_')}", confusion, server_was_killed=True) as hands:
        stand.spoil(f"{seed} server killed")
        hands.keys(" word" * words)
        if moment == "between words":
            until(lambda: "Recorded up to" in LabPage(hands.page).recording(), "recorded")
        stand.server.kill()
        hands.keys("  # while the server is dead")
        stand.server.start()
        hands.keys(" and after")


@pytest.mark.parametrize("work", ["types", "changes_cells"])
def test_a_tab_that_is_killed_and_opened_again(stand: Stand, work: str) -> None:
    """What only the browser had comes with the next page: it was in IndexedDB."""
    hands = Hands(stand, f"tab_killed_{work}", stand.page)
    oracle = Oracle(stand, began=stand.tape.read().position, ran_before=len(stand.line.witness.ran))
    stand.is_spoiled = True
    path = hands.open("a = 1", "b = '😀'")
    until(lambda: path in stand.tape.read().documents, "the notebook's snapshot")
    hands.edit(1)
    stand.line.cut()
    hands.keys("  # only the browser has this")
    if work == "changes_cells":
        hands.press("Escape", "m", "a", "Enter")
        hands.keys("c = 3")
    last = hands.documents()
    _wait_for_storage(stand)
    stand.page.close(run_before_unload=False)
    stand.line.mend()
    hands.page = stand.open()
    until(lambda: (stand.tape.read(), oracle.has(last[path]))[1], "what the killed tab had", 40)
    assert stand.tape.faults() == []
    stand.is_spoiled = False


def _wait_for_storage(stand: Stand) -> None:
    """Wait until the browser's database does not grow any more: the recorder writes it a moment after each edit."""
    counts: list[int] = []

    def is_stable() -> bool:
        stand.page.wait_for_timeout(300)
        counts.append(LabPage(stand.page).stored_edits())
        return len(counts) > 2 and counts[-3] == counts[-1] > 0

    until(is_stable, "the browser has stored what was typed")


@contextmanager
def _typing(stand: Stand, name: str, confusion: Confusion, *, server_was_killed: bool = False) -> Iterator[Hands]:
    """Give hands in the middle of typing."""
    with judged(stand, name, confusion, server_was_killed=server_was_killed) as hands:
        hands.open("x = 1")
        hands.edit(0)
        with hands.doing("type"):
            hands.keys("00")
            yield hands
