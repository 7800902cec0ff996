"""What a person does to whole cells."""

from __future__ import annotations

from tests.support.recorder_lab import until
from tests.support.recording.hands import SHARED, VISIBLE, Hands
from tests.support.recording.script import collection

script = collection()


@script
def inserts_and_deletes_cells(hands: Hands) -> None:
    hands.open("a = 1", "b = 2")
    hands.select_cell(0)
    hands.press("b")
    with hands.doing("type"):
        hands.press("Enter")
        hands.keys("c = 3")
    hands.press("Escape", "a", "Escape")
    hands.select_cell(3)
    hands.press("d", "d")
    _has(hands, "a = 1", "", "c = 3")


@script
def cuts_and_pastes_cells(hands: Hands) -> None:
    hands.open("a = '😀'", "b = 2", "c = 3")
    hands.select_cell(0)
    hands.press("Shift+ArrowDown", "x")
    _has(hands, "c = 3")
    hands.press("v")
    _has(hands, "c = 3", "a = '😀'", "b = 2")
    hands.command("notebook:paste-cell-above")
    until(lambda: len(_sources(hands)) == 5, "pasted twice")


@script
def copies_and_duplicates_cells(hands: Hands) -> None:
    hands.open("a = 1", "b = 2")
    hands.select_cell(0)
    hands.press("c", "v")
    _has(hands, "a = 1", "a = 1", "b = 2")
    hands.command("notebook:duplicate-below")
    hands.command("notebook:copy-cell")
    hands.select_cell(3)
    hands.command("notebook:paste-and-replace-cell")
    _has(hands, "a = 1", "a = 1", "a = 1", "a = 1")
    with hands.doing("type"):
        hands.edit(3)
        hands.keys("# the last one")


@script
def splits_a_cell(hands: Hands) -> None:
    hands.open("first = '😀'\nsecond = 2\nthird = 3")
    hands.edit(0, at="Control+Home")
    hands.press("ArrowDown")
    with hands.doing("cells"):
        hands.press("Control+Shift+-")
        _has(hands, "first = '😀'", "second = 2\nthird = 3")
    with hands.doing("type"):
        hands.keys("x")


@script
def splits_at_several_cursors(hands: Hands) -> None:
    hands.open("one\ntwo\nthree\nfour")
    hands.edit(0, at="Control+Home")
    for index in (1, 2, 3):
        hands.cell(0).locator(".cm-line").nth(index).click(modifiers=["Control"], position={"x": 1, "y": 6})
    with hands.doing("cells"):
        hands.command("notebook:split-cell-at-cursor")
        until(lambda: len(_sources(hands)) > 2, "several cells")


@script
def merges_selected_cells(hands: Hands) -> None:
    hands.open("a = 1", "b = 2", "c = 3")
    hands.select_cell(0)
    hands.press("Shift+ArrowDown", "Shift+ArrowDown")
    with hands.doing("cells"):
        hands.press("Shift+M")
        until(lambda: len(_sources(hands)) == 1, "one cell")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("\nd = 4")


@script
def merges_above_and_below(hands: Hands) -> None:
    hands.open("a = 1", "b = 2", "c = 3")
    hands.select_cell(1)
    with hands.doing("cells"):
        hands.command("notebook:merge-cell-above")
        until(lambda: len(_sources(hands)) == 2, "merged above")
    hands.select_cell(0)
    with hands.doing("cells"):
        hands.command("notebook:merge-cell-below")
        until(lambda: len(_sources(hands)) == 1, "merged below")


@script
def moves_cells_by_keys(hands: Hands) -> None:
    hands.open("a", "b", "c", "d")
    hands.select_cell(0)
    hands.press("Control+Shift+ArrowDown", "Control+Shift+ArrowDown", "Control+Shift+ArrowUp")
    _has(hands, "b", "a", "c", "d")
    hands.press("Shift+ArrowDown", "Control+Shift+ArrowDown")
    _has(hands, "b", "d", "a", "c")


@script
def moves_cells_by_dragging(hands: Hands) -> None:
    hands.open("a", "b", "c")
    hands.select_cell(0)
    start = hands.cell(0).locator(".jp-InputPrompt").first.bounding_box()
    end = hands.cell(2).locator(".jp-InputPrompt").first.bounding_box()
    assert start is not None
    assert end is not None
    mouse = hands.page.mouse
    mouse.move(start["x"] + 10, start["y"] + 10)
    mouse.down()
    mouse.move(start["x"] + 10, start["y"] + 40, steps=5)
    mouse.move(end["x"] + 30, end["y"] + end["height"] - 4, steps=10)
    mouse.up()
    until(lambda: _sources(hands) != ["a", "b", "c"], "the cell was moved")


@script
def changes_types_and_back(hands: Hands) -> None:
    hands.open("# Title\n\ntext with 😀", "x = 1")
    hands.select_cell(0)
    hands.press("m")
    hands.press("r")
    hands.press("y")
    with hands.doing("type"):
        hands.press("Enter", "Control+End")
        hands.keys("!")
    assert _types(hands) == ["code", "code"]
    hands.press("Escape", "m")
    assert _types(hands) == ["markdown", "code"]


@script
def takes_a_deleted_cell_back(hands: Hands) -> None:
    hands.open("a = 1", "precious = '😀'", "c = 3")
    hands.select_cell(1)
    hands.new_undo_step()
    hands.press("d", "d")
    _has(hands, "a = 1", "c = 3")
    hands.new_undo_step()
    hands.press("z")
    _has(hands, "a = 1", "precious = '😀'", "c = 3")
    hands.press("Shift+Z")
    _has(hands, "a = 1", "c = 3")
    hands.press("z")
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("  # again")


@script
def types_and_undoes_across_cells(hands: Hands) -> None:
    """Undo in command mode goes over the whole notebook, inserted cells included."""
    hands.open("a = 1")
    hands.select_cell(0)
    hands.press("b", "Enter")
    with hands.doing("type"):
        hands.keys("b = 2")
    hands.new_undo_step()
    hands.press("Escape", "m")
    hands.new_undo_step()
    hands.press("z")
    until(lambda: _types(hands)[-1:] == ["code"], "the type is back")
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("0")


@script
def renders_markdown_and_edits_it_again(hands: Hands) -> None:
    hands.open("# Title", "x = 1", kinds="mc")
    hands.select_cell(0)
    hands.press("Enter")
    with hands.doing("type"):
        hands.press("Control+End")
        hands.keys("\n\n- [ ] *item* with $x^2$ and 😀")
    hands.press("Shift+Enter")
    hands.page.wait_for_selector(f"{VISIBLE} .jp-MarkdownCell.jp-mod-rendered")
    hands.command("notebook:move-cursor-up")
    hands.command("notebook:enter-edit-mode")
    hands.cell(0).locator(".cm-focused").wait_for()
    with hands.doing("type"):
        hands.press("Control+End")
        hands.keys(" more")
    hands.wait_source(0, "more")


@script
def edits_cells_that_are_out_of_view(hands: Hands) -> None:
    """Cells far away are not rendered and have no editor."""
    hands.open(*[f"cell_{number} = {number}" for number in range(80)])
    with hands.doing("programmatic"):
        for index in (50, 79):
            hands.set_source(index, f"reached = {index}")
    hands.page.evaluate(f"() => void {SHARED}.deleteCell(60)")
    hands.page.evaluate(f"() => void {SHARED}.insertCell(70, {{cell_type: 'code', source: 'far = 1', id: 'far-away'}})")
    hands.press("Control+End")
    with hands.doing("type"):
        hands.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex = 75")
        hands.command("notebook:enter-edit-mode")
        hands.page.wait_for_selector(f"{VISIBLE} .jp-mod-editMode .jp-Cell.jp-mod-active .cm-focused")
        hands.keys("# typed far down\n")


def _sources(hands: Hands) -> list[str]:
    found: list[str] = hands.page.evaluate(f"() => {SHARED}.cells.map(cell => cell.getSource())")
    return found


def _types(hands: Hands) -> list[str]:
    found: list[str] = hands.page.evaluate(f"() => {SHARED}.cells.map(cell => cell.cell_type)")
    return found


def _has(hands: Hands, *sources: str) -> None:
    until(lambda: _sources(hands) == list(sources), f"the cells {sources}", 5)
