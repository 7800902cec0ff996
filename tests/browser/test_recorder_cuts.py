"""A network that is cut, a full disk, two tabs, in a real browser. Faults F09, F13, F14, F15, F19, R09, R13."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbassess_events.witness import incompleteness
from playwright.sync_api import Browser, BrowserContext

from tests.support import chromium as browser_support
from tests.support.ports import free_port
from tests.support.recorder_lab import LabPage, lab, until
from tests.support.recorder_service import RecorderService, serving
from tests.support.recorder_stand import FIRST, NEEDS_RECORDER, problem, starter
from tests.support.relay import Relay, relay

pytestmark = [pytest.mark.browser, NEEDS_RECORDER, pytest.mark.timeout(240)]


@dataclass
class Stand:
    """A server, the cable to it, and the browser at the other end."""

    service: RecorderService
    cable: Relay
    context: BrowserContext
    home: Path
    process_id: int

    def page(self) -> LabPage:
        """Open a page that has delivered its snapshot and has a kernel."""
        opened = len(self.service.of_type("notebook_opened"))
        page = LabPage(self.context.new_page())
        page.open(self.cable.url)
        until(lambda: len(self.service.of_type("notebook_opened")) > opened, "the snapshot has arrived")
        page.page.wait_for_selector("#jp-main-statusbar >> text=Python 3 | Idle")
        return page

    def fill_disk(self, page: LabPage) -> None:
        """Let the journal grow no further; smaller files can still be written."""
        page.set_source(3, "x" * 20_000)
        page.set_source(3, "")
        self.settled(page)
        size = (self.home / "journal" / "events.jsonl").stat().st_size
        resource.prlimit(self.process_id, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def free_disk(self) -> None:
        """Give the room back."""
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.process_id, resource.RLIMIT_FSIZE, unlimited)

    def on_disk(self) -> str:
        """Return the notebook's file."""
        return (self.home / "work" / FIRST).read_text("utf-8")

    def settled(self, page: LabPage) -> None:
        """Wait until the replay equals the notebook in the browser; nothing is missing then."""
        until(lambda: "Recorded up to" in page.recording(), "the panel says up to when it is recorded", 40)
        typed = page.documents()[FIRST].to_bytes()
        until(lambda: self.service.replay().end.documents[FIRST].to_bytes() == typed, "the replay equals the notebook")
        assert self.service.replay().gaps == ()
        with self.service.lock:
            assert incompleteness(list(self.service.records)) == ()


@contextmanager
def running(browser: Browser, home: Path) -> Iterator[Stand]:
    service = RecorderService(
        problems=[problem("join-duplicates", "Join with duplicate keys", "medium")],
        files={FIRST: starter("join-duplicates")},
    )
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(serving(service))
        stack.enter_context(lab(service, home, port=port))
        cable = stack.enter_context(relay(port))
        context = stack.enter_context(browser_support.person(browser))
        process_id = int((home / "server.pid").read_text())
        yield Stand(service=service, cable=cable, context=context, home=home, process_id=process_id)


@pytest.fixture
def stand(browser: Browser, tmp_path: Path) -> Iterator[Stand]:
    with running(browser, tmp_path) as made:
        yield made


def test_typing_goes_on_through_a_cut_and_everything_is_recorded_and_saved_after_it(stand: Stand) -> None:
    """Fault F13, with JupyterLab's issue 16798: no dialog, no lost key, autosave resumes."""
    page = stand.page()
    page.edit(2)
    page.page.keyboard.type("\n    before = 1")
    stand.cable.pull()
    for count in range(15):  # longer than JupyterLab waits between two saves
        page.page.keyboard.type(f"\n    during_{count} = {count}")
        page.page.wait_for_timeout(1_000)
        assert page.page.locator(".jp-Dialog").count() == 0
    assert "Recording delayed" in page.recording()
    assert "kept in this browser" in page.recording()
    browser_support.screenshot(page.page, "recorder-cut")
    typed = page.documents()[FIRST].cells[2].source
    assert [line.strip() for line in typed.splitlines()[-15:]] == [f"during_{count} = {count}" for count in range(15)]
    stand.cable.plug()
    until(lambda: "during_14" in stand.on_disk(), "the notebook is on the disk again", 30)
    stand.settled(page)
    page.page.keyboard.type("\n    after = 2")
    until(lambda: "after = 2" in stand.on_disk(), "autosave goes on by itself", 30)
    assert page.page.locator(".jp-Dialog").count() == 0
    stand.settled(page)


def test_a_running_cell_keeps_its_output_and_its_kernel_through_a_cut(stand: Stand) -> None:
    """Fault F19."""
    page = stand.page()
    page.edit(3)
    page.page.keyboard.type("import os, time\nfor i in range(12): ")
    page.page.keyboard.type("print('line', i, os.getpid(), flush=True); time.sleep(0.5)")
    page.page.keyboard.press("Control+Enter")
    output = page.cell(3).locator(".jp-OutputArea-output")
    until(lambda: "line 1 " in "".join(output.all_inner_texts()), "the cell runs")
    stand.cable.pull()
    page.page.wait_for_timeout(2_000)
    stand.cable.plug()
    until(lambda: "line 11 " in "".join(output.all_inner_texts()), "the cell ended", 40)
    lines = [line.split() for line in "".join(output.all_inner_texts()).splitlines() if line.startswith("line")]
    assert [int(number) for _, number, _ in lines] == list(range(12))
    assert len({pid for _, _, pid in lines}) == 1
    page.page.wait_for_selector(".Toastify >> text=Code was running while the connection was interrupted")
    stand.settled(page)


def test_a_cut_exactly_at_submit_makes_one_submission_with_a_receipt(stand: Stand) -> None:
    """Fault F14: clicked twice, cut, plugged in again."""
    page = stand.page()
    page.edit(2)
    page.page.keyboard.type("\n    submitted = True")
    typed = page.documents()[FIRST]
    page.page.locator(".nbassess-submit").click()
    page.page.wait_for_selector(".jp-Dialog >> text=Submit your work?")
    stand.cable.pull()
    page.page.locator(".jp-Dialog button", has_text="Submit").dblclick()
    page.page.wait_for_timeout(3_000)
    stand.cable.plug()
    page.page.wait_for_selector(".jp-Dialog .nbassess-receipt", timeout=60_000)
    submits = [line for line in stand.service.requests if line.endswith("/submit")]
    assert len(submits) == 1
    assert stand.service.submitted_documents == {FIRST: typed.digest()}
    assert stand.service.receipt is not None
    assert stand.service.receipt["matches"] is True
    shown = page.page.locator(".jp-Dialog .nbassess-receipt")
    assert "cdcdcdcd…cdcdcdcd" in shown.inner_text()
    assert "abababababababab" in shown.inner_text()
    with page.page.expect_download() as download:
        page.page.locator(".jp-Dialog .nbassess-download").click()
    saved = json.loads(Path(download.value.path()).read_text())
    assert saved["head"] == stand.service.receipt["head"]
    browser_support.screenshot(page.page, "recorder-receipt-file")


def test_the_last_words_of_a_page_that_goes_arrive_by_the_beacon(stand: Stand) -> None:
    """Fault F15: typed and left within the time of one batch."""
    page = stand.page()
    page.edit(2)
    page.page.keyboard.type("\n    settled = 1")
    stand.settled(page)
    page.page.evaluate("() => { window.WebSocket.prototype.send = () => undefined; }")  # the stream is too slow
    page.page.keyboard.type("  # last")
    typed = page.documents()[FIRST].to_bytes()
    page.page.close()
    until(lambda: stand.service.replay().end.documents[FIRST].to_bytes() == typed, "the last words have arrived")


def test_a_full_disk_is_said_and_does_not_keep_from_submitting(stand: Stand) -> None:
    """Fault F09: what the journal cannot take goes to the service from memory, and so does the submission."""
    page = stand.page()
    stand.fill_disk(page)
    page.edit(2)
    page.page.keyboard.type("\n    the_disk_is_full = True")
    until(lambda: "the server's disk is full" in page.recording(), "the panel says so")
    assert "Recording delayed" in page.recording()
    browser_support.screenshot(page.page, "recorder-disk-full")
    typed = page.documents()[FIRST].to_bytes()
    until(lambda: stand.service.replay().end.documents[FIRST].to_bytes() == typed, "the service has it all the same")
    assert "the_disk_is_full" not in (stand.home / "journal" / "events.jsonl").read_text()
    page.page.locator(".nbassess-submit").click()
    page.page.locator(".jp-Dialog button", has_text="Submit").click()
    page.page.wait_for_selector(".jp-Dialog .nbassess-receipt", timeout=60_000)
    assert stand.service.receipt is not None
    assert stand.service.receipt["matches"] is True


def test_a_disk_that_has_room_again_is_given_everything(stand: Stand) -> None:
    """Fault F09: the journal ends up without a hole."""
    page = stand.page()
    journal = stand.home / "journal" / "events.jsonl"
    stand.fill_disk(page)
    page.edit(2)
    page.page.keyboard.type("\n    full = True")
    until(lambda: "the server's disk is full" in page.recording(), "the panel says so")
    stand.free_disk()
    page.page.keyboard.type("\n    room = True")
    until(lambda: "Recorded up to" in page.recording(), "the panel says that it is recorded")
    client = stand.service.first_page()
    batches = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    seqs = [event["seq"] for batch in batches if batch["client"] == client for event in batch["events"]]
    assert seqs == list(range(len(seqs)))
    stand.settled(page)


def test_the_later_of_two_tabs_is_told_and_both_are_recorded(stand: Stand) -> None:
    """Fault R13: no accusation, two clients, one recording."""
    first = stand.page()
    second = stand.page()
    notice = ".nbassess-panel >> text=also open in another tab"
    second.page.wait_for_selector(notice)
    assert first.page.locator(notice).count() == 0
    browser_support.screenshot(second.page, "recorder-second-tab")
    second.edit(3)
    second.page.keyboard.type("in_the_second_tab = 1")
    stand.settled(second)
    first.page.bring_to_front()
    first.edit(2)
    first.page.keyboard.type("\n    in_the_first_tab = 1")
    until(lambda: "Recorded up to" in first.recording(), "the first tab is recorded")
    until(
        lambda: len({record.client for record in stand.service.records if record.event.TYPE == "edit"}) == 2,
        "both tabs are recorded",
    )
    first.page.close()
    second.page.wait_for_selector(notice, state="detached")


def test_a_browser_without_room_says_where_the_changes_are(stand: Stand) -> None:
    """Fault R09: IndexedDB refuses; nothing is lost while the page stays open."""
    page = stand.page()
    page.page.evaluate(
        """() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"""
    )
    stand.cable.pull()
    page.edit(2)
    page.page.keyboard.type("\n    in_memory = True")
    until(lambda: "do not close or reload" in page.recording(), "the panel says so")
    stand.cable.plug()
    stand.settled(page)
    os.kill(stand.process_id, 0)  # the server is the one from the beginning
