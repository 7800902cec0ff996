"""The peer that comes with every Jupyter server: jupyter_events' EventLogger, by hand and over POST api/events.

As a server extension it gives the server's own logger our schema and a file; where that is, says NBASSESS_BENCH_LOG.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger
from jupyter_server.serverapp import ServerApp

LOG_VARIABLE = "NBASSESS_BENCH_LOG"
SCHEMA_ID = "https://nbassess.invalid/schemas/keystroke/v1"
_SCHEMA = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "A keystroke, with the facts that our own event has",
    "type": "object",
    "properties": {
        "seq": {"type": "integer"},
        "path": {"type": "string"},
        "cell": {"type": "string"},
        "source": {"type": "string"},
        "ops": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}},
    },
    "required": ["seq", "path", "cell", "source", "ops"],
}


def event_body(data: dict[str, Any]) -> str:
    """Return what JupyterLab's event manager posts."""
    return json.dumps({"schema_id": SCHEMA_ID, "version": "1", "data": data}, separators=(",", ":"))


@contextmanager
def event_logger(file: Path) -> Iterator[EventLogger]:
    """Make a logger in this process that writes to a file."""
    handler = logging.FileHandler(file)
    logger = EventLogger(handlers=[handler])
    logger.register_event_schema(_SCHEMA)
    with closing(handler):
        yield logger


def write_configuration(folder: Path) -> None:
    """Enable the extension for servers whose configuration path has this folder."""
    (folder / "jupyter_server_config.d").mkdir(parents=True)
    file = folder / "jupyter_server_config.d" / "event_logger_peer.json"
    file.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {__name__: True}}}), encoding="utf-8")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    logger = server.event_logger
    if logger is None:
        raise RuntimeError("this Jupyter server has no event logger")
    logger.register_event_schema(_SCHEMA)
    logger.register_handler(logging.FileHandler(os.environ[LOG_VARIABLE]))
