"""How long the replay widget takes in a browser: to load the two-hour recording, and to show any moment of it.

The recording is the one that is sealed (long_recording), packed as the dashboards pack it. Loading unpacks, reads and
replays it and draws the first moment; a seek rebuilds the moment and draws the notebook. Every load is a new page.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from nbassess_dashboards.packing import Packing
from nbassess_dashboards.replay import ReplayPlayer, Shown, replay_player
from playwright.sync_api import BrowserContext, Route

from tests.bench.long_recording import LABEL, two_hours
from tests.bench.measure import Measurement, measured
from tests.bench.needs import CannotRun
from tests.bench.priority import BROWSER, ahead_of_others
from tests.support.chromium import chromium, person
from tests.support.requirements import browser_is_missing

_STAGE = "http://replay.invalid"
_SCRIPT = Path(__file__).with_name("replay_stage.js")
_LOADS, _SEEKS = 5, 60


def replay_in_browser(loads: int = _LOADS, seeks: int = _SEEKS) -> list[Measurement]:
    """Load the recording in fresh pages, and seek to random moments in each."""
    missing = browser_is_missing()
    if missing:
        raise CannotRun(missing)
    player = _player()
    with chromium() as browser, person(browser) as context, ahead_of_others(*BROWSER):
        context.route(f"{_STAGE}/**", lambda route: _serve(route, player))
        found = [_play(context, seeks, seed) for seed in range(1, loads + 1)]
    taken_ms = [each for page in found for each in page["seekMs"]]
    return [
        measured("replay_browser_load_s", [page["loadMs"] / 1000 for page in found], "s"),
        measured("replay_browser_seek_ms", taken_ms, "ms"),
        measured("replay_browser_seek_p95_ms", [_p95(page["seekMs"]) for page in found], "ms"),
    ]


def _player() -> ReplayPlayer:
    return replay_player(Packing(two_hours()), Shown(sitting="bench", candidate=LABEL, is_synthetic=True))


def _serve(route: Route, player: ReplayPlayer) -> None:
    """Give the page its parts; nothing leaves this machine."""
    style, name = str(player._css), route.request.url.removeprefix(f"{_STAGE}/")
    if name == "player.js":
        route.fulfill(body=str(player._esm), content_type="text/javascript")
    elif name == "payload":
        route.fulfill(body=bytes(player.payload), content_type="application/octet-stream")
    else:
        page = f"<!doctype html><meta charset=utf-8><style>{style}</style><main id=stage></main>"
        route.fulfill(body=page, content_type="text/html")


def _play(context: BrowserContext, seeks: int, seed: int) -> dict[str, Any]:
    page = context.new_page()
    page.goto(f"{_STAGE}/")
    found: dict[str, Any] = page.evaluate(_SCRIPT.read_text("utf-8"), [_STAGE, seeks, seed])
    page.close()
    if found["length"] != len(two_hours()):
        raise RuntimeError(f"the widget has {found['length']} of {len(two_hours())} records")
    return found


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18]
