"""The replay widget in a browser, as tests handle it: open a page, press keys, look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.chromium import SCREENSHOTS
from tests.unit.dashboards.synthetic_cohort import Fixture

SLOW_MS = 90_000


@dataclass
class Beacon:
    """A server that hostile outputs try to reach: its address, and what has reached it."""

    url: str
    reached: list[str]


@contextmanager
def listening() -> Iterator[Beacon]:
    """Run such a server."""
    made = Beacon(url="", reached=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.reached.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def opened(context: BrowserContext, address: str) -> tuple[Page, Locator]:
    """Open a page and wait for its player."""
    page = context.new_page()
    page.goto(address)
    player = page.locator(".nbr")
    expect(player).to_have_attribute("data-position", re.compile(r"\d+"), timeout=SLOW_MS)
    return page, player


def app(analyst: str, fixture: Fixture, index: int = 0, *, more: str = "") -> str:
    """Return the address of a sitting's page in Voilà."""
    return f"{analyst}voila/render/dashboards/candidate.ipynb?sitting={fixture.sittings[index]['id']}{more}"


def position_of(player: Locator) -> int:
    """Return how many events are shown."""
    return int(player.get_attribute("data-position") or -1)


def press(player: Locator, *keys: str) -> None:
    """Press keys in the player."""
    for key in keys:
        player.press(key)


def screenshot(player: Locator, name: str) -> None:
    """Write what it shows to build/screenshots/NAME.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    player.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


def find(page: Page, text: str) -> None:
    """Go to the next appearance of a text."""
    page.get_by_label("Find when a text appeared").fill(text)
    page.keyboard.press("Enter")
