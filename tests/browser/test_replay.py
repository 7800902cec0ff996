"""The replay in a real browser: hostile outputs, keys alone, links to moments, notebooks of moments, following live."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from nbassess_events.chain import links
from nbassess_events.replay import Replay
from playwright.sync_api import BrowserContext, Dialog, expect

from tests.support.chromium import executable
from tests.support.players import Beacon, app, find, listening, opened, position_of, press, screenshot
from tests.unit.dashboards.eventful_sitting import ANSWER, FILE, PATH, eventful_recording
from tests.unit.dashboards.scribe import Scribe
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="no Chromium on this machine; apt-get install chromium"),
]
# Contrast of a text on its cell (WCAG 2.2, 1.4.3); a colour is rgb(0..255) or color(srgb 0..1).
CONTRAST = r"""node => {
  const parts = text => text.match(/[\d.]+/g).slice(0, 3).map(Number).map(v => /srgb/.test(text) ? v : v / 255);
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = text => { const [r, g, b] = parts(text).map(linear); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const [text, ground] = [getComputedStyle(node).color, getComputedStyle(node.closest('.nbr-source')).backgroundColor];
  const [high, low] = [light(text), light(ground)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05); }"""


@pytest.fixture(scope="module")
def beacon() -> Iterator[Beacon]:
    with listening() as made:
        yield made


@pytest.fixture(scope="module")
def recording(beacon: Beacon) -> Scribe:
    return eventful_recording(beacon=beacon.url)


@pytest.fixture(scope="module")
def fixture(recording: Scribe) -> Fixture:
    """The first sitting is the eventful one, the last one runs."""
    made = synthetic_fixture(3)
    eventful = made.sittings[0]["id"]
    made.recordings[eventful] = recording.records
    made.heads[eventful] = links(eventful, recording.recorded())[-1]
    del made.submissions[eventful]
    return made


def test_hostile_outputs_run_nothing_fetch_nothing_and_stay_in_their_frame(
    analyst: str, fixture: Fixture, context: BrowserContext, recording: Scribe, beacon: Beacon
) -> None:
    """I07, I08: scripts, handlers, links, forms, frames, redirects, styles: in outputs and in Markdown."""
    dialogs: list[str] = []
    page, player = opened(context, app(analyst, fixture))

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    shown = [r["position"] for r in recording.records if r["event"].get("outputs") and r["event"]["ok"]]
    press(player, "Home", *["Shift+ArrowRight"] * 2)
    assert position_of(player) == shown[0]
    frame = page.frame_locator("iframe.nbr-output-frame")
    expect(page.locator("iframe.nbr-output-frame")).to_have_attribute("sandbox", "")
    expect(frame.locator("#harmless")).to_be_attached()
    acting = "script, iframe, object, embed, form, base, link, template, animate, set, video"
    removed = f"{acting}, meta[http-equiv=refresh], [onerror], [onload], [ontoggle]"
    assert frame.locator(removed).count() == 0
    assert frame.locator("[href], [src^=http], [action], [formaction], [target]").count() == 0
    for link in frame.locator("a, button").all():
        link.dispatch_event("click")
    above = player.evaluate("node => document.elementFromPoint(700, node.getBoundingClientRect().top + 12).className")
    assert above.startswith("nbr"), "the header of the player is not covered"
    picture = page.locator("img.nbr-output-image")
    expect(picture).to_have_js_property("naturalWidth", 40)
    expect(page.locator(".nbr-cell[data-cell=mine] a, .nbr-cell[data-cell=mine] img")).to_have_count(0)
    expect(page).to_have_title("Candidate")
    assert (beacon.reached, dialogs) == ([], [])
    assert len(page.frames) == 2
    page.evaluate("url => fetch(url, {mode: 'no-cors'})", f"{beacon.url}proof")
    assert beacon.reached == ["/proof"], "the beacon can be reached by a page that may"


def test_gap_is_drawn_and_told_and_no_text_is_filled_in(
    analyst: str, fixture: Fixture, context: BrowserContext, recording: Scribe
) -> None:
    """Promise 2: where something is missing the replay shows a gap."""
    page, player = opened(context, app(analyst, fixture))
    told = "Record incomplete from 00:04:38 to 00:05:50"
    expect(page.locator(".nbr-hatch[title]")).to_have_attribute("title", re.compile(told))
    expect(page.locator(".nbr-warning")).to_be_hidden()
    press(player, "f")
    expect(page.locator(".nbr-message")).to_contain_text(told)
    expect(page.locator(".nbr-warning")).to_contain_text(told)
    press(player, "ArrowRight", "ArrowRight")
    expect(page.locator(".nbr-warning")).to_contain_text("nothing is filled in")
    documents = Replay(recording.recorded()).state_at(position_of(player)).documents
    for cell in documents[PATH].cells:
        if cell.cell_type == "code":
            expect(page.locator(f".nbr-cell[data-cell='{cell.id}'] .nbr-source")).to_have_text(cell.source)
    screenshot(player, "replay-gap")
    press(player, "Home", "End")
    page.get_by_label(re.compile("Copy of")).select_option(label="page 2")
    expect(page.locator(".nbr-warning")).to_be_hidden()
    expect(page.locator(".nbr-cell[data-cell='clean-orders-try'] .nbr-source")).to_have_text("second = True")


def test_player_works_with_keys_alone(analyst: str, fixture: Fixture, context: BrowserContext) -> None:
    page, player = opened(context, app(analyst, fixture))
    page.locator(".nbd-picker select").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if player.evaluate("node => node === document.activeElement"):
            break
    expect(player).to_be_focused()
    page.keyboard.press("]")
    expect(page.get_by_label("Speed")).to_have_value("8")
    page.keyboard.press("Space")
    expect(player).to_have_attribute("data-playing", "true")
    page.keyboard.press("Space")
    expect(player).to_have_attribute("data-playing", "false")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    screenshot(page.locator(".nbr-dialog"), "replay-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(player).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("itertools")
    page.keyboard.press("Enter")
    expect(page.locator(".nbr-found")).to_have_text("1 of 1")
    expect(page.locator(".nbr-caption")).to_contain_text("Dropped")
    player.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("a")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    compared = page.locator(".nbr-compare")
    expect(compared).to_contain_text(re.compile(r"A \(\d\d:\d\d\) compared with B"))
    expect(compared.locator("ins.nbr-line").first).to_contain_text("+added: import itertools")
    page.keyboard.press("x")
    expect(compared).to_be_hidden()
    page.keyboard.press("t")
    page.keyboard.press("p")
    expect(page.get_by_label("Show moments of")).to_have_value("pasted")
    rows = page.get_by_role("table", name=re.compile("Moments")).locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("seen before in this sitting: an own cell, the problem's text")
    expect(rows.last).to_contain_text("not seen before in this sitting")
    rows.last.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".nbr-caption")).to_contain_text("Drop of")


def test_screen_reader_hears_steps_but_no_flood_while_playing(
    analyst: str, fixture: Fixture, context: BrowserContext
) -> None:
    page, player = opened(context, app(analyst, fixture))
    said = page.locator(".nbr-spoken[aria-live=polite]")
    page.evaluate(
        """() => { window.said = []; const node = document.querySelector('.nbr-spoken[aria-live=polite]');
        new MutationObserver(() => window.said.push(node.textContent)).observe(node, {childList: true}); }"""
    )
    press(player, "Home", "ArrowRight")
    expect(said).to_contain_text("Typed: ")
    page.get_by_label("Speed").select_option("64")
    before = len(page.evaluate("window.said"))
    player.focus()
    page.keyboard.press("Space")
    expect(player).to_have_attribute("data-position", str(len(fixture.recordings[fixture.sittings[0]["id"]])))
    expect(said).to_contain_text("Submit confirmed")
    assert len(page.evaluate("window.said")) - before <= 3
    names = page.locator(".nbr-track").evaluate_all("nodes => nodes.map(node => node.ariaLabel.split(':')[0])")
    assert names == ["Typing", "Runs", "Away", "Worked on", "Flags", "Marks"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_replay_can_be_looked_at_in_both_themes(
    analyst: str, fixture: Fixture, context: BrowserContext, theme: str
) -> None:
    """The screenshots are for people; that marks and texts stand out is asserted."""
    page, player = opened(context, app(analyst, fixture, more=f"&theme={theme}"))
    find(page, "itertools")
    expect(
        page.locator(f".nbr-cell[data-cell='{ANSWER}'] mark.nbr-mark-drop", has_text="itertools").first
    ).to_be_visible()
    screenshot(player, f"replay-{theme}")
    press(player, "End")
    page.get_by_role("tab", name=FILE).click()
    expect(page.locator(".nbr-cell[data-cell=file] .nbr-source")).to_contain_text("# tried 12, too slow")
    assert page.locator(".nbr-source .nbr-comment").first.evaluate(CONTRAST) >= 4.5
