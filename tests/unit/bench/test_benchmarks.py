"""Benchmarks are no tests, but they run, measure what they say, and are all explained."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from nbassess_events.codec import parse_batch

from tests.bench.journal import journal_append
from tests.bench.keystrokes import BATCH_DELAY_MS, batches, keystrokes, pioneer_body, together
from tests.bench.replay_browser import replay_in_browser
from tests.support.tree import ROOT

CLIENT = "0123456789abcdef"
FOLDER = ROOT / "tests" / "bench"
NAME = r"[a-z0-9]+(?:_[a-z0-9]+)+"


def test_the_page_on_benchmarks_explains_every_figure_and_no_other() -> None:
    measured = {
        name
        for file in FOLDER.glob("*.py")
        for name in re.findall(rf'(?:measured|_row)\(\s*"({NAME})"', file.read_text("utf-8"))
    }

    page = (ROOT / "docs/reference/benchmarks.md").read_text("utf-8")

    assert set(re.findall(rf"^\| `({NAME})` \|", page, re.MULTILINE)) == measured


def test_a_page_sends_what_was_typed_within_its_delay_together() -> None:
    sent = list(batches(keystrokes(300), client=CLIENT))

    parsed = [parse_batch(batch.text) for batch in sent]
    assert [event.seq for batch in parsed for event in batch.events] == list(range(300))
    assert all(batch.events[-1].t_ms - batch.events[0].t_ms <= BATCH_DELAY_MS for batch in parsed)
    assert all(later.began_ms - earlier.began_ms > BATCH_DELAY_MS for earlier, later in pairwise(sent))


def test_batches_that_are_forwarded_together_began_within_the_wait() -> None:
    sent = list(batches(keystrokes(300), client=CLIENT))

    groups = list(together(sent, 0.5))

    assert [batch for group in groups for batch in group] == sent
    assert all(group[-1].began_ms - group[0].began_ms <= 500 for group in groups)
    assert any(len(group) > 1 for group in groups)


def test_the_peer_is_told_the_same_keystroke() -> None:
    """The sections of a change cover the text before it, as CodeMirror writes them."""
    for stroke in keystrokes(300):
        changes = json.loads(pioneer_body(stroke, "x"))["eventDetail"]["eventInfo"]["changes"]
        lengths = [part if isinstance(part, int) else part[0] for part in changes]
        inserted = "".join("\n".join(part[1:]) for part in changes if isinstance(part, list))

        assert (sum(lengths), inserted) == (stroke.length_before, stroke.edit.ops[0][2])


def test_the_journal_benchmark_runs() -> None:
    assert [row.name for row in journal_append(60, 2)] == ["journal_append_ms", "journal_append_p95_ms"]


@pytest.mark.browser
def test_the_replay_benchmark_runs() -> None:
    load, seek, _ = replay_in_browser(loads=1, seeks=3)

    assert (load.n, seek.n) == (1, 3)
    assert load.value > 0
