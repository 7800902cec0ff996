"""How long after it was typed a reviewer has what a candidate types, through everything that lies between.

Browser, notebook server in its container, hub, collector, database, and the API that the live view asks, at the live
view's own rate (player/live.js, ASK_EVERY_MS). Typing happens at any moment between two questions. What is left out is
the drawing: replay_browser_seek_ms says what that takes.
"""

from __future__ import annotations

import re
import time
from random import Random

from nbassess_hub.api_client import AdminClient
from playwright.sync_api import Page

from tests.bench.recordings import REPO

_LIVE = REPO / "notebooks" / "nbassess_dashboards" / "player" / "live.js"
ASK_EVERY_S = int(re.findall(r"ASK_EVERY_MS = (\d+)", _LIVE.read_text("utf-8"))[0]) / 1000
_PATIENCE_S = 30.0


class Reviewer:
    """Looks at a running sitting, question by question."""

    def __init__(self, client: AdminClient, sitting: str, random: Random) -> None:
        self._client, self._sitting, self._random = client, sitting, random
        self._position = int(client.get("sittings", sitting, "events", after=2**40)["position"])

    def delay_s(self, page: Page, marker: str) -> float:
        """Type a marker into the last cell and wait until it has arrived; returns how long that took."""
        page.locator(".jp-Notebook:visible .jp-CodeCell .cm-content").last.click()
        asked_s = time.monotonic()
        time.sleep(self._random.uniform(0, ASK_EVERY_S))
        typed_s = time.monotonic()
        page.keyboard.insert_text(marker)
        while time.monotonic() - typed_s < _PATIENCE_S:
            asked_s += ASK_EVERY_S
            time.sleep(max(0.0, asked_s - time.monotonic()))
            if self._sees(marker):
                return time.monotonic() - typed_s
        raise TimeoutError(f"waited {_PATIENCE_S:g} s for {marker!r} to arrive")

    def _sees(self, marker: str) -> bool:
        records = self._client.get("sittings", self._sitting, "events", after=self._position)["records"]
        self._position += len(records)
        return any(marker in str(record["event"].get("ops")) for record in records)
