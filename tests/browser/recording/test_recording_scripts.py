"""The proof: what was typed, pasted, completed, moved, run and saved is what the replay shows, byte for byte.

Every script is played in a real JupyterLab while the ways to the Jupyter server and to the collector lose, double,
swap and delay messages and the collector is killed around its commits. Promises: integrity-1, integrity-2.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.recording.scripts import cells, clipboard, completing, documents, keyboard, running
from tests.support.recorder_stand import NEEDS_RECORDER
from tests.support.recording.attribution import Confusion
from tests.support.recording.playing import play
from tests.support.recording.script import Script
from tests.support.recording.stand import Stand

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(120)]

SUBJECTS = (keyboard, clipboard, completing, cells, running, documents)
SCRIPTS = [script for subject in SUBJECTS for script in subject.script.scripts]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_is_recorded_exactly(stand: Stand, script: Script, seed: str, confusion: Confusion) -> None:
    print(f"faults: NBASSESS_RECORDING_SEED={seed}")
    play(stand, script, seed=seed, confusion=confusion)


def test_edits_are_attributed_rightly(confusion: Confusion) -> None:
    """Over all scripts of this run. For typing and pasting no edit may have a wrong word; `unknown` is allowed."""
    if not confusion.counted:
        pytest.skip("no script was played in this run")
    confusion.write(Path("build/attribution.json"))
    print(confusion.text())
    assert confusion.wrong() == {}
    assert confusion.right() >= 0.99
