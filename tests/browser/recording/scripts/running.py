"""Runs of cells, while nothing else happens and while much else does."""

from __future__ import annotations

from tests.support.recorder_lab import until
from tests.support.recording.hands import CURRENT, SHARED, VISIBLE, Hands
from tests.support.recording.script import collection

script = collection()

SLOW = "import time\nfor number in range(12):\n    time.sleep(0.1)"


@script
def runs_cells_one_by_one(hands: Hands) -> None:
    hands.open("x = '😀'", "print(x)\n", "", "1 / 0", kernel=True)
    hands.select_cell(0)
    hands.press("Shift+Enter", "Shift+Enter", "Shift+Enter", "Control+Enter")
    _finished(hands, 3)
    with hands.doing("type"):
        hands.edit(3)
        hands.keys("  # why?")
    hands.press("Control+Enter")
    _finished(hands, 4)


@script
def runs_all_and_types_on_while_they_wait(hands: Hands) -> None:
    """What runs is what stood there when it was sent, not what was typed while it waited."""
    hands.open(SLOW, "a = 1", "b = 2", kernel=True)
    hands.begin_command("notebook:run-all-cells")
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("000")
        hands.edit(2)
        hands.keys("000  # typed while queued")
    _finished(hands, 3)


@script
def edits_the_running_cell(hands: Hands) -> None:
    hands.open(SLOW, kernel=True)
    hands.edit(0)
    hands.press("Control+Enter", "Enter")
    with hands.doing("type"):
        hands.press("Control+End")
        hands.keys("\n# typed while it runs")
    hands.press("Control+Enter")
    _finished(hands, 2)


@script
def runs_a_selection(hands: Hands) -> None:
    hands.open("a = 1", "b = 2", "c = 3", "d = 4", kernel=True)
    hands.select_cell(1)
    hands.press("Shift+ArrowDown", "Control+Enter")
    _finished(hands, 2)
    hands.command("notebook:run-all-above")
    _finished(hands, 3)


@script
def runs_the_same_cell_again_and_again(hands: Hands) -> None:
    hands.open("n = 0", kernel=True)
    hands.edit(0)
    for number in range(8):
        with hands.doing("type"):
            hands.keys(str(number))
        hands.press("Control+Enter", "Enter", "Control+End")
    _finished(hands, 8)


@script
def runs_and_inserts(hands: Hands) -> None:
    hands.open("a = 1", kernel=True)
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("0")
    hands.press("Alt+Enter")
    with hands.doing("type"):
        hands.keys("b = a + 1")
    hands.press("Shift+Enter")
    with hands.doing("type"):
        hands.keys("c = 3")
    _finished(hands, 2)


@script
def restarts_and_runs_all(hands: Hands) -> None:
    hands.open("a = 1", "b = a + 1", kernel=True)
    hands.until_idle()
    hands.begin_command("notebook:restart-run-all")
    hands.accept("Restart")
    _finished(hands, 2)
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("0")


@script
def interrupts_and_clears(hands: Hands) -> None:
    hands.open("import time\nprint('begun', flush=True)\ntime.sleep(60)", "x = 1", kernel=True)
    hands.until_idle()
    hands.select_cell(0)
    hands.press("Control+Enter")
    hands.page.wait_for_selector(f"{VISIBLE} .jp-OutputArea-output >> text=begun")
    with hands.doing("type"):
        hands.edit(1)
        hands.keys("23")
    hands.command("notebook:interrupt-kernel")
    hands.page.wait_for_selector(f"{VISIBLE} .jp-OutputArea-output >> text=KeyboardInterrupt")
    hands.command("notebook:clear-all-cell-outputs")
    with hands.doing("type"):
        hands.keys("4")


@script
def loses_the_kernel(hands: Hands) -> None:
    hands.open("import os\nos._exit(3)", "x = 1", kernel=True)
    hands.until_idle()
    hands.select_cell(0)
    hands.press("Control+Enter")
    status = f"() => {CURRENT}.context.sessionContext.session?.kernel?.status"
    ended = ("autorestarting", "restarting", "dead", "unknown")
    until(lambda: hands.page.evaluate(status) in ended, "the kernel died", 20)
    dialog = hands.page.locator(".jp-Dialog button")
    if dialog.count():
        dialog.last.click()
    with hands.doing("type"):
        hands.page.evaluate(f"() => {CURRENT}.content.activeCellIndex = 1")
        hands.command("notebook:enter-edit-mode")
        hands.keys("2")


@script
def prints_a_flood(hands: Hands) -> None:
    hands.open("for _ in range(200):\n    print('flood ' * 100)", kernel=True)
    hands.select_cell(0)
    hands.press("Control+Enter")
    _finished(hands, 1)
    with hands.doing("type"):
        hands.edit(0)
        hands.keys("\n# enough")


def _finished(hands: Hands, number: int) -> None:
    """Wait until so many cells have a number or the kernel has nothing to do any more."""
    counts = f"() => {SHARED}.cells.filter(cell => cell.execution_count !== null && cell.cell_type === 'code').length"
    until(lambda: hands.page.evaluate(counts) >= min(number, _code_cells(hands)), f"{number} runs", 30)
    hands.until_idle()


def _code_cells(hands: Hands) -> int:
    code = f"() => {SHARED}.cells.filter(cell => cell.cell_type === 'code' && cell.getSource().trim()).length"
    return int(hands.page.evaluate(code))
