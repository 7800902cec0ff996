"""What a person does in a JupyterLab with the recorder, and what is asked of the recording afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from nbassess_events.model import CellsChanged, Edit, Event, Pasted, SaveStarted
from playwright.sync_api import Browser

from tests.support import chromium as browser_support
from tests.support.ports import free_port
from tests.support.recorder_lab import LabPage, lab, until
from tests.support.recorder_service import RecorderService, notebook, serving
from tests.support.recorder_stand import FIRST, SECOND, Stand, problem, starter

NOTES = "join-duplicates/notes.py"
LONG = 200
E = TypeVar("E", bound=Event)
# Off by default: completions from the history, and the system's clipboard for cells.
SETTINGS = {
    "completer-extension/inline-completer": {"providers": {"@jupyterlab/inline-completer:history": {"enabled": True}}},
    "notebook-extension/tracker": {"useSystemClipboardForCells": True},
}


def long_notebook() -> str:
    """Return a notebook of which most is never on the screen."""
    return notebook(*((f"cell-{index}", "code", f"needle = {index}\nother = {index}") for index in range(LONG)))


@contextmanager
def working(browser: Browser, home: Path, *settings: str) -> Iterator[Stand]:
    """Run a lab with a short notebook, one of 200 cells and a text file; yields when the first is recorded.

    `settings` names those of SETTINGS that are on.
    """
    service = RecorderService(
        problems=[
            problem("join-duplicates", "Join with duplicate keys", "medium"),
            problem("rolling-median", "Rolling median without gaps", "hard"),
        ],
        files={FIRST: starter("join-duplicates"), SECOND: long_notebook(), NOTES: "first = 1\n"},
    )
    for name in settings:
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(SETTINGS[name]), encoding="utf-8")
    with (
        serving(service),
        lab(service, home, port=free_port()) as url,
        browser_support.person(browser) as context,
    ):
        page = LabPage(context.new_page())
        page.open(url)
        until(lambda: FIRST in service.replay().end.documents, "the first notebook is recorded")
        yield Stand(service=service, page=page, url=url)


def events(stand: Stand, since: int, kind: type[E]) -> list[E]:
    """Return the events of one kind after a position."""
    return [record.event for record in stand.service.records[since:] if isinstance(record.event, kind)]


def key(stand: Stand, *names: str) -> None:
    """Press keys one after the other."""
    for name in names:
        stand.page.page.keyboard.press(name)


def clip(stand: Stand, text: str) -> None:
    """Put a text on the clipboard as another program would."""
    stand.page.page.evaluate("text => navigator.clipboard.writeText(text)", text)


def pasted(stand: Stand, since: int) -> Pasted:
    """Return the one paste after a position, and see that its change follows at once."""
    records = stand.service.records[since:]
    [index] = [index for index, record in enumerate(records) if isinstance(record.event, Pasted)]
    assert isinstance(records[index + 1].event, Edit | CellsChanged)
    event = records[index].event
    assert isinstance(event, Pasted)
    return event


def fingerprint(text: str) -> str:
    """Return what a paste says about its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def fresh_cell(stand: Stand, text: str = "") -> int:
    """Insert a cell at the end of the first notebook and put the cursor into it; returns the position then."""
    stand.page.page.evaluate(
        """text => { const panel = window.jupyterapp.shell.currentWidget;
            const shared = panel.content.model.sharedModel;
            shared.insertCell(shared.cells.length, {cell_type: 'code', source: text});
            panel.content.activeCellIndex = shared.cells.length - 1; panel.content.mode = 'edit';
            void panel.content.scrollToItem(shared.cells.length - 1); }""",
        text,
    )
    # Not clicked: a cell at the end of a long notebook is only drawn once it has been gone to.
    until(
        lambda: active_editor(stand, "editor !== null && (editor.focus(), editor.hasFocus())"),
        "the cell has the keyboard",
    )
    key(stand, "Control+End")
    return stand.mark()


def run_cell(stand: Stand) -> None:
    """Run the cell that is edited, and wait for its end."""
    count = len(stand.service.of_type("execution_finished"))
    key(stand, "Control+Enter")
    until(lambda: len(stand.service.of_type("execution_finished")) > count, "the run has ended", 60)


def active_editor(stand: Stand, expression: str) -> Any:
    """Evaluate an expression about the editor of the active cell."""
    return stand.page.page.evaluate(
        "() => { const editor = window.jupyterapp.shell.currentWidget.content.activeCell.editor;"
        f" return {expression}; }}"
    )


def saved_sources(stand: Stand) -> list[str]:
    """Return the cells as the replay has them where the last save of the first notebook began."""
    begun = [r for r in stand.service.records if isinstance(r.event, SaveStarted) and r.event.path == FIRST]
    state = stand.service.replay().state_at(begun[-1].position)
    return [cell.source for cell in state.documents[FIRST].cells]


def written_sources(stand: Stand) -> list[str]:
    """Return the cells of the first notebook as they are on the server's disk."""
    text = stand.page.page.evaluate("path => fetch(`/files/${path}`).then(answer => answer.text())", FIRST)
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
