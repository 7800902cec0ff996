"""What comes from the clipboard or by dragging, and how it is taken back."""

from __future__ import annotations

from tests.support.recorder_lab import until
from tests.support.recording.hands import Hands
from tests.support.recording.script import collection

script = collection()


@script
def pastes_and_types_on(hands: Hands) -> None:
    hands.open("x = 1\n")
    hands.edit(0)
    hands.copy_elsewhere("import pandas as pd\nframe = pd.DataFrame({'é': ['😀']})\n")
    with hands.doing("paste"):
        hands.press("Control+v")
    with hands.doing("type"):
        hands.keys("frame.head()")


@script
def pastes_windows_lines(hands: Hands) -> None:
    hands.open("")
    hands.edit(0)
    hands.copy_elsewhere("a = 1\r\nb = 2\r\n\tc = 3\r")
    with hands.doing("paste"):
        hands.press("Control+v")


@script
def pastes_over_a_selection(hands: Hands) -> None:
    hands.open("old = 1\nold = 2")
    hands.edit(0, at="Control+a")
    hands.copy_elsewhere("new = '🙂'")
    with hands.doing("paste"):
        hands.press("Control+v")
    hands.expect(0, "new = '🙂'")


@script
def pastes_with_several_cursors(hands: Hands) -> None:
    """As many lines as cursors: each cursor gets one."""
    hands.open("one\ntwo\nthree")
    hands.edit(0, at="Control+Home")
    for index in (1, 2):
        hands.cell(0).locator(".cm-line").nth(index).click(modifiers=["Control"], position={"x": 3, "y": 6})
    hands.copy_elsewhere("A\nB\nC")
    with hands.doing("paste"):
        hands.press("Control+v")


@script
def pastes_a_megabyte(hands: Hands) -> None:
    hands.open("", "y = 1")
    hands.edit(0)
    hands.copy_elsewhere("".join(f"row_{number} = 'größer 😀'\n" for number in range(40_000)))
    with hands.doing("paste"):
        hands.press("Control+v")
        until(lambda: len(hands.source(0)) > 900_000, "the megabyte is there")
    with hands.doing("type"):
        hands.keys("# after")
    with hands.doing("undo"):
        hands.new_undo_step()
        hands.press("Control+z", "Control+z")
        until(lambda: len(hands.source(0)) < 100, "the megabyte is gone")


@script
def cuts_and_pastes_back(hands: Hands) -> None:
    hands.open("keep\nmove me\nkeep too")
    hands.edit(0, at="Control+Home")
    hands.press("ArrowDown", "Shift+End")
    with hands.doing("cut"):
        hands.press("Control+x")
    hands.press("Control+End")
    with hands.doing("paste"):
        hands.press("Control+v")
    hands.expect(0, "keep\n\nkeep toomove me")


@script
def undoes_and_redoes_typing(hands: Hands) -> None:
    hands.open("x")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys(" = 12")
    with hands.doing("undo"):
        hands.press("Control+z")
    with hands.doing("redo"):
        hands.press("Control+Shift+z")
    hands.expect(0, "x = 12")


@script
def undoes_a_paste(hands: Hands) -> None:
    hands.open("x = 1\n")
    hands.edit(0)
    hands.copy_elsewhere("y = 2\nz = 3")
    hands.new_undo_step()
    with hands.doing("paste"):
        hands.press("Control+v")
    hands.new_undo_step()
    with hands.doing("undo"):
        hands.press("Control+z")
    hands.expect(0, "x = 1\n")
    with hands.doing("redo"):
        hands.press("Control+Shift+z")


@script
def drags_text_within_a_cell(hands: Hands) -> None:
    hands.open("moved stays\n\n\nhere: ")
    hands.edit(0, at="Control+Home")
    hands.press("Control+Shift+ArrowRight")
    with hands.doing("drop"):
        _drag_selection(hands, from_line=0, to_line=3, to_cell=0)
        until(lambda: "here: moved" in hands.source(0), "the word was moved")


@script
def drags_text_between_cells(hands: Hands) -> None:
    hands.open("moved stays", "here: ")
    hands.edit(0, at="Control+Home")
    hands.press("Control+Shift+ArrowRight")
    with hands.doing("drop"):
        _drag_selection(hands, from_line=0, to_line=0, to_cell=1)
        until(lambda: "moved" in hands.source(1), "the word came")


@script
def drops_text_from_outside(hands: Hands) -> None:
    hands.open("x = 1\n# ")
    hands.edit(0)
    box = hands.cell(0).locator(".cm-line").nth(1).bounding_box()
    assert box is not None
    data = {"items": [{"mimeType": "text/plain", "data": "dropped = '😀'"}], "dragOperationsMask": 1}
    devtools = hands.devtools()
    with hands.doing("drop"):
        for kind in ("dragEnter", "dragOver", "drop"):
            place = {"x": box["x"] + 60, "y": box["y"] + box["height"] / 2}
            devtools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
        hands.wait_source(0, "dropped")


def _drag_selection(hands: Hands, *, from_line: int, to_line: int, to_cell: int) -> None:
    start = hands.cell(0).locator(".cm-line").nth(from_line).bounding_box()
    end = hands.cell(to_cell).locator(".cm-line").nth(to_line).bounding_box()
    assert start is not None
    assert end is not None
    mouse = hands.page.mouse
    mouse.move(start["x"] + 15, start["y"] + start["height"] / 2)
    mouse.down()
    for part in (0.3, 0.7, 1.0):
        x = start["x"] + 15 + part * (end["x"] + 90 - start["x"] - 15)
        y = start["y"] + part * (end["y"] - start["y"]) + end["height"] / 2
        mouse.move(x, y, steps=4)
    mouse.up()
