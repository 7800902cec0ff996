"""How much later the editor has a keystroke because it is recorded, in real JupyterLab and real Chromium.

Latency is from the moment the browser got the key (`event.timeStamp`) to the end of the editor's update: state, screen
text, shared model and all who listen to it, the recorder among them (see editor_probe.js). Keys are trusted ones, sent
through the DevTools protocol at uneven intervals, so that they also fall on moments when a batch is packed.

Two servers of the same build, one without a sitting, where the recorder stays silent. Each is opened twice, in the
order on, off, off, on, because a page's age and place alone make tenths of a millisecond; then all four are typed into
in turns. The value is the median over the turns of p95 (on) - p95 (off): noise that lasts longer than a turn cancels
out. Where the system allows it, the browser gets real-time priority for that time, so that other programs do not count.

The recorder's own time comes from the browser's sampling profiler: all samples with code of the recorder on the stack,
whenever they were taken, so packing, storing, sending and the panel's clock count too.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Page

from tests.bench.measure import Measurement, measured
from tests.bench.needs import CannotRun
from tests.bench.priority import BROWSER, ahead_of_others
from tests.support.chromium import chromium, person
from tests.support.ports import free_port
from tests.support.recorder_lab import SERVER_TOKEN, is_built, lab, own_directory, until
from tests.support.recorder_service import RecorderService, notebook, serving
from tests.support.recorder_stand import problem
from tests.support.requirements import browser_is_missing

_CELLS, _LINES, _TYPED_CELL = 66, 8, 60
_TURNS, _KEYS, _WARMUP = 8, 25, 40
_PROFILED_KEYS = 150
_PAUSE_S = (0.015, 0.045)
_LETTERS = "etaoinshrdlucmfw "
_PAGES = (("on", "a"), ("off", "b"), ("off", "c"), ("on", "d"))
_PROBE = Path(__file__).with_name("editor_probe.js")
_OPEN = """path => window.jupyterapp.restored
    .then(() => window.jupyterapp.commands.execute('docmanager:open', {path}))
    .then(widget => widget.context.ready).then(() => undefined)"""
# With these a page's clock has steps of 5 us instead of 100.
_ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


def editor(turns: int = _TURNS, keys: int = _KEYS, profiled: int = _PROFILED_KEYS) -> list[Measurement]:
    """Type into pages with and without the recorder, in turns."""
    missing = browser_is_missing() or (None if is_built() else "the labextension is not built")
    if missing:
        raise CannotRun(missing)
    with _pages() as (service, pages):
        hands = Random(1)
        for _, page in pages:
            _warm_up(page, hands)
        rounds = [_turn(pages, keys, hands) for _ in range(turns)]
        own_us = _recorder_us(pages[0][1], profiled, hands)
        typed = sum(page.evaluate("() => window.probe.total") for state, page in pages if state == "on")
        until(lambda: len(service.of_type("edit")) == typed, f"the record of {typed} keystrokes")
    added = [_p95(latencies["on"]) - _p95(latencies["off"]) for latencies in rounds]
    pooled = {state: _p95([each for latencies in rounds for each in latencies[state]]) for state in ("on", "off")}
    return [
        measured(
            "keystroke_added_p95_ms", added, "ms", peer="p95 without the recorder", ratio=pooled["off"] / pooled["on"]
        ),
        measured("keystroke_recorder_us", [own_us], "us"),
    ]


@contextmanager
def _pages() -> Iterator[tuple[RecorderService, list[tuple[str, Page]]]]:
    first = f"bench/{_PAGES[0][1]}.ipynb"
    service = RecorderService(problems=[{**problem("bench", "Benchmark", "easy"), "path": first}], files={})
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        stack.enter_context(serving(service))
        urls = {state: stack.enter_context(_lab(service, folder / state, state)) for state in ("on", "off")}
        browser = stack.enter_context(chromium())
        pages = []
        for state, file in _PAGES:
            page = stack.enter_context(person(browser)).new_page()
            _open(page, urls[state], f"bench/{file}.ipynb")
            pages.append((state, page))
        stack.enter_context(ahead_of_others(*BROWSER))
        yield service, pages


@contextmanager
def _lab(service: RecorderService, home: Path, state: str) -> Iterator[str]:
    """Run a server; without the address of a service the recorder is silent."""
    config = home / "config"
    config.mkdir(parents=True)
    settings = {"ServerApp": {"tornado_settings": {"headers": _ISOLATED}}}
    (config / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (home / "work" / "bench").mkdir(parents=True)
    for _, file in _PAGES:
        (home / "work" / "bench" / f"{file}.ipynb").write_text(_notebook(), encoding="utf-8")
    variables = {"JUPYTER_CONFIG_PATH": f"{own_directory('etc')}:{config}"}
    if state == "off":
        variables["NBASSESS_API_URL"] = ""
    with lab(service, home, port=free_port(), variables=variables) as url:
        yield url


def _notebook() -> str:
    lines = [f"value_{line} = total + {line}  # one line of an ordinary cell" for line in range(_LINES)]
    return notebook(*((f"cell-{index}", "code", "\n".join(lines)) for index in range(_CELLS)))


def _open(page: Page, url: str, path: str) -> None:
    page.goto(f"{url}/lab?token={SERVER_TOKEN}")
    page.wait_for_function("() => window.jupyterapp?.restored !== undefined")
    page.evaluate(_OPEN, path)
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-content")
    page.evaluate(_PROBE.read_text("utf-8"), _TYPED_CELL)


def _turn(pages: list[tuple[str, Page]], keys: int, hands: Random) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"on": [], "off": []}
    for state, page in pages:
        found[state] += _type(page, keys, hands)
    return found


def _warm_up(page: Page, hands: Random) -> None:
    """Type until no key is lost any more: while a page still arranges its cells, the cursor may be elsewhere."""
    until(lambda: len(_type(page, _WARMUP, hands)) == _WARMUP, "a page that takes in every key", 30)


def _type(page: Page, keys: int, hands: Random) -> list[float]:
    """Type letters; returns the latency in milliseconds of each that the editor took in."""
    for _ in range(keys):
        next_s = time.monotonic() + hands.uniform(*_PAUSE_S)
        page.keyboard.press(hands.choice(_LETTERS))
        time.sleep(max(0.0, next_s - time.monotonic()))
    latencies: list[float] = page.evaluate("() => window.probe.take()")
    return latencies


def _recorder_us(page: Page, keys: int, hands: Random) -> float:
    """Return the time with the recorder's code on the stack, in microseconds per keystroke."""
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 100})
    session.send("Profiler.start")
    _type(page, keys, hands)
    page.wait_for_timeout(500)  # the last batch
    profile = session.send("Profiler.stop")["profile"]
    session.detach()
    own = _nodes_under_the_recorder(profile["nodes"])
    pairs = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return float(sum(delta for node, delta in pairs if node in own)) / keys


def _nodes_under_the_recorder(nodes: list[dict[str, Any]]) -> set[int]:
    by_id = {node["id"]: node for node in nodes}
    found: set[int] = set()
    waiting = [node for node in nodes if "@nbassess/recorder" in node["callFrame"]["url"]]
    while waiting:
        node = waiting.pop()
        if node["id"] not in found:
            found.add(node["id"])
            waiting += [by_id[child] for child in node.get("children", ())]
    return found


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18]
