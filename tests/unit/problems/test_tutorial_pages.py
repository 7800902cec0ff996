"""The pages for people who begin name commands, files and buttons that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [*sorted((ROOT / "docs" / "tutorial").glob("*.md")), ROOT / "docs" / "howto" / "write-a-problem.md"]
COMMANDS = set(
    re.findall(r"^## nbassess (.+)$", (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8"), re.MULTILINE)
)
INTERFACE = "".join(
    path.read_text("utf-8")
    for place in ("hub/nbassess_hub/pages/templates", "extensions/recorder/src/panel")
    for path in (ROOT / place).iterdir()
)
BUTTONS = [
    ("first-sitting.md", "Practise first"),
    ("first-sitting.md", "Start"),
    ("first-sitting.md", "Submit …"),
    ("first-sitting.md", "Recorded up to"),
    ("first-sitting.md", "Recording delayed"),
    ("first-assessment.md", "Invite a candidate"),
    ("first-assessment.md", "Create the link"),
    ("first-assessment.md", "New link"),
    ("first-assessment.md", "Open dashboards"),
    ("first-assessment.md", "Open as an app"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_the_page_exists(page: Path) -> None:
    lines = re.findall(r"^nbassess .+$", page.read_text("utf-8"), re.MULTILINE)
    unknown = [line for line in lines if not any(line.startswith(f"nbassess {command} ") for command in COMMANDS)]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_on_the_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(("page", "words"), BUTTONS, ids=[words for _, words in BUTTONS])
def test_the_words_on_the_page_are_those_on_the_screen(page: str, words: str) -> None:
    assert words in (ROOT / "docs" / "tutorial" / page).read_text("utf-8")
    assert words in INTERFACE
