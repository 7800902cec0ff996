"""What happens to whole cells, files, kernels and windows: recorded as what it was, and replayed exactly.

One server and one page for all cases; each leaves the notebooks as they are. Promise: integrity-2.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbassess_events.model import (
    CellsChanged,
    Edit,
    Event,
    ExecutionStarted,
    KernelChanged,
    NotebookOpened,
    ServerEvent,
)
from nbassess_events.witness import incompleteness
from playwright.sync_api import Browser

from tests.support.recorder_hands import (
    NOTES,
    clip,
    events,
    fresh_cell,
    key,
    pasted,
    run_cell,
    saved_sources,
    working,
    written_sources,
)
from tests.support.recorder_lab import until
from tests.support.recorder_stand import FIRST, NEEDS_RECORDER, SECOND, Stand

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with working(browser, tmp_path_factory.mktemp("documents")) as ready:
        yield ready


def test_two_views_of_one_notebook_are_one_document(stand: Stand) -> None:
    page = stand.page.page
    stand.page.run_command("docmanager:clone")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) >> nth=1")
    since = stand.mark()
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").nth(1)
    panel.locator(".jp-Cell[data-windowed-list-index='2'] .cm-content").click()
    page.keyboard.type("in_the_second_view = 1")
    stand.expect_sources(since, ["type"])
    clip(stand, "pasted_into_one_of_two_views")
    since = stand.mark()
    key(stand, "Control+v")
    stand.expect_sources(since, ["paste"])
    assert len(events(stand, since, Edit)) == 1
    stand.page.run_command("application:close")


def test_cell_commands_say_what_they_do_and_that_they_do_it(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-problem").first.click()
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('join-duplicates')")
    since = fresh_cell(stand, "upper = 1\nlower = 2")
    key(stand, "Control+Home", "ArrowDown")
    steps = {
        "notebook:split-cell-at-cursor": ("split", "cells"),
        "notebook:merge-cell-above": ("merge", "cells"),
        "notebook:move-cell-up": ("move", "cells"),
        "notebook:duplicate-below": ("insert", "cells"),
        "notebook:change-cell-to-markdown": ("type", "cells"),
        "notebook:cut-cell": ("cut", "cut"),
        "notebook:paste-cell-below": ("paste", "paste"),
        "notebook:insert-cell-above": ("insert", "cells"),
        "notebook:delete-cell": ("delete", "cells"),
    }
    for command, expected in steps.items():
        at = stand.mark()
        stand.page.run_command(command)
        until(lambda at=at: stand.actions(at), f"{command} is recorded")  # type: ignore[misc] # bound at once
        assert [(change.action, change.source) for change in events(stand, at, CellsChanged)] == [expected], command
        assert {edit.source for edit in events(stand, at, Edit)} <= {"cells"}, command
        stand.settled()
    assert pasted(stand, since).via == "cells"
    assert pasted(stand, since).seen == ("cell", "copied")


def test_undoing_cell_commands_is_undo(stand: Stand) -> None:
    page = stand.page.page
    fresh_cell(stand, "to be deleted and brought back")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.undoManager.stopCapturing()")
    key(stand, "Escape")
    stand.page.run_command("notebook:delete-cell")
    since = stand.mark()
    stand.page.run_command("notebook:undo-cell-action")
    stand.expect_actions(since, ["insert"])
    stand.page.run_command("notebook:redo-cell-action")
    stand.expect_actions(since, ["insert", "delete"])
    assert [change.source for change in events(stand, since, CellsChanged)] == ["undo", "redo"]


def test_a_cell_that_is_there_twice_replays_exactly(stand: Stand) -> None:
    """Cut, undo and paste bring the same cell back twice, with one id."""
    page = stand.page.page
    fresh_cell(stand, "twice")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.undoManager.stopCapturing()")
    key(stand, "Escape")
    for command in ("cut-cell", "undo-cell-action", "paste-cell-below"):
        stand.page.run_command(f"notebook:{command}")
    stand.settled()
    key(stand, "Enter")
    page.keyboard.type("edited the second one ")
    stand.settled()
    key(stand, "Escape")
    stand.page.run_command("notebook:delete-cell")
    stand.settled()


def test_a_text_file_is_recorded_like_a_notebook(stand: Stand) -> None:
    page = stand.page.page
    since = stand.mark()
    page.evaluate("path => { void window.jupyterapp.commands.execute('docmanager:open', {path}); }", NOTES)
    page.wait_for_selector(".jp-FileEditor .cm-content")
    page.locator(".jp-FileEditor .cm-content").click()
    key(stand, "Control+End")
    page.keyboard.type("second = 2")
    clip(stand, "\npasted = 3")
    key(stand, "Control+v")
    stand.expect_sources(since, ["type", "paste"])
    assert pasted(stand, since).cell == "file"
    key(stand, "Control+s")
    until(lambda: [event.path for event in stand.service.of_type("saved")][-1:] == [NOTES], "the save is recorded")
    cell = stand.service.replay().end.documents[NOTES].cells[0]
    assert (cell.id, cell.cell_type, cell.source) == ("file", "file", "first = 1\nsecond = 2\npasted = 3")
    stand.page.run_command("fileeditor:undo")
    until(lambda: stand.sources(since) == ["type", "paste", "undo"], "the undo is recorded")


def test_a_renamed_file_goes_on_under_its_new_path(stand: Stand) -> None:
    page = stand.page.page
    renamed = "join-duplicates/renamed.py"
    page.evaluate("path => { void window.jupyterapp.shell.currentWidget.context.rename(path); }", "renamed.py")
    until(lambda: renamed in stand.service.replay().end.documents, "the new path is recorded")
    page.locator(".jp-FileEditor .cm-content").click()
    page.keyboard.type("#")
    text = page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()")
    until(lambda: stand.service.replay().end.documents[renamed].cells[0].source == text, "its edits arrive")
    stand.page.run_command("docmanager:save")
    until(lambda: stand.service.of_type("saved")[-1].path == renamed, "it is saved")
    stand.page.run_command("application:close")


def test_every_save_and_every_run_has_its_text_in_the_replay(stand: Stand) -> None:
    """A save and queued runs take their text when they begin, whatever is typed meanwhile."""
    page = stand.page.page
    fresh_cell(stand, "import time\ntime.sleep(0.5)")
    key(stand, "Control+Enter")
    fresh_cell(stand, "queued = 1")
    since = stand.mark()
    key(stand, "Control+Enter", "Enter")
    page.keyboard.type("# typed while it waits")
    stand.page.run_command("docmanager:save")
    page.keyboard.type(" and more")
    stand.settled()
    cell = stand.page.documents()[FIRST].cells[-1].id
    [run] = [r for r in stand.service.records[since:] if isinstance(r.event, ExecutionStarted) and r.event.cell == cell]
    assert stand.service.replay().state_at(run.position).documents[FIRST].cells[-1].source == "queued = 1"
    until(lambda: stand.service.of_type("saved")[-1:] and saved_sources(stand) == written_sources(stand), "the save")
    stand.settled()


def test_the_kernel_is_followed_through_interrupt_and_restart(stand: Stand) -> None:
    fresh_cell(stand, "while True:\n    pass")
    started = len(stand.service.of_type("execution_started"))
    since = stand.mark()
    key(stand, "Control+Enter")
    until(lambda: len(stand.service.of_type("execution_started")) > started, "the run is recorded")
    stand.page.run_command("notebook:interrupt-kernel")
    until(
        lambda: [e.state for e in events(stand, since, KernelChanged)] == ["interrupted"], "the interrupt is recorded"
    )
    stand.page.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    states = ["interrupted", "restarted"]
    until(lambda: [e.state for e in events(stand, since, KernelChanged)] == states, "the restart is recorded")
    fresh_cell(stand, "after = 'the restart'")
    run_cell(stand)
    assert [e.state for e in events(stand, since, KernelChanged)] == states


def test_what_is_looked_at_is_recorded_coarsely(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-problem").nth(1).click()
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('rolling-median')")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.scrollToItem(150)")
    until(lambda: [e for e in stand.service.of_type("scrolled") if e.last_cell > "cell-14"], "the view is recorded")
    stand.page.edit(150)
    key(stand, "Control+a")
    until(lambda: stand.service.of_type("selection")[-1:], "the selection is recorded")
    until(lambda: stand.service.of_type("selection")[-1].length > 10, "all of the cell is selected")
    event = stand.service.of_type("selection")[-1]
    assert (event.path, event.cell, event.first_line, event.last_line) == (SECOND, "cell-150", 0, 1)


def test_the_page_gives_a_sign_of_life(stand: Stand) -> None:
    until(lambda: len(stand.service.of_type("heartbeat")) >= 2, "two heartbeats", 30)
    assert abs(stand.service.of_type("heartbeat")[0].wall_ms - stand.service.of_type("heartbeat")[0].t_ms) < 60_000


def test_the_whole_screen_is_told_from_a_window(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-problem").first.click()
    page.evaluate("() => document.documentElement.requestFullscreen()")
    until(lambda: "fullscreen" in [event.state for event in stand.service.of_type("focus")], "full screen is recorded")
    page.evaluate("() => document.exitFullscreen()")
    until(lambda: stand.service.of_type("focus")[-1].state == "windowed", "the window is recorded")


def test_the_servers_witness_agrees_with_the_page(stand: Stand) -> None:
    """Every run and every save that the server saw in this sitting is in the replay; nothing is missing."""
    stand.page.run_command("docmanager:save-all")
    stand.settled()
    until(lambda: len(stand.service.of_type("server_save")) >= 1, "the server has seen a save")
    findings = incompleteness(stand.service.records)
    assert [(finding.kind, finding.path, finding.text) for finding in findings] == []


@pytest.mark.parametrize(("level", "watched"), [("basic", {"active_cell"}), ("none", set[str]())])
def test_no_more_is_recorded_than_the_level_says(stand: Stand, level: str, watched: set[str]) -> None:
    """The work and the signs of life always; what is looked at only where the consent page says so."""
    page = stand.page.page
    stand.page.run_command("docmanager:save-all")
    known = {record.client for record in stand.service.records}
    stand.service.monitoring = level
    page.reload()
    stand.page.ready()

    def recorded() -> list[Event]:
        events = [record.event for record in stand.service.records if record.client not in known]
        return [event for event in events if not isinstance(event, ServerEvent)]

    def types() -> set[str]:
        return {event.TYPE for event in recorded()}

    current = "() => window.jupyterapp.shell.currentWidget?.context?.path"

    def is_open() -> bool:
        return page.evaluate(current) in [event.path for event in recorded() if isinstance(event, NotebookOpened)]

    until(is_open, "the notebook in front is recorded again")
    fresh_cell(stand)
    clip(stand, "pasted")
    key(stand, "Control+v", "Control+a", "Escape", "k", "k", "j")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.scrollToItem(0)")
    until(lambda: "heartbeat" in types(), "a heartbeat", 30)
    always = {"client_started", "notebook_opened", "cells_changed", "pasted", "edit", "heartbeat", "kernel_changed"}
    until(lambda: always | watched <= types(), "what this level records")
    assert types() - {"save_started", "saved"} == always | watched
