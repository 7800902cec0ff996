"""Saves, names, views, tabs, and files that are no notebooks."""

from __future__ import annotations

from tests.support.recorder_lab import until
from tests.support.recording.hands import CURRENT, SHARED, VISIBLE, Hands
from tests.support.recording.script import collection

script = collection()

TEXT_EDITOR = ".jp-FileEditor:not(.lm-mod-hidden) .cm-content"


@script
def saves_between_edits(hands: Hands) -> None:
    hands.open("a = 1", "# Title", kinds="cm")
    hands.edit(0)
    for part in (" + 1", " + 2", "  # '😀'"):
        with hands.doing("type"):
            hands.keys(part)
        hands.command("docmanager:save")
    with hands.doing("type"):
        hands.keys("not saved")


@script
def saves_while_typing(hands: Hands) -> None:
    """A save takes a moment, and typing goes on meanwhile."""
    hands.open("")
    hands.edit(0)
    with hands.doing("type"):
        for number in range(6):
            hands.keys(f"line_{number} = {number}\n")
            hands.begin_command("docmanager:save")
    until(lambda: not hands.page.evaluate(f"() => {CURRENT}.context.model.dirty"), "saved")


@script
def is_saved_by_itself(hands: Hands) -> None:
    hands.open("a = 1")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("23")
    until(lambda: not hands.page.evaluate(f"() => {CURRENT}.context.model.dirty"), "autosaved")
    with hands.doing("type"):
        hands.keys("45")


@script
def renames_the_notebook(hands: Hands) -> None:
    path = hands.open("a = 1")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("2")
    hands.page.evaluate(f"() => {CURRENT}.context.rename('renamed-{path}')")
    hands.paths.append(f"renamed-{path}")
    until(lambda: hands.path == f"renamed-{path}", "the new name")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("3")
    hands.command("docmanager:save")


@script
def goes_back_to_what_is_on_the_disk(hands: Hands) -> None:
    hands.open("a = 1", "b = 2")
    hands.command("docmanager:save")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("  # given up")
    hands.page.evaluate(f"() => {CURRENT}.context.revert()")
    until(lambda: hands.source(0) == "a = 1", "the old text")
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("3")


@script
def edits_a_text_file(hands: Hands) -> None:
    hands.open_text("def double(x):\n    return x\n")
    hands.page.locator(TEXT_EDITOR).click()
    hands.press("Control+End")
    with hands.doing("type"):
        hands.keys("# 'é😀'")
        hands.press("Enter", "Backspace")
    hands.copy_elsewhere("y = double(2)\n")
    with hands.doing("paste"):
        hands.press("Control+v")
    hands.command("docmanager:save")
    hands.new_undo_step()
    with hands.doing("undo"):
        hands.press("Control+z")


@script
def edits_two_views_of_a_notebook(hands: Hands) -> None:
    """Both editors show one text; each change is recorded once."""
    hands.open("a = 1", "b = 2")
    hands.command("docmanager:clone")
    hands.page.wait_for_function("() => document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden)').length > 1")
    views = hands.page.locator(VISIBLE)
    for view in (0, 1):
        with hands.doing("type"):
            views.nth(view).locator(".jp-Cell .cm-content").nth(view).click()
            hands.press("Control+End")
            hands.keys(f"  # view {view}")
    hands.expect(0, "a = 1  # view 0")


@script
def reloads_in_the_middle(hands: Hands) -> None:
    path = hands.open("a = 1")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("2  # before")
    hands.command("docmanager:save")
    hands.page.reload()
    hands.stand.loaded(hands.page)
    hands.show(path, "Notebook")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("3  # after")


@script
def works_in_two_tabs(hands: Hands) -> None:
    hands.open("a = 1")
    other = hands.other_tab()
    other.open("b = 2")
    with other.doing("type"):
        other.edit(0)
        other.keys("  # in the second tab")
    hands.page.bring_to_front()
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("  # in the first tab")


@script
def finds_and_replaces_one(hands: Hands) -> None:
    hands.open("old = 1\nold += 1", "print(old)")
    _search(hands, "old", "new")
    with hands.doing("replace"):
        hands.page.locator(".jp-DocumentSearch-replace-button").first.click()
        until(lambda: "new" in "".join(_sources(hands)), "replaced")


@script
def finds_and_replaces_all(hands: Hands) -> None:
    """Also in cells that are far out of view."""
    hands.open(*[f"old_{number} = old" for number in range(60)])
    _search(hands, "old", "new")
    with hands.doing("replace"):
        hands.page.locator(".jp-DocumentSearch-replace-all-button, .jp-DocumentSearch-replace-button").last.click()
        until(lambda: "old" not in "".join(_sources(hands)), "all replaced")
    with hands.doing("type"):
        hands.press("Escape")
        hands.edit(0)
        hands.keys("!")


@script
def formats_by_program(hands: Hands) -> None:
    hands.open("x=1\ny=[1,2]", "z=3", "# raw", kinds="ccr")
    with hands.doing("programmatic"):
        hands.set_source(0, "x = 1\ny = [1, 2]\n")
        hands.set_source(1, "z = 3")
        hands.set_source(2, "# raw 😀")
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("0")


@script
def inserts_by_program_at_the_cursor(hands: Hands) -> None:
    hands.open("a = ")
    hands.edit(0)
    with hands.doing("programmatic"):
        hands.command("notebook:replace-selection", text="inserted()")
        hands.wait_source(0, "inserted")


@script
def splits_an_emoji_by_program(hands: Hands) -> None:
    """The shared text replaces a half of a pair by U+FFFD; the recording must have what the cell has."""
    hands.open("s = '😀😀'")
    with hands.doing("programmatic"):
        hands.page.evaluate(f"() => {SHARED}.cells[0].updateSource(6, 6, 'x')")
        hands.page.evaluate(f"() => {SHARED}.cells[0].updateSource(9, 10, '')")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("  # after")


def _search(hands: Hands, old: str, new: str) -> None:
    hands.edit(0)
    hands.command("documentsearch:startWithReplace")
    fields = hands.page.locator(".jp-DocumentSearch-overlay textarea")
    fields.nth(0).fill(old)
    fields.nth(1).fill(new)
    hands.page.wait_for_selector(".jp-DocumentSearch-index-counter:text-matches('[1-9]')")


def _sources(hands: Hands) -> list[str]:
    found: list[str] = hands.page.evaluate(f"() => {SHARED}.cells.map(cell => cell.getSource())")
    return found
