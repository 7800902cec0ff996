"""Every event type and every field of it stands in the reference page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nbassess_events.codec import kinds_of
from nbassess_events.model import EVENT_TYPES, SOURCES, Event

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("cls", EVENT_TYPES, ids=lambda cls: cls.TYPE)
def test_the_reference_names_the_event_and_its_fields(cls: type[Event]) -> None:
    row = re.search(rf"^\| `{cls.TYPE}` \|.*$", PAGE, re.MULTILINE)
    assert row is not None, f"docs/reference/events.md has no row for {cls.TYPE}"
    own = kinds_of(cls).keys() - {"seq", "t_ms"}
    assert {name for name in own if f"`{name}`" not in row.group()} == set()


def test_the_reference_names_every_source_of_an_edit() -> None:
    assert [source for source in SOURCES if f"`{source}`" not in PAGE] == []
