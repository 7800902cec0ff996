"""Things break around a candidate who goes on working: real site, real container, real page (F07, F08, F09, F19).

One sitting. The tests run in the order of the file; the last one submits with everything still broken and looks whether
all of it was handed in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.candidate_page import Candidate, candidate_at
from tests.support.containers import as_root
from tests.support.site import Site, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(600)]

SLUG = "peak-calls"
ANSWER, SCRATCH = 2, 3
TYPED: list[str] = []
"""Everything that was typed in this sitting, in order."""


@pytest.fixture(scope="module")
def grace(recording_site: Site, engine: docker.DockerClient, context: BrowserContext) -> Iterator[Candidate]:
    with candidate_at(recording_site, engine, context, "faults", "Grace Hopper") as candidate:
        yield candidate


def types(candidate: Candidate, text: str) -> None:
    """Type a line into the answer and remember it."""
    candidate.type(ANSWER, f"\n# {text}")
    TYPED.append(text)


def output(candidate: Candidate) -> str:
    """What stands below the scratch cell, stream by stream."""
    return "".join(candidate.cell(SCRATCH).locator(".jp-OutputArea-output").all_inner_texts())


def test_a_dropped_websocket_loses_no_output_and_restarts_no_kernel(grace: Candidate) -> None:
    """F19: the proxy is restarted while a cell prints, so that every line of this page is cut."""
    grace.replace(SCRATCH, "import time\nkept = 41\nfor number in range(40):\n    print(number)\n    time.sleep(0.25)")
    grace.run(SCRATCH)
    wait_for(lambda: "2\n" in output(grace), "the first lines", every_s=0.1)
    grace.site.stack.restart("proxy")
    wait_for(lambda: output(grace).split() == [str(number) for number in range(40)], "every line, once and in order")
    grace.replace(SCRATCH, "print(kept + 1)")
    grace.run(SCRATCH)
    wait_for(lambda: output(grace).split() == ["42"], "the kernel that was there before")
    wait_for(grace.is_recorded, "the recording to go on")


def test_a_kernel_without_memory_dies_alone_and_it_is_said(grace: Candidate) -> None:
    """F08: the server and the notebook stay, the page says what happened, both witnesses record it."""
    before = grace.container().id
    grace.replace(SCRATCH, "hoard = [bytearray(64 * 1024**2) for _ in range(10_000)]")
    grace.run(SCRATCH)
    died = grace.page.get_by_role("dialog").filter(has_text=re.compile("kernel", re.IGNORECASE))
    expect(died).to_contain_text("died", timeout=60_000)
    died.get_by_role("button").last.click()
    types(grace, "typed after the kernel died")
    wait_for(lambda: "died" in {event.state for event in grace.events("server_kernel")}, "the server's witness")
    wait_for(lambda: "died" in {event.state for event in grace.events("kernel_changed")}, "the page's witness")
    assert grace.container().id == before
    grace.replace(SCRATCH, "print('a new kernel')")
    grace.page.keyboard.press("Control+Enter")
    wait_for(lambda: "a new kernel" in output(grace), "the kernel that came after it")


def test_a_dead_server_comes_back_to_the_same_work_within_a_minute(grace: Candidate) -> None:
    """F07, R02: killed from the host; the page says so, goes on, and needs no reload."""
    types(grace, "typed before the server died")
    first = grace.container()
    first.kill()
    killed = time.monotonic()
    types(grace, "typed while there was no server")
    wait_for(lambda: "Recording delayed" in grace.recording(), "the panel to say it", timeout_s=30, every_s=0.2)
    assert "Keep working" in grace.recording()
    wait_for(lambda: grace.is_replayed(TYPED[-1]), "the same page at a new server", timeout_s=90)
    assert time.monotonic() - killed < 60
    assert grace.container().id != first.id
    types(grace, "typed at the new server")
    wait_for(lambda: TYPED[-1] in grace.file(SLUG), "the autosave", timeout_s=40)
    assert len({record.client for record in grace.records() if record.event.TYPE == "server_started"}) == 2
    assert grace.findings("gap", "unseen_save", "outside_change") == []


def test_a_full_volume_is_said_at_once_and_keeps_nobody_from_submitting(grace: Candidate) -> None:
    """F09: first by code in a cell, which the saves outlive, then to the last block that even root may use."""
    with grace.kernel() as kernel:
        assert kernel.ask("""
            import errno
            try:
                with open("/home/work/big", "wb", buffering=0) as file:
                    while True:
                        file.write(bytes(2**20))
            except OSError as error:
                answer = errno.errorcode[error.errno]
        """) in ("ENOSPC", "EFBIG")
    types(grace, "typed on a full volume")
    grace.save()
    wait_for(lambda: TYPED[-1] in grace.file(SLUG), "the save, in the blocks kept for the server")
    as_root(grace.container(), "for size in 64k 512; do dd if=/dev/zero of=/srv/journal/full$size bs=$size; done")
    types(grace, "typed when nothing could be written")
    grace.save()
    error = grace.page.get_by_role("dialog").filter(has_text="File Save Error")
    expect(error).to_be_visible(timeout=10_000)
    grace.page.add_locator_handler(error, lambda: error.get_by_role("button").last.click())  # autosave tries again
    grace.submit()
    submitted = grace.submitted_text()
    assert [text for text in TYPED if text not in submitted] == []
    assert grace.findings("gap") == []
