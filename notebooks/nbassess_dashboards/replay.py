"""The replay widget: a recording that plays in the browser.

Python reads the records strictly, gives each its time and finds where the recording is not whole; the browser gets all
of it once, gzipped, and rebuilds every moment itself (player/document.js follows nbassess_events.replay). Nothing is
loaded from elsewhere. What only Python can do, the browser asks for: newer records, and a moment as a notebook.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from nbassess_dashboards.modules import join
from nbassess_dashboards.packing import Packing, pack

PLAYER_FOLDER = Path(__file__).parent / "player"
PLAYER_MODULES = (
    "dom.js",
    "document.js",
    "engine.js",
    "spans.js",
    "search.js",
    "diff.js",
    "highlight.js",
    "outputs.js",
    "markdown.js",
    "describe.js",
    "playback.js",
    "notebook.js",
    "timeline.js",
    "moments.js",
    "compare.js",
    "address.js",
    "announce.js",
    "live.js",
    "shortcuts.js",
    "controls.js",
    "status.js",
    "tabs.js",
    "opened.js",
    "player.js",
    "widget.js",
)

Message = dict[str, Any]
Answer = Callable[[Mapping[str, Any]], Message | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Whose recording is shown, and what the page around it can do.

    `notebook` is the path of the dashboard on its server, for links to moments; `can_open`: Python can make notebooks.
    """

    sitting: str
    candidate: str
    is_synthetic: bool
    is_running: bool = False
    can_open: bool = False
    notebook: str = ""


def replay_payload(packing: Packing, shown: Shown) -> dict[str, Any]:
    """Return what the browser needs: clients by index, records with milliseconds since the first one, flags."""
    return {
        "format": 2,
        "sitting": shown.sitting,
        "candidate": shown.candidate,
        "is_synthetic": shown.is_synthetic,
        "is_running": shown.is_running,
        "can_open": shown.can_open,
        "notebook": shown.notebook,
        "clients": packing.clients,
        "records": packing.rows,
        "flags": packing.flags(is_running=shown.is_running),
    }


class ReplayPlayer(anywidget.AnyWidget):
    """Play a recording. `position` is the number of events shown: set it to seek; it follows when the player pauses."""

    _esm = join(PLAYER_FOLDER, PLAYER_MODULES)
    _css = "".join((PLAYER_FOLDER / name).read_text(encoding="utf-8") for name in ("player.css", "document.css"))

    payload = traitlets.Bytes().tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)


def replay_player(packing: Packing, shown: Shown, answer: Answer | None = None) -> ReplayPlayer:
    """Make the player of one recording. `answer` is given what the browser asks and returns what it is told."""
    player = ReplayPlayer(payload=pack(replay_payload(packing, shown)))
    if answer is not None:
        player.on_msg(lambda widget, content, buffers: _reply(widget, answer(content)))
    return player


def _reply(player: ReplayPlayer, message: Message | None) -> None:
    if message is not None:
        player.send(message)
