"""Whatever can change a text in JupyterLab, in a real browser: each is recorded as what it was, and replays exactly.

One server and one page for all cases. Promise: integrity-2. `unknown` would be allowed where nobody can say; a wrong
source never is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbassess_events.model import CellsChanged, Edit
from nbassess_events.witness import incompleteness
from playwright.sync_api import Browser

from tests.support.recorder_hands import (
    LONG,
    SETTINGS,
    active_editor,
    clip,
    events,
    fingerprint,
    fresh_cell,
    key,
    pasted,
    run_cell,
    working,
)
from tests.support.recorder_lab import until
from tests.support.recorder_stand import FIRST, NEEDS_RECORDER, SECOND, Stand

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with working(browser, tmp_path_factory.mktemp("sources"), *SETTINGS) as ready:
        yield ready


def test_enter_indentation_brackets_and_deleting_are_typing(stand: Stand) -> None:
    since = fresh_cell(stand)
    stand.page.page.keyboard.type("def f(a):\nreturn [a", delay=2)
    key(stand, "Backspace", "Control+Backspace", "Tab", "Shift+Tab", "Alt+ArrowUp", "Delete", "Control+Shift+k")
    stand.expect_sources(since, ["type"])


def test_composition_is_told_from_typing(stand: Stand) -> None:
    """Case R14: input methods are recorded as such, and accuse nobody."""
    since = fresh_cell(stand)
    session = stand.page.page.context.new_cdp_session(stand.page.page)
    for text in ("に", "にほ", "にほん"):
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    session.send("Input.insertText", {"text": "日本"})
    session.detach()
    stand.expect_sources(since, ["compose"])
    assert stand.page.documents()[FIRST].cells[-1].source == "日本"


def test_typing_at_several_cursors_is_one_change(stand: Stand) -> None:
    since = fresh_cell(stand, "one\none\none")
    key(stand, "Control+Home", "Control+Shift+d", "Control+Shift+d", "Control+Shift+d")
    active_editor(
        stand,
        "editor.setSelections([0, 1, 2].map(line => ({start: {line, column: 0}, end: {line, column: 3}})))",
    )
    stand.page.page.keyboard.type("two")
    stand.expect_sources(since, ["type"])
    assert stand.page.documents()[FIRST].cells[-1].source == "two\ntwo\ntwo"


def test_text_from_elsewhere_is_pasted_with_length_and_hash(stand: Stand) -> None:
    """Case R15: of the clipboard only length and hash, and the edit that it became."""
    since = fresh_cell(stand)
    text = "never_seen = 'before 😀'\n"
    clip(stand, text)
    key(stand, "Control+v")
    stand.expect_sources(since, ["paste"])
    event = pasted(stand, since)
    assert (event.via, event.length, event.sha256, event.seen) == ("paste", len(text) + 1, fingerprint(text), ())


def test_a_paste_by_the_menu_is_a_paste(stand: Stand) -> None:
    since = fresh_cell(stand)
    clip(stand, "by the menu")
    stand.page.run_command("notebook:paste-text")
    stand.expect_sources(since, ["paste"])
    assert pasted(stand, since).sha256 == fingerprint("by the menu")


def test_a_paste_into_a_markdown_cell_is_a_paste(stand: Stand) -> None:
    """JupyterLab takes the text of such a paste itself, later, and writes it as a program would."""
    stand.page.cell(0).dblclick()
    stand.page.cell(0).locator(".cm-content").click()
    since = stand.mark()
    clip(stand, "into\r\nmarkdown")
    key(stand, "Control+End", "Control+v")
    stand.expect_sources(since, ["paste"])
    assert pasted(stand, since).sha256 == fingerprint("into\nmarkdown")


def test_a_paste_of_own_text_says_where_it_was_seen(stand: Stand) -> None:
    fresh_cell(stand, "typed_here = 1")
    key(stand, "Control+a", "Control+x")
    since = stand.mark()
    key(stand, "Control+v")
    stand.expect_sources(since, ["paste"])
    assert pasted(stand, since).seen == ("cell", "copied")


def test_deleted_text_the_prompt_and_own_output_are_known(stand: Stand) -> None:
    fresh_cell(stand, "print('shown' * 2)")
    run_cell(stand)
    fresh_cell(stand, "deleted_long_ago = True")
    key(stand, "Control+a", "Backspace")
    stand.mark()
    expected = {
        "  deleted_long_ago = True\n": ("cell",),
        "Synthetic problem for tests: “quotes”": ("cell", "prompt"),
        "shownshown": ("output",),
    }
    for text, seen in expected.items():
        since = fresh_cell(stand)
        clip(stand, text)
        key(stand, "Control+v")
        stand.expect_sources(since, ["paste"])
        assert pasted(stand, since).seen == seen
        key(stand, "Control+z")


def test_text_dropped_from_elsewhere_is_a_drop(stand: Stand) -> None:
    since = fresh_cell(stand, "x")
    stand.page.page.evaluate(
        """() => { const content = document.querySelector('.jp-Cell.jp-mod-active .cm-content');
            const box = content.querySelector('.cm-line').getBoundingClientRect(); const data = new DataTransfer();
            data.setData('text/plain', 'dropped_in');
            const at = {clientX: box.left + 1, clientY: box.top + 3, bubbles: true, cancelable: true,
                dataTransfer: data};
            content.dispatchEvent(new DragEvent('drop', at)); }"""
    )
    stand.expect_sources(since, ["drop"])
    assert (pasted(stand, since).via, pasted(stand, since).seen) == ("drop", ())


def test_text_moved_by_dragging_is_a_drop_of_own_text(stand: Stand) -> None:
    since = fresh_cell(stand, "drag_me_over\n\n\nend")
    page = stand.page.page
    lines = page.locator(".jp-Cell.jp-mod-active .cm-line")
    lines.first.dblclick(position={"x": 20, "y": 5})
    first, last = lines.first.bounding_box(), lines.last.bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + 20, first["y"] + 8)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(last["x"] + 30, first["y"] + (last["y"] - first["y"]) * step / 5 + 8)
    page.mouse.up()
    stand.expect_sources(since, ["drop"])
    assert pasted(stand, since).seen == ("cell", "copied")


def test_a_toggled_comment_is_typing(stand: Stand) -> None:
    since = fresh_cell(stand, "a = 1\nb = 2")
    key(stand, "Control+a", "Control+/")
    stand.expect_sources(since, ["type"])
    stand.page.run_command("codemirror:toggle-comment")
    stand.expect_sources(since, ["type"])


def test_a_completion_chosen_with_the_mouse_and_the_only_one_are_completions(stand: Stand) -> None:
    page = stand.page.page
    fresh_cell(stand, "globals().update(many_names_one=1, many_names_two=2, only_this_name=3)")
    run_cell(stand)
    since = fresh_cell(stand)
    page.keyboard.type("many_na")
    menu = page.locator(".jp-Completer:not(.lm-mod-hidden)")

    def opened() -> bool:
        page.wait_for_selector(".jp-CodeCell .jp-mod-completer-enabled")
        if not menu.count():
            key(stand, "Tab")
            page.wait_for_timeout(500)
        return bool(menu.count())

    until(opened, "the completer shows", 30)
    menu.locator("li", has_text="many_names_two").click()
    stand.expect_sources(since, ["type", "complete"])
    since = fresh_cell(stand)
    page.keyboard.type("only_th")
    stand.complete("only_this_name")
    stand.expect_sources(since, ["type", "complete"])


def test_an_accepted_inline_completion_is_told_from_a_tab_completion(stand: Stand) -> None:
    page = stand.page.page
    fresh_cell(stand, "inline_history = [1, 2, 3]")
    run_cell(stand)
    since = fresh_cell(stand)
    page.keyboard.type("inline_hist", delay=20)
    page.wait_for_selector(".jp-Cell.jp-mod-active .jp-GhostText", state="attached")
    key(stand, "Tab")
    stand.expect_sources(since, ["type", "inline"])


def test_replacing_is_told_from_typing_in_rendered_and_unrendered_cells(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-problem").nth(1).click()
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('rolling-median')")
    stand.page.edit(0)
    until(lambda: SECOND in stand.service.replay().end.documents, "the long notebook is recorded")
    since = stand.mark()
    key(stand, "Control+f")
    page.locator(".jp-DocumentSearch-input").first.fill("needle")
    page.locator(".jp-DocumentSearch-toggle-wrapper").first.click()
    page.locator("[placeholder='Replace']").fill("thread")
    page.wait_for_selector(f".jp-DocumentSearch-index-counter:has-text('/{LONG}')")
    page.locator(".jp-DocumentSearch-replace-button", has_text="Replace").first.click()
    stand.expect_sources(since, ["replace"])
    page.locator(".jp-DocumentSearch-replace-button", has_text="Replace All").click()
    until(lambda: "needle" not in str(stand.page.documents()[SECOND]), "everything is replaced")
    stand.expect_sources(since, ["replace"])
    key(stand, "Escape")


def test_cells_on_the_systems_clipboard_are_cut_and_pasted(stand: Stand) -> None:
    """JupyterLab waits for the clipboard then; what comes later is still cut and pasted."""
    page = stand.page.page
    page.locator(".nbassess-problem").first.click()
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('join-duplicates')")
    since = fresh_cell(stand, "on_the_clipboard = 1")
    key(stand, "Escape", "x")
    stand.expect_actions(since, ["cut"])
    key(stand, "v")
    stand.expect_actions(since, ["cut", "paste"])
    assert [change.source for change in events(stand, since, CellsChanged)] == ["cut", "paste"]
    assert (pasted(stand, since).via, pasted(stand, since).seen) == ("cells", ("cell", "copied"))


def test_a_program_that_changes_a_cell_out_of_view_is_a_program(stand: Stand) -> None:
    page = stand.page.page
    page.locator(".nbassess-problem").nth(1).click()
    page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('rolling-median')")
    since = stand.mark()
    stand.page.set_source(LONG - 1, "formatted = 1\n")
    stand.expect_sources(since, ["programmatic"])
    [edit] = events(stand, since, Edit)
    assert edit.cell == f"cell-{LONG - 1}"


def test_the_servers_witness_agrees_with_the_page(stand: Stand) -> None:
    """Every run and every save that the server saw in this sitting is in the replay; nothing is missing."""
    stand.page.run_command("docmanager:save-all")
    stand.settled()
    until(lambda: len(stand.service.of_type("server_save")) >= 1, "the server has seen a save")
    findings = incompleteness(stand.service.records)
    assert [(finding.kind, finding.path, finding.text) for finding in findings] == []
