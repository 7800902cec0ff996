"""How a recording ends: by a dead server, a closed tab, or the end of the time. Each case has a server of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support import chromium as browser_support
from tests.support.ports import free_port
from tests.support.recorder_lab import LabPage, lab, until
from tests.support.recorder_service import RecorderService, serving
from tests.support.recorder_stand import FIRST, NEEDS_RECORDER, problem, starter

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(240)]


def test_a_dead_server_and_a_closed_tab_lose_nothing(browser: Browser, tmp_path: Path) -> None:
    """What only the browser has is delivered by the next page load (fault catalogue F07, F15)."""
    port = free_port()
    service = RecorderService(
        problems=[problem("join-duplicates", "Join with duplicate keys", "medium")],
        files={FIRST: starter("join-duplicates")},
    )
    with serving(service), browser_support.person(browser) as context:
        first = LabPage(context.new_page())
        with lab(service, tmp_path, port=port) as url:
            first.open(url)
            until(lambda: service.replay().end.documents, "the snapshot has arrived")
        # Not by keyboard: JupyterLab's own dialog about the lost connection takes the focus at some moment.
        first.set_source(2, "only_this_browser_has_it = True")
        until(lambda: "Recording delayed" in first.recording(), "the panel says that it is delayed")
        until(first.stored_edits, "the browser has stored the change")
        client = service.first_page()
        typed = first.documents()[FIRST].to_bytes()
        first.page.close(run_before_unload=False)
        with lab(service, tmp_path, port=port) as url:
            LabPage(context.new_page()).open(url)
            until(
                lambda: service.replay().end.documents_of(client)[FIRST].to_bytes() == typed,
                "the earlier page's typing has arrived",
            )
    assert service.replay().gaps == ()


def test_a_page_that_is_loaded_again_shows_what_was_typed_last(browser: Browser, tmp_path: Path) -> None:
    """The recording grades it anyway; the candidate must find it in the notebook too, before any autosave."""
    service = RecorderService(
        problems=[problem("join-duplicates", "Join with duplicate keys", "medium")],
        files={FIRST: starter("join-duplicates")},
    )
    with serving(service), lab(service, tmp_path, port=free_port()) as url, browser_support.person(browser) as context:
        page = LabPage(context.new_page())
        page.page.on("dialog", lambda dialog: dialog.accept())
        page.open(url)
        page.edit(2)
        page.page.keyboard.type("# typed last")
        typed = page.documents()[FIRST].to_bytes()
        page.open(url)
        until(lambda: b"# typed last" in page.documents()[FIRST].to_bytes(), "the notebook has what was typed last")
        assert page.documents()[FIRST].to_bytes() == typed


def test_the_end_of_the_time_is_told_and_closes_the_notebooks(browser: Browser, tmp_path: Path) -> None:
    service = RecorderService(
        problems=[problem("join-duplicates", "Join with duplicate keys", "medium")],
        files={FIRST: starter("join-duplicates")},
        monitoring="none",
    )
    with serving(service), lab(service, tmp_path, port=free_port()) as url, browser_support.person(browser) as context:
        page = LabPage(context.new_page())
        page.open(url)
        until(lambda: service.replay().end.documents, "the snapshot has arrived")
        assert service.of_type("active_cell") == service.of_type("focus") == []
        service.has_ended = True
        page.edit(2)
        page.page.keyboard.type("# too late")
        page.page.wait_for_selector(".jp-Dialog >> text=Your sitting is over")
        browser_support.screenshot(page.page, "recorder-time-up")
        page.page.locator(".jp-Dialog button", has_text="Close").click()
        before = page.documents()
        page.cell(2).locator(".cm-content").click()
        page.page.keyboard.type("still too late")
        assert page.documents() == before
