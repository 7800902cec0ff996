"""What a person types, by every way that a keyboard has."""

from __future__ import annotations

from tests.support.recording.hands import Hands
from tests.support.recording.script import collection

script = collection()


@script
def types_and_corrects(hands: Hands) -> None:
    hands.open("")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("total = sum(vlaues)")
        hands.press("ArrowLeft", *["Backspace"] * 6)
        hands.keys("values")
        hands.press("Home", "Delete", "Control+Delete")
        hands.keys("result")
        hands.press("Control+Backspace", "Shift+End", "x")


@script
def breaks_lines_with_auto_indent(hands: Hands) -> None:
    hands.open("")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("def f(x):")
        hands.press("Enter")
        hands.keys("if x:")
        hands.press("Enter")
        hands.keys("return [1,")
        hands.press("Enter")
        hands.keys("2]")
    hands.expect_start(0, "def f(x):\n    if x:\n        return")


@script
def types_with_brackets_that_close_themselves(hands: Hands) -> None:
    hands.open("")
    hands.command("notebook:toggle-autoclosing-brackets")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("print(f({'a': [1, 2]}))")
        hands.press("Enter")
        hands.keys("x = (")
        hands.press("Backspace")
    hands.command("notebook:toggle-autoclosing-brackets")
    hands.expect(0, "print(f({'a': [1, 2]}))\nx = ")


@script
def types_with_several_cursors(hands: Hands) -> None:
    hands.open("alpha = 1\nbeta = 2\ngamma = 3")
    hands.edit(0, at="Control+Home")
    lines = hands.cell(0).locator(".cm-line")
    for index in (1, 2):
        lines.nth(index).click(modifiers=["Control"], position={"x": 8, "y": 6})
    with hands.doing("type"):
        hands.keys("my_")
        hands.press("Backspace")
    assert hands.source(0).count("my") > 1


@script
def replaces_every_occurrence_by_typing(hands: Hands) -> None:
    hands.open("value = 1\nvalue += 1\nprint(value)")
    hands.edit(0, at="Control+Home")
    for _ in range(3):
        hands.command("codemirror:select-next-occurrence")
    with hands.doing("type"):
        hands.keys("n")
    hands.expect(0, "n = 1\nn += 1\nprint(n)")


@script
def indents_and_dedents_lines(hands: Hands) -> None:
    hands.open("a = 1\nb = 2\nc = 3")
    hands.edit(0, at="Control+a")
    with hands.doing("type"):
        hands.press("Control+]", "Control+]", "Control+[")
    with hands.doing("type"):
        hands.press("Tab", "Shift+Tab")
    hands.expect(0, "    a = 1\n    b = 2\n    c = 3")


@script
def toggles_comments(hands: Hands) -> None:
    hands.open("a = 1\nb = 2")
    hands.edit(0, at="Control+a")
    with hands.doing("type"):
        hands.press("Control+/")
    hands.expect(0, "# a = 1\n# b = 2")
    with hands.doing("type"):
        hands.press("Control+/")


@script
def moves_and_deletes_lines(hands: Hands) -> None:
    hands.open("first\nsecond\nthird")
    hands.edit(0)
    with hands.doing("type"):
        hands.press("Alt+ArrowUp")
    with hands.doing("type"):
        hands.press("Alt+Shift+ArrowDown")
    with hands.doing("type"):
        hands.command("codemirror:delete-line")
    hands.expect_start(0, "first\nthird")


@script
def composes_with_an_input_method(hands: Hands) -> None:
    """The editor changes with every candidate word; only some of them stay."""
    hands.open("# ")
    hands.edit(0)
    with hands.doing("compose"):
        devtools = hands.compose("n", "に", "にほ", "にほん")
        devtools.send("Input.insertText", {"text": "日本"})
        hands.wait_source(0, "日本")
    with hands.doing("type"):
        hands.keys(" = 1")
    hands.expect(0, "# 日本 = 1")


@script
def composes_and_gives_up(hands: Hands) -> None:
    hands.open("# ab")
    hands.edit(0)
    with hands.doing("compose"):
        hands.compose("k", "か", "かな", "")
    hands.press("End")
    with hands.doing("type"):
        hands.keys("c")
    hands.expect(0, "# abc")


@script
def types_emoji_and_deletes_them(hands: Hands) -> None:
    """Two UTF-16 units and more are one step of the cursor."""
    hands.open("s = '🙂'")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys(" # 👩‍🔬 and 🏳️‍🌈 é")
        hands.press(*["Backspace"] * 4)
        hands.press("Home", *["ArrowRight"] * 6, "Backspace")
        hands.keys("𝔘")
    hands.expect_start(0, "s = '𝔘")


@script
def types_from_right_to_left(hands: Hands) -> None:
    hands.open("")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("שם = 'ערך'  # تعليق")
        hands.press("Home", "ArrowLeft", "ArrowLeft", "Delete")
        hands.keys("x")


@script
def types_into_a_very_long_line(hands: Hands) -> None:
    hands.open("data = [" + "1234567890, " * 4_000 + "]")
    hands.edit(0, at="Control+End")
    with hands.doing("type"):
        hands.keys("  # end")
        hands.press("Control+Home")
        hands.keys("my_")


@script
def types_control_characters_and_separators(hands: Hands) -> None:
    """Line separators of Unicode and NUL are text, not lines."""
    hands.open("a\u2028b\u2029c\u0000d\u0085e\x0b\x0c")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("\tend\u200f\u202e")
        hands.press("Backspace")
