"""What the replay does beyond its page: links to moments, notebooks of moments, following a running sitting live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.chromium import executable
from tests.support.players import SLOW_MS, app, opened, position_of, press, screenshot
from tests.unit.dashboards.eventful_sitting import eventful_recording
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="no Chromium on this machine; apt-get install chromium"),
]
NEWS_MS = 2_000


@pytest.fixture(scope="module")
def fixture() -> Fixture:
    """The first sitting is the eventful one, the last one runs."""
    made = synthetic_fixture(3)
    eventful = made.sittings[0]["id"]
    made.recordings[eventful] = eventful_recording().records
    del made.submissions[eventful]
    return made


def test_link_to_a_moment_opens_it_in_voila_and_in_jupyterlab(
    analyst: str, fixture: Fixture, context: BrowserContext
) -> None:
    page, player = opened(context, app(analyst, fixture, more="#t=2:35"))
    wanted = position_of(player)
    expect(page.locator(".nbr-clock")).to_contain_text("02:35 /")
    press(player, "c")
    expect(page.locator(".nbr-message")).to_contain_text("Link copied")
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert link == app(analyst, fixture, more="#t=155")
    page.close()

    lab, there = opened(context, link.replace("voila/render", "lab/tree"))
    expect(lab.get_by_role("heading", name="Ada Example")).to_be_visible()
    expect(there).to_have_attribute("data-position", str(wanted))
    expect(lab.locator(".nbr-clock")).to_contain_text("02:35 /")
    press(there, "c")
    expect(lab.locator(".nbr-message")).to_contain_text("lab/tree/dashboards/candidate.ipynb?sitting=")
    again = str(lab.evaluate("navigator.clipboard.readText()"))
    assert again == link.replace("voila/render", "lab/tree")


def test_lab_opens_the_sitting_that_its_address_names(analyst: str, fixture: Fixture, context: BrowserContext) -> None:
    """JupyterLab tells its kernel nothing of the address; the second sitting is not the one shown by default."""
    sitting = fixture.sittings[1]
    page, player = opened(context, f"{analyst}lab/tree/dashboards/candidate.ipynb?sitting={sitting['id']}#t=90")
    expect(page.get_by_role("heading", name=sitting["candidate"])).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".nbr-clock")).to_contain_text("01:30 /")
    assert position_of(player) > 0


def test_moment_opens_as_a_notebook_that_runs_in_jupyterlab(
    analyst: str, fixture: Fixture, context: BrowserContext, home: Path
) -> None:
    sitting = fixture.sittings[0]["id"]
    page, player = opened(context, f"{analyst}lab/tree/dashboards/candidate.ipynb?sitting={sitting}#t=155")
    press(player, "o")
    made = page.locator(".nbr-opened")
    expect(made).to_contain_text("with 3 data files beside it", timeout=SLOW_MS)
    expect(made).to_contain_text("read it before you run it")
    path = home / str(made.locator("a").text_content())
    assert path.is_file()
    assert path.with_name("orders.csv").is_file()
    tab = page.get_by_role("tab", name="clean-orders.ipynb")
    expect(tab).to_have_attribute("aria-selected", "true", timeout=SLOW_MS)
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(notebook.locator(".jp-Cell")).to_have_count(5)
    expect(page.locator(".jp-Toolbar-kernelName:visible")).to_contain_text("a candidate's work", timeout=SLOW_MS)


def test_moment_opens_from_voila_in_a_new_tab(analyst: str, fixture: Fixture, context: BrowserContext) -> None:
    page, _ = opened(context, app(analyst, fixture, more="#t=155"))
    with context.expect_page(timeout=SLOW_MS) as waiting:
        page.get_by_role("button", name="Open this moment as a notebook of yours").click()
    lab = waiting.value
    expect(lab.locator(".jp-NotebookPanel:visible .jp-Cell")).to_have_count(5, timeout=SLOW_MS)
    assert "/lab/tree/dashboards/replays/ada-example-0h02m3" in lab.url


class Candidate:
    """Whoever works in the running sitting: what they type reaches the service at once."""

    def __init__(self, fixture: Fixture) -> None:
        self.sitting = fixture.sittings[-1]
        self.records: list[dict[str, Any]] = fixture.recordings[self.sitting["id"]]
        self.path = next(r["event"]["path"] for r in reversed(self.records) if r["event"]["type"] == "edit")
        last = self.records[-1]
        self.client, self.now_ms = last["client"], last["event"]["t_ms"]

    def types(self, text: str) -> None:
        self.now_ms += 500
        seq = max(r["event"]["seq"] for r in self.records if r["client"] == self.client) + 1
        cell = next(r["event"]["cell"] for r in reversed(self.records) if r["event"]["type"] == "edit")
        event = {"type": "edit", "seq": seq, "t_ms": self.now_ms, "path": self.path, "cell": cell, "source": "type"}
        received = self.now_ms + 90
        place = {"position": len(self.records) + 1, "client": self.client, "received_ms": received}
        self.records.append({**place, "event": {**event, "ops": [[0, 0, text]]}})


def test_running_sitting_is_followed_live_within_two_seconds(
    analyst: str, fixture: Fixture, context: BrowserContext
) -> None:
    candidate = Candidate(fixture)
    page, player = opened(context, app(analyst, fixture, index=-1))
    badge = page.locator(".nbr-live")
    expect(badge).to_have_text("Live")
    expect(player).to_have_attribute("data-position", str(len(candidate.records)))
    for number in range(5):
        candidate.types(f"news {number}\n")
        expect(page.locator(".nbr-source", has_text=f"news {number}")).to_be_visible(timeout=NEWS_MS)
    screenshot(player, "replay-live")

    player.focus()
    page.keyboard.press("ArrowLeft")
    expect(badge).to_contain_text("Not live")
    candidate.types("unseen\n")
    page.get_by_role("button", name="Go live").click()
    expect(page.locator(".nbr-source", has_text="unseen")).to_be_visible(timeout=NEWS_MS)
    expect(badge).to_have_text("Live")

    fixture.troubles.append("the service is being updated")
    expect(badge).to_contain_text("the service is being updated", timeout=NEWS_MS * 2)
    candidate.types("meanwhile\n")
    fixture.troubles.clear()
    expect(page.locator(".nbr-source", has_text="meanwhile")).to_be_visible(timeout=NEWS_MS * 2)
    expect(badge).to_have_text("Live")

    candidate.sitting["status"] = "submitted"
    try:
        expect(badge).to_have_text("The sitting has ended", timeout=NEWS_MS * 5)
        expect(page.get_by_role("button", name="Go live")).to_be_hidden()
        page.keyboard.press("Home")
        expect(player).to_have_attribute("data-position", "0")
    finally:
        candidate.sitting["status"] = "running"
