"""The recorder in a real JupyterLab and a real browser: what was typed is what arrives, byte for byte.

One server and one browser page for all cases; they run in the order of the file and each leaves the notebooks as they
are. Promises: integrity-1 (nothing typed is lost), integrity-2 (the replay is exact).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support import chromium as browser_support
from tests.support.ports import free_port
from tests.support.recorder_lab import LabPage, lab, until
from tests.support.recorder_service import RecorderService, serving
from tests.support.recorder_stand import FIRST, NEEDS_RECORDER, SECOND, Stand, problem, starter

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    home: Path = tmp_path_factory.mktemp("recorder")
    service = RecorderService(
        problems=[
            problem("join-duplicates", "Join with duplicate keys", "medium"),
            problem("rolling-median", "Rolling median without gaps", "hard"),
        ],
        files={FIRST: starter("join-duplicates"), SECOND: starter("rolling-median")},
    )
    with (
        serving(service),
        lab(service, home, port=free_port()) as url,
        browser_support.person(browser) as context,
    ):
        page = LabPage(context.new_page())
        page.open(url)
        yield Stand(service=service, page=page, url=url)


def test_the_first_problem_opens_by_itself_and_is_recorded_whole(stand: Stand) -> None:
    stand.settled()
    assert [event.path for event in stand.service.of_type("notebook_opened")] == [FIRST]
    assert stand.page.page.locator(".nbassess-problem[aria-current=true]").inner_text().startswith("Join with")
    until(lambda: stand.page.recording().startswith("Recorded up to"), "the panel says that it records")
    browser_support.screenshot(stand.page.page, "recorder-panel-light")


def test_typing_and_pasting_and_cutting_are_told_apart(stand: Stand) -> None:
    page = stand.page.page
    since = stand.mark()
    stand.page.edit(2)
    page.keyboard.type("\nvalue = [1, {'a': “é”}]", delay=5)
    page.keyboard.press("Backspace")
    page.evaluate("() => navigator.clipboard.writeText('# pasted 😀 text\\nwith two lines')")
    page.keyboard.press("Control+v")
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Control+x")
    stand.expect_sources(since, ["type", "paste", "cut"])


def test_undo_and_redo_are_told_apart_from_typing(stand: Stand) -> None:
    page = stand.page.page
    stand.page.edit(3)
    page.keyboard.type("x = 12")
    since = stand.mark()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    stand.expect_sources(since, ["undo", "redo"])


def test_an_accepted_completion_is_a_completion(stand: Stand) -> None:
    page = stand.page.page
    stand.page.edit(1)
    page.keyboard.press("Shift+Enter")
    until(lambda: stand.service.of_type("execution_finished"), "the first cell has run", 60)
    since = stand.mark()
    stand.page.edit(3)
    page.keyboard.type("\nlong_vari")
    # Before the completer has its turn, Tab would indent.
    page.wait_for_selector(".jp-CodeCell .jp-mod-completer-enabled")
    stand.complete("long_variable_name")
    stand.expect_sources(since, ["type", "complete"])


def test_what_a_program_writes_is_programmatic(stand: Stand) -> None:
    since = stand.mark()
    stand.page.set_source(3, "print('from a program', 2 ** 10)")
    stand.expect_sources(since, ["programmatic"])


def test_a_run_is_recorded_with_what_it_printed(stand: Stand) -> None:
    stand.page.command_mode(3)
    stand.page.run_command("notebook:run-cell")
    until(lambda: len(stand.service.of_type("execution_finished")) > 1, "the run has arrived")
    run = stand.service.of_type("execution_finished")[-1]
    assert (run.cell, run.ok, run.truncated) == ("join-duplicates-try", True, False)
    assert run.outputs[0]["text"] == "from a program 1024\n"
    assert stand.service.of_type("execution_started")[-1].cell == run.cell


def test_a_flood_of_output_is_bounded_and_says_so(stand: Stand) -> None:
    stand.page.set_source(3, "for _ in range(300):\n    print('flood ' * 200)")
    count = len(stand.service.of_type("execution_finished"))
    stand.page.command_mode(3)
    stand.page.run_command("notebook:run-cell")
    until(lambda: len(stand.service.of_type("execution_finished")) > count, "the run has arrived")
    run = stand.service.of_type("execution_finished")[-1]
    assert run.truncated
    assert len(str(run.outputs)) < 70_000
    stand.page.run_command("notebook:clear-cell-output")


def test_cells_inserted_moved_retyped_and_deleted_replay_exactly(stand: Stand) -> None:
    page = stand.page.page
    since = stand.mark()
    stand.page.command_mode(3)
    page.keyboard.press("b")
    stand.page.edit(4)
    page.keyboard.type("added = 'cell'")
    page.keyboard.press("Escape")
    stand.page.run_command("notebook:move-cell-up")
    stand.expect_actions(since, ["insert", "move"])
    page.keyboard.press("m")
    stand.expect_actions(since, ["insert", "move", "type"])
    # What is done within half a second is one step for Lab's undo; begin a new one.
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.undoManager.stopCapturing()")
    page.keyboard.press("d")
    page.keyboard.press("d")
    stand.expect_actions(since, ["insert", "move", "type", "delete"])
    page.wait_for_selector(".jp-Notebook:not(.jp-mod-editMode) .jp-Cell:focus")
    page.keyboard.press("z")
    stand.expect_actions(since, ["insert", "move", "type", "delete", "insert"])


def test_cells_copied_and_split_and_merged_replay_exactly(stand: Stand) -> None:
    page = stand.page.page
    stand.page.command_mode(2)
    page.keyboard.press("c")
    page.keyboard.press("v")
    stand.settled()
    stand.page.edit(2)
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    stand.page.run_command("notebook:split-cell-at-cursor")
    stand.settled()
    stand.page.run_command("notebook:merge-cell-below")
    stand.settled()


def test_a_second_problem_is_opened_by_keyboard_and_recorded(stand: Stand) -> None:
    page = stand.page.page
    button = page.locator(".nbassess-problem").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('rolling-median')")
    stand.page.edit(2)
    page.keyboard.type("\n    return 1  # neither run nor saved")
    stand.settled()
    assert set(stand.service.replay().end.documents) == {FIRST, SECOND}


def test_an_outage_of_the_service_delays_and_loses_nothing(stand: Stand) -> None:
    """R08: the collector is away; typing goes on, the panel says it, and everything arrives afterwards."""
    stand.mark()
    stand.service.is_away = True
    stand.page.page.keyboard.type("\n# typed while the service was away")
    until(lambda: stand.page.recording().startswith("Recording delayed"), "the panel says that it is delayed")
    browser_support.screenshot(stand.page.page, "recorder-panel-delayed")
    stand.service.is_away = False
    stand.settled()
    until(lambda: stand.page.recording().startswith("Recorded up to"), "the panel says that it records again")


def test_a_cut_line_delays_and_loses_nothing(stand: Stand) -> None:
    context = stand.page.page.context
    stand.mark()
    context.set_offline(True)
    stand.page.page.keyboard.type("\n# typed without a network")
    context.set_offline(False)
    stand.settled()


def test_a_reload_begins_a_new_client_and_keeps_the_old_one(stand: Stand) -> None:
    page = stand.page.page
    stand.page.run_command("docmanager:save-all")
    page.keyboard.type("#")
    page.keyboard.press("Control+s")
    before = stand.service.replay().end.documents[SECOND].to_bytes()
    until(lambda: stand.service.of_type("saved"), "the save has arrived")
    clients = set(stand.service.expected)
    stand.mark()
    page.reload()
    stand.page.ready()
    until(lambda: set(stand.service.expected) > clients, "a new client has arrived")
    until(lambda: SECOND in stand.page.documents() and FIRST in stand.page.documents(), "both are open again")
    stand.settled()
    assert len(before) > 100


def test_focus_is_recorded_where_the_sitting_says_so(stand: Stand) -> None:
    """The first one says how the page began; without any, focus is not recorded."""
    until(lambda: stand.service.of_type("focus"), "the state at the beginning has arrived")


def test_consoles_and_terminals_cannot_be_opened(stand: Stand) -> None:
    commands = set(stand.page.page.evaluate("() => window.jupyterapp.commands.listCommands()"))
    forbidden = {"console:create", "terminal:create-new", "notebook:create-console"}
    assert commands & forbidden == set()
    answer = stand.page.page.request.get(f"{stand.url}/api/terminals")
    assert answer.status == 404


def test_the_panel_looks_right_in_the_dark_theme(stand: Stand) -> None:
    page = stand.page.page
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_selector("body[data-jp-theme-name='JupyterLab Dark']", state="attached")
    page.wait_for_load_state("networkidle")
    browser_support.screenshot(page, "recorder-panel-dark")
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    page.wait_for_selector("body[data-jp-theme-name='JupyterLab Light']", state="attached")


def test_submit_asks_first_and_then_shows_the_receipt(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-submit").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".jp-Dialog >> text=Rolling median without gaps")
    page.locator(".jp-Dialog button", has_text="Keep working").click()
    page.wait_for_selector(".jp-Dialog", state="detached")
    assert stand.service.submitted_documents == {}
    page.locator(".nbassess-submit").click()
    browser_support.screenshot(page, "recorder-submit")
    page.locator(".jp-Dialog button", has_text="Submit").click()
    page.wait_for_selector(".jp-Dialog .nbassess-receipt")
    browser_support.screenshot(page, "recorder-receipt")
    assert stand.service.receipt is not None
    assert stand.service.receipt["matches"] is True
    assert set(stand.service.submitted_documents) == {FIRST, SECOND}
    page.locator(".jp-Dialog button", has_text="Close").click()
    until(lambda: page.locator(".nbassess-ended .nbassess-receipt").count(), "the panel shows the receipt")


def test_after_submitting_nothing_can_be_typed_and_a_reload_still_shows_the_receipt(stand: Stand) -> None:
    page = stand.page.page
    before = stand.page.documents()
    stand.page.cell(3).locator(".cm-content").click()
    page.keyboard.type("too late")
    assert stand.page.documents() == before
    page.reload()
    page.wait_for_selector(".jp-Dialog .nbassess-receipt")
    assert stand.service.receipt is not None
    head = page.locator(".jp-Dialog .nbassess-hash").first.get_attribute("title")
    assert head == stand.service.receipt["head"]
