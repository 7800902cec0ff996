"""Wait until a notebook server answers, and tell the person meanwhile what is going on.

The hub's own wait backs off up to five seconds between two looks. Here a look is taken every 50 ms, which makes a start
several times faster to whoever waits for it; and a server that died is noticed at once instead of at the timeout.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from nbassess_hub.errors import SpawnError

LOOK_EVERY_S = 0.05
_ALIVE_EVERY_S = 1.0
_SERVER_ERROR = 500


async def wait_until_ready(url: str, *, died: Callable[[], Awaitable[str | None]], timeout_s: float) -> None:
    """Return as soon as `url` answers anything but a server error.

    `died` says why the server is gone, or nothing while it lives.

    Raises:
        SpawnError: it died, or did not answer in time.
    """
    deadline = time.monotonic() + timeout_s
    look_alive = time.monotonic() + _ALIVE_EVERY_S
    async with httpx.AsyncClient(timeout=2.0, trust_env=False, follow_redirects=False) as client:
        while time.monotonic() < deadline:
            if await _answers(client, url):
                return
            if time.monotonic() >= look_alive:
                look_alive = time.monotonic() + _ALIVE_EVERY_S
                reason = await died()
                if reason is not None:
                    raise SpawnError(f"the notebook server ended while it started ({reason}); look at its log")
            await asyncio.sleep(LOOK_EVERY_S)
    raise SpawnError(f"the notebook server did not answer within {timeout_s:g} s; look at its log and the host's load")


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code < _SERVER_ERROR
    except httpx.HTTPError:
        return False


@dataclass(slots=True)
class Stages:
    """What the waiting page says: each stage is kept, so that somebody who looks later sees the same."""

    said: list[tuple[int, str]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, percent: int, sentence: str) -> None:
        """Tell everybody who follows."""
        self.said.append((percent, sentence))
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self) -> AsyncIterator[dict[str, object]]:
        """Yield each stage, past and to come, in the form the hub's progress API sends."""
        seen = 0
        while True:
            news = self._news
            while seen < len(self.said):
                percent, sentence = self.said[seen]
                seen += 1
                yield {"progress": percent, "message": sentence}
            await news.wait()
