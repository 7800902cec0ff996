"""A JupyterLab with the recorder, two small synthetic problems, and what a case asks of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
from nbassess_events.model import CellsChanged, Edit

from tests.support.recorder_lab import LabPage, is_built, until
from tests.support.recorder_service import RecorderService, notebook

FIRST = "join-duplicates/join-duplicates.ipynb"
SECOND = "rolling-median/rolling-median.ipynb"
ANSWER = "join-duplicates-answer"


def problem(slug: str, title: str, difficulty: str) -> dict[str, object]:
    """Return a problem as the service lists it."""
    path = f"{slug}/{slug}.ipynb"
    return {"slug": slug, "title": title, "difficulty": difficulty, "minutes": 20, "points": 12, "path": path}


def starter(slug: str) -> str:
    """Return a starter notebook."""
    return notebook(
        (f"{slug}-prompt", "markdown", f"# {slug}\n\nSynthetic problem for tests: “quotes”, é, 😀."),
        (f"{slug}-setup", "code", "import math\nlong_variable_name = 1\n"),
        (f"{slug}-answer", "code", "def solve(x):\n    pass"),
        (f"{slug}-try", "code", ""),
    )


NEEDS_RECORDER = pytest.mark.skipif(not is_built(), reason="the labextension is not built: run `make setup`")


@dataclass
class Stand:
    """Everything a case needs."""

    service: RecorderService
    page: LabPage
    url: str

    def settled(self) -> None:
        """Wait until the service has everything and the replay equals the model, byte for byte."""

        def agrees() -> bool:
            replayed = self.service.replay().end.documents
            return all(
                path in replayed and replayed[path].to_bytes() == document.to_bytes()
                for path, document in self.page.documents().items()
            )

        until(agrees, "the replay equals the notebooks in the browser")
        assert self.service.replay().gaps == ()

    def sources(self, since: int) -> list[str]:
        """Return the sources of the edits after a position, repeated ones joined."""
        edits = [record.event.source for record in self.service.records[since:] if isinstance(record.event, Edit)]
        return [source for index, source in enumerate(edits) if index == 0 or edits[index - 1] != source]

    def expect_sources(self, since: int, expected: list[str]) -> None:
        """Wait for these sources, then for the replay."""
        with suppress(AssertionError):  # the comparison below says more than a time-out
            until(lambda: self.sources(since) == expected, "the sources", 10)
        assert self.sources(since) == expected, f"recorded {self.sources(since)}, expected {expected}"
        self.settled()

    def complete(self, word: str) -> None:
        """Press Tab until the word stands there: a cold kernel's first answers come too late for the completer."""
        page = self.page.page
        is_there = "word => document.querySelector('.jp-Notebook .jp-mod-active').innerText.includes(word)"
        menu = page.locator(".jp-Completer:not(.lm-mod-hidden)")

        def completed() -> bool:
            if menu.count():
                page.keyboard.press("Enter")
            elif not page.evaluate(is_there, word):
                page.keyboard.press("Tab")
                page.wait_for_timeout(700)
            return bool(page.evaluate(is_there, word))

        until(completed, f"the completion of {word}", 30)

    def actions(self, since: int) -> list[str]:
        """Return the actions of the cell-list changes after a position."""
        return [
            record.event.action for record in self.service.records[since:] if isinstance(record.event, CellsChanged)
        ]

    def expect_actions(self, since: int, expected: list[str]) -> None:
        """Wait for these actions, then for the replay."""
        with suppress(AssertionError):  # the comparison below says more than a time-out
            until(lambda: self.actions(since) == expected, "the actions", 10)
        assert self.actions(since) == expected, f"recorded {self.actions(since)}, expected {expected}"
        self.settled()

    def mark(self) -> int:
        """Return the position now."""
        self.settled()
        return len(self.service.records)
