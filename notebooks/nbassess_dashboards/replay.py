"""The replay widget: a recording that plays in the browser.

Python reads the records strictly, gives each its time and finds the gaps; the browser gets all of it once, gzipped, and
rebuilds every moment itself (player/engine.js follows nbassess_events.replay). Nothing is loaded from elsewhere.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from nbassess_events.codec import event_to_wire
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay

from nbassess_dashboards.modules import join

PLAYER_FOLDER = Path(__file__).parent / "player"
PLAYER_MODULES = (
    "dom.js",
    "engine.js",
    "highlight.js",
    "outputs.js",
    "markdown.js",
    "describe.js",
    "playback.js",
    "notebook.js",
    "timeline.js",
    "controls.js",
    "player.js",
)
_KNOWN_FROM_PLACE = ("seq", "t_ms")


def replay_payload(replay: Replay, *, sitting: str, candidate: str, is_synthetic: bool) -> dict[str, Any]:
    """Return what the browser needs: times in milliseconds since the first record, clients by index, gaps."""
    records = replay.records
    clients = list(dict.fromkeys(record.client for record in records))
    index_of = {client: index for index, client in enumerate(clients)}
    origin = replay.times_ms[0] if replay.times_ms else 0
    packed = [
        [index_of[record.client], time - origin, _lean(record)]
        for record, time in zip(records, replay.times_ms, strict=True)
    ]
    gaps = [{"position": gap.position, "path": gap.path, "reason": gap.reason} for gap in replay.gaps]
    return {
        "format": 1,
        "sitting": sitting,
        "candidate": candidate,
        "is_synthetic": is_synthetic,
        "clients": clients,
        "records": packed,
        "gaps": gaps,
    }


def _lean(record: Recorded) -> dict[str, Any]:
    wire = event_to_wire(record.event)
    return {name: value for name, value in wire.items() if name not in _KNOWN_FROM_PLACE}


def pack(payload: dict[str, Any]) -> bytes:
    """Return a payload as gzipped JSON, the same bytes for the same payload."""
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=True)
    return gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)


class ReplayPlayer(anywidget.AnyWidget):
    """Play a recording. `position` is the number of events shown: set it to seek; it follows when the player pauses."""

    _esm = join(PLAYER_FOLDER, PLAYER_MODULES)
    _css = (PLAYER_FOLDER / "player.css").read_text(encoding="utf-8")

    payload = traitlets.Bytes().tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)


def replay_player(replay: Replay, *, sitting: str, candidate: str, is_synthetic: bool) -> ReplayPlayer:
    """Make the player of one recording, at its start."""
    payload = replay_payload(replay, sitting=sitting, candidate=candidate, is_synthetic=is_synthetic)
    return ReplayPlayer(payload=pack(payload))
