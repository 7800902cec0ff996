"""Start notebook servers in the background, and tell how far each is.

A boot is memory only. Whoever asks for one that is not known (after a restart of the service, say) gets it started
again, which is harmless: the hub answers for a server that runs already that it is ready.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from nbassess_hub.errors import HubError
from nbassess_hub.hub_client import HubServers

log = logging.getLogger(__name__)

State = Literal["starting", "ready", "failed"]
OnReady = Callable[[str], None]

PARALLEL_BOOTS = 16
_READY = "Everything is ready."
_WAITING = "Waiting for a free place to start."


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """How far a server is. ``message`` is for the person who waits."""

    state: State
    percent: int
    message: str


@dataclass(slots=True)
class Boots:
    """The servers that are being started, by hub user."""

    hub: HubServers
    _known: dict[str, Boot] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=PARALLEL_BOOTS, thread_name_prefix="boot")
    )

    def begin(self, hub_user: str, group: str, on_ready: OnReady) -> Boot:
        """Start the server unless a boot is under way, and return how far it is. A finished boot begins anew."""
        with self._lock:
            known = self._known.get(hub_user)
            if known is not None and known.state == "starting":
                return known
            boot = Boot(state="starting", percent=0, message=_WAITING)
            self._known[hub_user] = boot
        self._pool.submit(self._run, hub_user, group, on_ready, boot)
        return boot

    def ensure(self, hub_user: str, group: str, on_ready: OnReady) -> Boot:
        """Return how far the server is; start it when it is not there. A failed boot stays failed until `begin`.

        Raises Unavailable when the hub does not answer.
        """
        known = self.get(hub_user)
        if known is not None and known.state != "ready":
            return known
        if self.hub.state(hub_user) == "ready":
            on_ready(hub_user)
            return Boot(state="ready", percent=100, message=_READY)
        return self.begin(hub_user, group, on_ready)

    def get(self, hub_user: str) -> Boot | None:
        """Return how far the server is, None when no boot is known."""
        with self._lock:
            return self._known.get(hub_user)

    def forget(self, hub_user: str) -> None:
        """Drop what is known, when the server was stopped or found missing."""
        with self._lock:
            self._known.pop(hub_user, None)

    def close(self, *, wait: bool = False) -> None:
        """Begin no more boots; those under way end on their own, before this returns if ``wait``."""
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _run(self, hub_user: str, group: str, on_ready: OnReady, queued: Boot) -> None:
        if self.get(hub_user) is not queued:
            return  # forgotten while it waited: its sitting has ended
        try:
            self._set(hub_user, Boot(state="starting", percent=2, message="Preparing your place."))
            self.hub.ensure_user(hub_user, group)
            self._follow(hub_user, on_ready)
        except HubError as error:
            self._set(hub_user, Boot(state="failed", percent=100, message=error.message))
        except Exception:  # nobody waits for this thread's exception: the person who waits must be told
            log.exception("the server of %s could not be started", hub_user)
            failed = "Something went wrong in the service itself; its log says what. Try again."
            self._set(hub_user, Boot(state="failed", percent=100, message=failed))

    def _follow(self, hub_user: str, on_ready: OnReady) -> None:
        for progress in self.hub.start(hub_user):
            if progress.is_failed:
                self._set(hub_user, Boot(state="failed", percent=100, message=progress.message))
                return
            if progress.is_ready:
                on_ready(hub_user)
                self._set(hub_user, Boot(state="ready", percent=100, message=_READY))
                return
            self._set(hub_user, Boot(state="starting", percent=progress.percent, message=progress.message))
        failed = "The server stopped reporting before it was ready. Try again."
        self._set(hub_user, Boot(state="failed", percent=100, message=failed))

    def _set(self, hub_user: str, boot: Boot) -> None:
        with self._lock:
            self._known[hub_user] = boot
