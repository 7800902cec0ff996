"""Nothing is recorded that the consent text does not say. Promises: DESIGN 6, R15."""

import re
from collections import Counter

import pytest
from nbassess_events.model import EVENT_TYPES
from nbassess_hub.sittings.consent import LEVELS, RECORDED, consent_text

from tests.support.tree import ROOT

PAYLOAD = {"title": "t", "minutes": 1, "problems": [], "points": 1, "ai_policy": "", "practice": False}
BY_EVENT = {name: each for each in RECORDED for name in each.events}


def test_every_type_of_event_stands_behind_exactly_one_line() -> None:
    """A new event type fails here until candidates are told of it."""
    counted = Counter(name for each in RECORDED for name in each.events)
    assert counted == Counter({cls.TYPE: 1 for cls in EVENT_TYPES})


@pytest.mark.parametrize("level", LEVELS)
def test_the_text_of_a_level_says_what_is_recorded_and_names_what_is_not(level: str) -> None:
    text = consent_text(PAYLOAD | {"monitoring": level})
    for each in RECORDED:
        is_recorded = LEVELS.index(each.level) <= LEVELS.index(level)
        assert (each.text in text.recorded, each.where_not in text.not_recorded) == (is_recorded, not is_recorded)
    assert all(line.endswith(".") for line in (*text.recorded, *text.not_recorded, *text.readers))


@pytest.mark.parametrize(
    ("event", "level", "words"),
    [
        ("pasted", "none", ("how long", "fingerprint", "seen before in this sitting", "only as the change")),
        ("edit", "none", ("notebooks and text files", "composed", "dropped", "by a program")),
        ("kernel_changed", "none", ("restarts", "interrupted", "dies")),
        ("server_file", "none", ("on the disk", "without a save")),
        ("heartbeat", "none", ("alive", "every ten seconds", "clock")),
        ("detail_dropped", "none", ("lost", "room")),
        ("active_cell", "basic", ("Which cell",)),
        ("focus", "full", ("focus", "hidden", "full screen", "Never where you went")),
        ("selection", "full", ("cursor or selection", "Once a second")),
        ("scrolled", "full", ("in view",)),
    ],
)
def test_what_an_event_holds_is_said_in_words(event: str, level: str, words: tuple[str, ...]) -> None:
    line = BY_EVENT[event]
    assert line.level == level
    assert [each for each in words if each not in line.text] == []


def test_reviewers_who_watch_are_announced() -> None:
    assert any(
        "watch the recording while you work" in line for line in consent_text(PAYLOAD | {"monitoring": "full"}).readers
    )


def test_the_recorder_switches_on_by_level_what_the_text_says() -> None:
    """The one place in the page that knows levels: cells from `basic` on, focus and view at `full`."""
    session = (ROOT / "extensions/recorder/src/session.ts").read_text()
    watch = session[session.index("private _watch(level") :]
    assert re.search(r"level !== 'none'\) \{\s+this\._documents\.recordActiveCells\(\);", watch)
    full = watch[watch.index("level === 'full'") : watch.index("private _watchDeadline")]
    assert [name for name in ("AttentionObserver", "FocusObserver") if name not in full] == []
    assert {name for name, each in BY_EVENT.items() if each.level != "none"} == {
        *("active_cell", "focus", "selection", "scrolled"),
    }
