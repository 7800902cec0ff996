"""The JavaScript of the widgets, as far as it needs no page: run in Node, asserted there."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import nbassess_dashboards.tables
import pytest

from tests.unit.dashboards.test_replay_engine import HERE, node

REFERENCE = Path(__file__).resolve().parents[3] / "docs/reference/dashboards.md"
PACKAGE = Path(nbassess_dashboards.tables.__file__).parent
SCRIPTS = ["run_playback.mjs", "run_diff.mjs", "run_table.mjs", "run_opening.mjs", "run_drawing.mjs"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_logic_of_the_widgets_holds_in_node(script: str) -> None:
    ran = subprocess.run(
        [node(), str(HERE / script), str(PACKAGE)], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr


def test_engine_loads_fifty_thousand_edits_within_a_second_and_seeks_within_fifty_milliseconds() -> None:
    ran = subprocess.run(
        [node(), str(HERE / "run_speed.mjs"), str(PACKAGE)], capture_output=True, text=True, check=True, timeout=120
    )
    taken = json.loads(ran.stdout)
    assert taken["loadMs"] < 1000, taken
    assert taken["worstMs"] < 50, taken
    assert taken["searchMs"] < 1000, taken


def test_every_key_of_the_player_is_in_the_reference() -> None:
    source = (PACKAGE / "player/shortcuts.js").read_text(encoding="utf-8")
    rows = re.findall(r'^  \["([^"]+)", "[^"]+", \w+, "\w+", "([^"]+)"\],$', source, re.MULTILINE)
    written = REFERENCE.read_text(encoding="utf-8")
    assert len(rows) > 20
    assert [(key, meaning) for key, meaning in rows if f"| `{key}` | {meaning} |" not in written] == []


def test_widgets_load_nothing_from_elsewhere() -> None:
    """Promise: air-gapped sites. The only address in the scripts and styles is the name of the SVG namespace."""
    files = [*PACKAGE.glob("player/*"), *PACKAGE.glob("table/*"), PACKAGE / "page.css"]
    named = {path.name: path.read_text(encoding="utf-8").count("://") for path in files if path.is_file()}
    assert {name: count for name, count in named.items() if count} == {"dom.js": 1}
