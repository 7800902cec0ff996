"""Keep the clocks: collect sittings whose time is up, stop their servers, finish interrupted starts, mend broken ones.

The warden remembers nothing but which servers it has just started again. Each round it asks the store what is due, so
that a restart of the service changes nothing but the time of the round. When a sitting closes is decided in
`collector.closing`, by which the collector goes too: a round that comes late lets nobody go on.

A server that cannot be stopped is tried again, at growing distances. That never delays a submission.

A server that died in a running sitting is started again, on the same work volume, whether or not anybody looks: what
its journal holds must reach the recording even when the candidate has closed the page. One that dies again and again
without a word is started at growing distances.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import func, select

from nbassess_hub.clock import Clock
from nbassess_hub.collector.closing import Closing
from nbassess_hub.collector.signing import Signer
from nbassess_hub.credentials import Randomness
from nbassess_hub.errors import HubError
from nbassess_hub.hub_client import HubServers
from nbassess_hub.pauses import Pauses
from nbassess_hub.sittings.ending import Ended, end_sitting
from nbassess_hub.sittings.starting import Starting
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Event, Sitting

log = logging.getLogger(__name__)

_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 10_000, 60_000
_PARALLEL_STOPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things wait. ``stop_delay_ms`` lets the last answers reach the browser before its server goes."""

    grace_ms: int = 5_000
    catch_up_ms: int = 15_000
    stop_delay_ms: int = 15_000
    silent_ms: int = 15_000
    """A running server is heard of every 10 seconds; after this long without a word the hub is asked about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warden:
    """One round of each duty per call; the service calls them again and again."""

    store: Store
    clock: Clock
    randomness: Randomness
    hub: HubServers
    starting: Starting
    timing: Timing
    closing: Closing
    signer: Signer
    revivals: Pauses = field(default_factory=lambda: Pauses(first_ms=_FIRST_PAUSE_MS, longest_ms=_LONGEST_PAUSE_MS))

    def collect_due(self) -> list[str]:
        """End every sitting whose time is up; return those that were ended."""
        now_ms = self.clock.now_ms()
        return [sitting_id for sitting_id in self._due(now_ms) if self._collect(sitting_id, now_ms)]

    def _due(self, now_ms: int) -> list[str]:
        running = (Sitting.status == "running") & (Sitting.deadline_ms <= now_ms) & ~Sitting.is_synthetic
        with self.closing.watching(), self.store.read() as session:
            query = select(Sitting.id, Sitting.deadline_ms).where(running).order_by(Sitting.deadline_ms)
            found = list(session.execute(query))
        return [row.id for row in found if self.closing.closes_ms(row.deadline_ms or 0) <= now_ms]

    def _collect(self, sitting_id: str, now_ms: int) -> bool:
        stop_after_ms = now_ms + self.timing.stop_delay_ms
        ended = Ended(reason="deadline", at_ms=now_ms, actor="service", claimed={}, stop_after_ms=stop_after_ms)
        try:
            end_sitting(self.store, sitting_id, ended, randomness=self.randomness, signer=self.signer)
        except Exception:  # one sitting that cannot be collected must not keep the others waiting
            log.exception("sitting %s could not be collected; trying again in the next round", sitting_id)
            return False
        return True

    def stop_servers(self) -> list[str]:
        """Stop the servers of ended sittings and revoke their tokens; return the sittings that are done."""
        now_ms = self.clock.now_ms()
        due = (Sitting.stopped_ms.is_(None)) & (Sitting.stop_after_ms <= now_ms)
        with self.store.read() as session:
            waiting = list(session.execute(select(Sitting.id, Sitting.hub_user).where(due).limit(50)))
        if not waiting:
            return []
        with ThreadPoolExecutor(max_workers=_PARALLEL_STOPS) as pool:
            gone = list(pool.map(self._stop, [row.hub_user for row in waiting]))
        for row, is_gone in zip(waiting, gone, strict=True):
            self._note_stop(row.id, is_gone=is_gone)
        return [row.id for row, is_gone in zip(waiting, gone, strict=True) if is_gone]

    def _stop(self, hub_user: str) -> bool:
        try:
            self.starting.boots.forget(hub_user)
            self.hub.revoke_tokens(hub_user)
            return self.hub.stop(hub_user) == "stopped"
        except HubError as error:
            log.warning("the server of %s could not be stopped: %s", hub_user, error.message)
            return False

    def _note_stop(self, sitting_id: str, *, is_gone: bool) -> None:
        now_ms = self.clock.now_ms()
        with self.store.write() as session:
            sitting = lookup.sitting(session, sitting_id, lock=True)
            if is_gone:
                sitting.stopped_ms = now_ms
                audit(session, at_ms=now_ms, actor="service", action="stop-server", subject=f"sitting:{sitting_id}")
                return
            sitting.stop_attempts += 1
            sitting.stop_after_ms = now_ms + min(_LONGEST_PAUSE_MS, 1000 * 2 ** min(sitting.stop_attempts, 10))

    def resume_starts(self) -> None:
        """Go on with starts that nobody watches: a closed waiting page, or a restart of the service."""
        for sitting_id in self.starting.starting_sittings():
            self.starting.progress(sitting_id)

    def revive_servers(self) -> list[str]:
        """Start the servers of running sittings again that have died; return the sittings."""
        silent = self._silent()
        self.revivals.keep([sitting_id for sitting_id, _ in silent])
        try:
            dead = [sitting_id for sitting_id, hub_user in silent if self.hub.state(hub_user) == "stopped"]
        except HubError as error:
            log.warning("the hub does not say which servers run: %s", error.message)
            return []
        return [sitting_id for sitting_id in dead if self._revive(sitting_id)]

    def _revive(self, sitting_id: str) -> bool:
        now_ms = self.clock.now_ms()
        if not self.revivals.is_due(sitting_id, now_ms):
            return False
        self.revivals.failed(sitting_id, now_ms)  # until it is heard of
        log.warning("the server of sitting %s is gone; starting it again", sitting_id)
        try:
            self.starting.boot(sitting_id)
        except HubError as error:  # it has just ended, say
            log.warning("the server of sitting %s is not started again: %s", sitting_id, error.message)
            return False
        return True

    def _silent(self) -> list[tuple[str, str]]:
        last = (Event.sitting_id == Sitting.id) & (Event.position == Sitting.position)
        heard_ms = func.coalesce(Event.received_ms, Sitting.started_ms)
        is_silent = heard_ms <= self.clock.now_ms() - self.timing.silent_ms
        running = (Sitting.status == "running") & ~Sitting.is_synthetic
        with self.store.read() as session:
            query = select(Sitting.id, Sitting.hub_user).outerjoin(Event, last).where(running, is_silent)
            return [(row.id, row.hub_user) for row in session.execute(query)]
