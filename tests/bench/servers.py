"""How long a candidate waits, and what a candidate costs: real containers, a real browser.

Cold: from the click on Start to the first cell edited and run, with everything made for this person (volume, container,
server, kernel). Warm: the same person opens the running sitting again. Both end with the result of a run that imports
pandas. Memory is that of the container with the kernel at rest. While the person is there, a reviewer looks on (live).
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import docker
from nbassess_hub.api_client import AdminClient
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.bench.live import Reviewer
from tests.bench.measure import Measurement, measured
from tests.bench.needs import CannotRun
from tests.support.chromium import chromium, person
from tests.support.requirements import browser_is_missing, docker_is_missing
from tests.support.site import Site, running_site

_PEOPLE = 3
_LOOKS = 5
_PATIENCE_MS = 120_000
_SUBNET = "172.29.83.0/24"


def servers() -> list[Measurement]:
    """Start a whole installation and let a few people in, one after the other."""
    missing = docker_is_missing() or browser_is_missing()
    if missing:
        raise CannotRun(missing)
    cold, warm, memory, live = [], [], [], []
    with (
        tempfile.TemporaryDirectory(prefix="nbassess-bench-") as folder,
        running_site(Path(folder), subnet=_SUBNET) as site,
        chromium() as browser,
        AdminClient.of(site.settings) as client,
    ):
        site.publish("bench", minutes=60, problems=["join-duplicates"])
        for number in range(_PEOPLE):
            name = f"Synthetic bench {number}"
            link = site.invite("bench", name)
            known = _containers(site)
            with person(browser) as context:
                cold.append(_cold_s(context, link))
                warm.append(_warm_s(context, context.pages[0].url))
                reviewer = Reviewer(client, site.sitting_of(name)["id"], Random(number))
                live += [reviewer.delay_s(context.pages[0], f"# {name}, {turn};") for turn in range(_LOOKS)]
            (new,) = _containers(site) - known
            memory.append(_memory_mib(new))
    return [
        measured("start_to_cell_cold_s", cold, "s"),
        measured("start_to_cell_warm_s", warm, "s"),
        measured("candidate_memory_mib", memory, "MiB"),
        measured("live_delay_s", live, "s"),
        measured("live_delay_longest_s", [max(live)], "s"),
    ]


def _cold_s(context: BrowserContext, link: str) -> float:
    page = context.new_page()
    page.goto(link)
    page.get_by_role("checkbox").check()
    begun = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    _run_first_cell(page)
    return time.perf_counter() - begun


def _warm_s(context: BrowserContext, url: str) -> float:
    context.pages[0].close()
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url)
    _run_first_cell(page)
    return time.perf_counter() - begun


def _run_first_cell(page: Page) -> None:
    """Type into a cell as soon as it takes text, and run it; returns when its result is there."""
    cell = page.locator(".jp-Notebook:visible .jp-CodeCell").last
    expect(cell.locator(".cm-content")).to_be_visible(timeout=_PATIENCE_MS)
    marker = f"ran {time.monotonic_ns()}"
    code = f"import pandas; print({marker!r})"
    _until(lambda: _is_typed(page, cell, code), "a cell that takes text")
    _until(lambda: _is_run(page, cell), "a kernel that takes a run")
    expect(cell.locator(".jp-OutputArea")).to_contain_text(marker, timeout=_PATIENCE_MS)


def _until(attempt: Callable[[], bool], what: str) -> None:
    """Do again what a person would: the page is still loading."""
    limit = time.monotonic() + _PATIENCE_MS / 1000
    while not attempt():
        if time.monotonic() > limit:
            raise TimeoutError(f"waited {_PATIENCE_MS / 1000:g} s for {what}")


def _is_run(page: Page, cell: Locator) -> bool:
    """Ask for a run; False when nothing came of it, because no kernel is connected yet."""
    page.keyboard.press("Control+Enter")
    try:
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[(\*|\d+)\]"), timeout=500)
    except AssertionError:
        return False
    return True


def _is_typed(page: Page, cell: Locator, text: str) -> bool:
    """Replace the cell's text; False when the page, still loading, took the focus away."""
    editor = cell.locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    try:
        expect(editor).to_have_text(text, timeout=300)
    except AssertionError:
        return False
    return True


def _containers(site: Site) -> set[str]:
    with closing(docker.from_env()) as client:
        network = f"{site.settings.instance.name}-sittings"
        return {str(container.id) for container in client.containers.list(filters={"network": network})}


def _memory_mib(container: str) -> float:
    """Return what the container holds, without the page cache that the kernel can take back."""
    with closing(docker.from_env()) as client:
        statistics: Any = client.containers.get(container).stats(stream=False)
    memory = statistics["memory_stats"]
    cached = memory["stats"].get("inactive_file", memory["stats"].get("total_inactive_file", 0))
    return float(memory["usage"] - cached) / 2**20
