"""The collector of one sitting as a test sees it: the real service as a process, and its database."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbassess_hub.clock import ManualClock
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.store import lookup
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade

from tests.support.house import House
from tests.support.hubs import HubWhoseServersAnswer, token_of
from tests.support.ports import free_port
from tests.support.recorder_lab import until
from tests.support.recording.collector_process import application
from tests.support.tree import ROOT


@dataclass
class Collector:
    """A running collector with one running sitting."""

    store: Store
    sitting: str
    port: int
    log: Path

    @property
    def token(self) -> str:
        """What the sitting's Jupyter server shows."""
        return token_of(f"s-{self.sitting}")

    def head(self) -> str:
        """Return the end of the chain as the collector has it."""
        with self.store.read() as session:
            return lookup.sitting(session, self.sitting).head


@contextmanager
def running_collector(folder: Path) -> Iterator[Collector]:
    """Start the service with a sitting of the small assessment that has just begun."""
    state_dir = folder / "state"
    store = open_store(database_url("", state_dir))
    port = free_port()
    log = folder / "collector.log"
    try:
        upgrade(store)
        sitting = _begin_sitting(store, folder)
        with log.open("ab") as out, _process(state_dir, port, out):
            yield Collector(store=store, sitting=sitting, port=port, log=log)
    finally:
        store.close()


def _begin_sitting(store: Store, folder: Path) -> str:
    app = application(folder / "state", store)
    house = House(
        app=app,
        store=store,
        clock=ManualClock(0),
        hub=HubWhoseServersAnswer(),
        folder=folder,
        address="http://127.0.0.1",
    )
    house.publish(monitoring="full")
    sitting = house.running()
    house.parts.boots.close(wait=True)
    return sitting


@contextmanager
def _process(state_dir: Path, port: int, log: object) -> Iterator[None]:
    command = [sys.executable, "-P", "-m", "tests.support.recording.collector_process", str(state_dir), str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})  # type: ignore[call-overload] # an open file
    try:
        until(lambda: _answers(port) or process.poll() is not None, "the collector answers", 60)
        assert process.poll() is None, "the collector ended at once; see its log"
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{SERVICE_PREFIX}api/sitting", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
