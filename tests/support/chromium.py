"""Debian's Chromium, driven by Playwright: one browser, a fresh profile for every person."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


def executable() -> str | None:
    """Return the path of the browser, or None where there is none."""
    return os.environ.get("NBASSESS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless browser for the length of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def person(browser: Browser, *, width: int = 1440, height: int = 900) -> Iterator[BrowserContext]:
    """Give one person a profile of their own: no cookies, no storage."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.on("page", _dismiss_theme_errors)
    try:
        yield context
    finally:
        context.close()


def _dismiss_theme_errors(page: Page) -> None:
    """Dismiss JupyterLab's dialog about a theme it could not load, and print why.

    On a very busy machine its stylesheet has failed to load about once in fifteen sittings; the cause is not known yet,
    and no test here is about themes. What the browser said goes to the test's output.
    """
    failed: list[str] = []
    dialog = page.get_by_role("dialog", name=re.compile("^Error Loading Theme"))

    def note(request: Request) -> None:
        failed.append(f"{request.failure} {request.url}")

    def dismiss() -> None:
        sys.stderr.write(f"JupyterLab could not load its theme; failed requests: {failed}\n")
        dialog.get_by_role("button").last.click()

    page.on("requestfailed", note)
    page.add_locator_handler(dialog, dismiss)


def screenshot(page: Page, name: str) -> Path:
    """Write what the page shows to build/screenshots/NAME.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
