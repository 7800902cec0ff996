"""The archivist: `python -m nbassess_hub.sealing.archivist`.

Its own process, and one that gives way, so that sealing takes no time from people who type. It seals what has ended,
drops rows that were kept long enough, and publishes heads. It keeps no state: killed at any moment, it goes on where
the database says.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from nbassess_hub.clock import SystemClock
from nbassess_hub.collector.signing import Signer, remember_key
from nbassess_hub.errors import HubError
from nbassess_hub.sealing.heads import Publisher
from nbassess_hub.sealing.places import archive_of
from nbassess_hub.sealing.sealer import Sealer, clear_drafts
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.settings import Settings, load_settings
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import is_current

log = logging.getLogger("nbassess.sealing")

ROUND_S = 5.0
_SELDOM_S = 300.0
_GIVES_WAY = 10
_DAY_MS = 86_400_000


@dataclass(slots=True, kw_only=True)
class Duty:
    """Something to do again and again, at most every so many seconds."""

    do: Callable[[], list[str]]
    every_s: float = 0.0
    _next_s: float = field(default=0.0, init=False)

    def is_due(self, now_s: float) -> bool:
        """Tell whether it is time, and if so set the next time."""
        if now_s < self._next_s:
            return False
        self._next_s = now_s + self.every_s
        return True


def duties_of(settings: Settings, store: Store) -> list[Duty]:
    """Return what is to be done each round. Raises SettingsError for a place that is none."""
    clock = SystemClock()
    sealer = Sealer(
        store=store,
        clock=clock,
        archive=archive_of(settings),
        workdir=settings.layout.run,
        keep_rows_ms=settings.recordings.keep_rows_days * _DAY_MS,
    )
    duties = [Duty(do=sealer.seal_due), Duty(do=sealer.drop_due, every_s=_SELDOM_S)]
    if settings.recordings.publish_heads_to:
        signer = Signer.of(settings.layout.secrets, clock)
        remember_key(store, signer)
        place = Storage.of(settings.recordings.publish_heads_to, setting="recordings.publish_heads_to")
        publisher = Publisher(store=store, signer=signer, storage=place, instance=settings.instance.name)
        duties.append(Duty(do=publisher.publish_due, every_s=_SELDOM_S))
    return duties


def work(duties: list[Duty], stopping: threading.Event, *, round_s: float = ROUND_S) -> None:
    """Do every duty again and again until asked to stop; one that fails is logged and comes again."""
    while not stopping.is_set():
        for duty in [each for each in duties if each.is_due(time.monotonic())]:
            try:
                duty.do()
            except Exception:  # whatever it was, the others and the next round must come
                log.exception("%s failed; trying again", getattr(duty.do, "__name__", duty.do))
        stopping.wait(round_s)


def main() -> int:
    """Work until SIGTERM or SIGINT; returns 1 when the settings cannot be worked with."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.nice(_GIVES_WAY)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        settings = load_settings()
        settings.layout.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        clear_drafts(settings.layout.run)
        store = open_store(database_url(settings.service.database_url, settings.state_dir))
        _wait_for_tables(store, stopping)
        if not stopping.is_set():
            work(duties_of(settings, store), stopping)
        store.close()
    except HubError as error:
        log.error("%s", error)  # noqa: TRY400 - the message says what to do; a traceback would hide it
        return 1
    log.info("ended")
    return 0


def _wait_for_tables(store: Store, stopping: threading.Event) -> None:
    """Wait until the service has brought the tables to this release's shape."""
    while not stopping.is_set() and not _has_tables(store):
        stopping.wait(1.0)


def _has_tables(store: Store) -> bool:
    try:
        return is_current(store)
    except Exception:  # noqa: BLE001 - a database that is not there yet is waited for, whatever it says
        return False


if __name__ == "__main__":
    sys.exit(main())
