"""The real assessment service in processes that can be killed: a supervisor starts the next one at once.

`python -P -m tests.support.recording.collector_process STATE_DIR PORT`. A request with the header below kills its
process around the commit, as a power cut would: nothing is flushed, nothing is answered.
"""

from __future__ import annotations

import os
import signal
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from nbassess_hub.api.parts import Rates
from nbassess_hub.clock import SystemClock
from nbassess_hub.collector.limits import Allowance, RateLimit
from nbassess_hub.service import create_app
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Instance
from nbassess_hub.store.engine import Store, database_url, open_store
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.support.hubs import HubWhoseServersAnswer

FAULT_HEADER = "x-test-fault"

_death: ContextVar[str] = ContextVar("_death", default="")


def application(state_dir: Path, store: Store) -> FastAPI:
    """Make the service on a migrated store: real but for the hub, roomy, without the warden's rounds."""
    settings = Settings(instance=Instance(state_dir=str(state_dir), public_url="http://127.0.0.1"))
    wide = Allowance(burst=1e9, per_s=1e9)
    rates = Rates(events=RateLimit(wide, "events"), event_bytes=RateLimit(wide, "bytes of events"))
    hub = HubWhoseServersAnswer()
    return create_app(settings, store=store, hub=hub, clock=SystemClock(), rates=rates, with_loops=False)


class Mortal:
    """Notes in what way a request shall be the death of this process."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _death.set(dict(scope.get("headers", [])).get(FAULT_HEADER.encode(), b"").decode())
        await self._app(scope, receive, send)


def _die_if(word: str) -> None:
    if _death.get() == word:
        os.kill(os.getpid(), signal.SIGKILL)


def serve(state_dir: Path, port: int) -> None:
    """Serve until killed."""
    event.listen(Session, "before_commit", lambda _session: _die_if("die-before-commit"))
    event.listen(Session, "after_commit", lambda _session: _die_if("die-after-commit"))
    store = open_store(database_url("", state_dir))
    app = application(state_dir, store)
    app.add_middleware(Mortal)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)


def main() -> None:
    """Supervise: a child that was killed is followed by the next one, a child that ended ends all."""
    state_dir, port = Path(sys.argv[1]), int(sys.argv[2])
    while True:
        child = os.fork()
        if child == 0:
            serve(state_dir, port)
            os._exit(0)
        signal.signal(signal.SIGTERM, lambda *_, child=child: os.kill(child, signal.SIGTERM))
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            return


if __name__ == "__main__":
    main()
