"""Play a script under faults and hold its recording against everything that is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbassess_events.model import CellsChanged, Edit
from playwright.sync_api import Error

from tests.support import chromium
from tests.support.recording.attribution import Confusion
from tests.support.recording.hands import Hands
from tests.support.recording.oracle import Oracle
from tests.support.recording.script import Script
from tests.support.recording.stand import Stand


def play(stand: Stand, script: Script, *, seed: str, confusion: Confusion) -> None:
    """Play under a mix of faults on both ways, then check."""
    with judged(stand, script.name, confusion) as hands:
        stand.spoil(f"{seed} {script.name}")
        script.play(hands)


@contextmanager
def judged(
    stand: Stand, name: str, confusion: Confusion, *, counts: bool = True, server_was_killed: bool = False
) -> Iterator[Hands]:
    """Give the hands for one script; afterwards everything must agree."""
    began = stand.tape.read().position
    oracle = Oracle(stand, began=began, ran_before=len(stand.line.witness.ran))
    hands = Hands(stand, name, stand.page)
    stand.errors.clear()
    try:
        yield hands
        stand.is_spoiled = True
        oracle.settled(hands, *hands.others)
        oracle.check(hands, *hands.others, server_was_killed=server_was_killed)
        stand.is_spoiled = False
        for each in (hands, *hands.others) if counts else ():
            _count(stand, each, confusion, began)
    except BaseException:
        chromium.screenshot(hands.page, f"recording-{name}")
        raise
    finally:
        stand.calm()
        _leave(hands)


def _leave(hands: Hands) -> None:
    """Close what the script opened; what cannot be closed spoils the stand."""
    for other in hands.others:
        other.page.close()
    try:
        hands.press("Escape")
        hands.close()
    except Error:
        hands.stand.is_spoiled = True


def _count(stand: Stand, hands: Hands, confusion: Confusion, began: int) -> None:
    events = (record.event for record in stand.tape.since(began))
    edits = [event for event in events if isinstance(event, Edit | CellsChanged) and event.path in hands.paths]
    confusion.count(hands.script, hands.steps, edits)
    silent = [(number, step) for number, step in enumerate(hands.steps) if step.edits == 0]
    found = [(edit.t_ms, edit.source, edit.ops) for edit in edits[:20]]
    assert silent == [], f"steps in which nothing was edited; edits: {found}"
