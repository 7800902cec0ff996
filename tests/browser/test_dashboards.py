"""The dashboards in a real browser, as Voilà apps and in JupyterLab: figures drawn, replay exact, nothing external."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from nbassess_events.codec import parse_record
from nbassess_events.replay import Replay
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.chromium import SCREENSHOTS, executable, person
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="no Chromium on this machine; apt-get install chromium"),
]
SLOW_MS = 90_000
ANSWER = "join-duplicates-answer"


@pytest.fixture(scope="module")
def fixture() -> Fixture:
    return synthetic_fixture()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with person(browser, width=1440, height=1000) as made:
        yield made


def strangers(page: Page) -> list[str]:
    """Collect the addresses that a page asks of anyone but this machine."""
    asked: list[str] = []

    def remember(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")):
            asked.append(url)

    page.on("requestfinished", lambda request: remember(request.url))
    return asked


def screenshot(page: Page, name: str, *, height: int) -> None:
    """Take the whole page: it scrolls inside, so the window is made as tall as what is wanted."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": 1440, "height": height})
    page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


def drawn(page: Page) -> Locator:
    """The plots that have really been drawn: an SVG with axes in it, and a height."""
    return page.locator(".nbd-plot .main-svg:has(.xaxislayer-above, .yaxislayer-above)")


def player_at(page: Page) -> int:
    return int(page.locator(".nbr").get_attribute("data-position") or -1)


def source_of(page: Page, cell: str) -> str:
    return page.locator(f".nbr-cell[data-cell='{cell}'] .nbr-source").text_content() or ""


def test_cohort_app_shows_the_cohort_and_leads_to_a_candidate(
    analyst: str, context: BrowserContext, fixture: Fixture
) -> None:
    page = context.new_page()
    elsewhere = strangers(page)
    page.goto(f"{analyst}voila/render/dashboards/cohort.ipynb")
    expect(page.locator(".nbt tbody tr")).to_have_count(len(fixture.sittings), timeout=SLOW_MS)
    expect(drawn(page)).to_have_count(3)
    expect(page.locator(".celltag_lab-only")).to_be_hidden()
    expect(page.locator(".nbd")).to_contain_text("Synthetic data. All 12 sittings")
    screenshot(page, "dashboards-cohort-voila", height=1900)

    page.get_by_role("button", name="Score").first.click()
    best = max(fixture.reports, key=lambda report: float(report["score"]))
    first = page.locator(".nbt tbody tr").first
    expect(first).to_have_attribute("data-key", best["sitting"])
    page.get_by_label("Filter rows").fill("Chen")
    expect(page.locator(".nbt tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Chen Example").click()
    expect(page.get_by_role("heading", name="Chen Example")).to_be_visible(timeout=SLOW_MS)
    assert not elsewhere


def test_numbers_of_a_figure_open_as_a_table(analyst: str, context: BrowserContext, fixture: Fixture) -> None:
    page = context.new_page()
    page.goto(f"{analyst}voila/render/dashboards/cohort.ipynb")
    panel = page.locator(".nbd-panel", has_text="Distribution of scores")
    panel.get_by_text("Show the numbers as a table").click(timeout=SLOW_MS)
    counts = panel.locator("tbody td").all_text_contents()
    assert sum(int(count) for count in counts) == len(fixture.reports)


def test_candidate_app_replays_the_sitting_exactly(analyst: str, context: BrowserContext, fixture: Fixture) -> None:
    """Promise 2: what the player shows at a moment is what nbassess_events.replay says it was."""
    sitting = fixture.sittings[0]["id"]
    replay = Replay([parse_record(record) for record in fixture.recordings[sitting]])
    page = context.new_page()
    elsewhere = strangers(page)
    page.goto(f"{analyst}voila/render/dashboards/candidate.ipynb?sitting={sitting}")
    player = page.locator(".nbr")
    expect(player).to_have_attribute("data-position", "0", timeout=SLOW_MS)
    expect(page.locator(".nbd")).to_contain_text(f"Records 1..{len(replay.records)}, chain intact")
    expect(drawn(page)).to_have_count(2)

    player.focus()
    page.keyboard.press("End")
    expect(player).to_have_attribute("data-position", str(len(replay.records)))
    page.get_by_role("tab", name="join-duplicates/join-duplicates.ipynb").click()
    path = "join-duplicates/join-duplicates.ipynb"
    document = replay.end.documents[path]
    assert source_of(page, ANSWER) == document.cells[document.index_of(ANSWER)].source

    player.focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    while ANSWER not in (shown := page.locator(".nbr-cell").evaluate_all("cells => cells.map(c => c.dataset.cell)")):
        assert shown
        page.keyboard.press("ArrowLeft")
    document = replay.state_at(player_at(page)).documents[path]
    assert source_of(page, ANSWER) == document.cells[document.index_of(ANSWER)].source
    page.locator(".nbr").scroll_into_view_if_needed()
    page.locator(".nbr").screenshot(path=SCREENSHOTS / "dashboards-replay.png")
    screenshot(page, "dashboards-candidate-voila", height=4200)
    assert not elsewhere


def test_player_plays_skips_pauses_and_finds(analyst: str, context: BrowserContext, fixture: Fixture) -> None:
    sitting = fixture.sittings[0]["id"]
    page = context.new_page()
    page.goto(f"{analyst}voila/render/dashboards/candidate.ipynb?sitting={sitting}")
    player = page.locator(".nbr")
    expect(player).to_have_attribute("data-position", "0", timeout=SLOW_MS)
    page.get_by_label("Speed").select_option("64")
    page.get_by_role("button", name="Play").click()
    expect(player).to_have_attribute("data-playing", "true")
    expect(player).to_have_attribute("data-playing", "false", timeout=SLOW_MS)
    expect(player).to_have_attribute("data-position", str(len(fixture.recordings[sitting])))

    player.focus()
    page.keyboard.press("Home")
    page.get_by_label("Find when a text appeared").fill("see the pandas manual")
    page.keyboard.press("Enter")
    expect(page.locator(".nbr-caption")).to_contain_text("Pasted")
    expect(page.locator("mark.nbr-mark-paste", has_text="see the pandas manual")).to_be_visible()


def test_recorded_output_is_shown_but_cannot_act(analyst: str, context: BrowserContext, fixture: Fixture) -> None:
    """The first problem's output holds a script, a beacon and an event handler."""
    page = context.new_page()
    beacons: list[str] = []
    page.on("requestfinished", lambda request: beacons.append(request.url) if "192.0.2.1" in request.url else None)
    page.goto(f"{analyst}voila/render/dashboards/candidate.ipynb?sitting={fixture.sittings[0]['id']}")
    expect(page.locator(".nbr")).to_have_attribute("data-position", "0", timeout=SLOW_MS)
    page.get_by_role("button", name="To the end").click()
    page.get_by_role("tab", name="clean-orders/clean-orders.ipynb").click()
    frame = page.locator("iframe.nbr-output-frame")
    expect(frame).to_have_attribute("sandbox", "")
    expect(page.frame_locator("iframe.nbr-output-frame").locator("table")).to_contain_text("120.5")
    assert page.frame_locator("iframe.nbr-output-frame").locator("script, [onerror]").count() == 0
    assert page.title() == "Candidate"
    assert not beacons


def test_notebooks_load_by_themselves_in_jupyterlab(analyst: str, context: BrowserContext, fixture: Fixture) -> None:
    page = context.new_page()
    page.goto(f"{analyst}lab/tree/dashboards/cohort.ipynb")
    expect(page.locator(".nbt tbody tr")).to_have_count(len(fixture.sittings), timeout=SLOW_MS)
    expect(drawn(page).first).to_be_visible(timeout=SLOW_MS)
    link = page.get_by_role("link", name="Ada Example").get_attribute("href")
    assert link == f"/user/staff-mia/voila/render/dashboards/candidate.ipynb?sitting={fixture.sittings[0]['id']}"
    screenshot(page, "dashboards-cohort-lab", height=1000)

    page.goto(f"{analyst}lab/tree/dashboards/candidate.ipynb?reset")
    picker = page.locator(".nbd-picker select")
    expect(picker.locator("option")).to_have_count(len(fixture.sittings) + 1, timeout=SLOW_MS)
    picker.select_option(label=next(text for text in picker.locator("option").all_text_contents() if "Chen" in text))
    expect(page.get_by_role("heading", name="Chen Example")).to_be_visible(timeout=SLOW_MS)
    player = page.locator(".nbr")
    expect(player).to_have_attribute("data-position", "0", timeout=SLOW_MS)
    player.focus()
    page.keyboard.press("End")
    expect(player).to_have_attribute("data-position", str(len(fixture.recordings[fixture.sittings[2]["id"]])))
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    screenshot(page, "dashboards-candidate-lab", height=1000)


@pytest.mark.parametrize("notebook", ["cohort", "candidate"])
def test_dark_theme_keeps_texts_readable(analyst: str, context: BrowserContext, notebook: str) -> None:
    page = context.new_page()
    page.goto(f"{analyst}voila/render/dashboards/{notebook}.ipynb?theme=dark")
    expect(drawn(page).first).to_be_visible(timeout=SLOW_MS)
    colours = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  getComputedStyle(document.querySelector('.nbd-plot .xtick text')).fill]"""
    )
    background, text = [sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 for colour in colours]
    assert text - background > 120
    screenshot(page, f"dashboards-{notebook}-dark", height=1900)
