"""Find out who holds a token.

Our own two tokens are compared here; every other is the hub's to judge. Its word is kept for a minute, and longer when
the hub is down: typing must be saved while the hub restarts. A token the hub does not know is asked about every time,
so attempts are rate-limited by address.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from nbassess_hub.clock import Clock
from nbassess_hub.collector.limits import Allowance, RateLimit
from nbassess_hub.credentials import Principal, fingerprint, is_same
from nbassess_hub.errors import NotAuthenticated, Unavailable
from nbassess_hub.hub_client import HubIdentity, Identity
from nbassess_hub.scopes import ALL_CUSTOM_SCOPES

FRESH_MS = 60_000
STALE_MS = 12 * 3600 * 1000
_MAX_KNOWN = 10_000
_REFUSALS = Allowance(burst=60, per_s=1)


@dataclass(frozen=True, slots=True)
class _Known:
    identity: Identity
    at_ms: int


@dataclass(slots=True)
class Callers:
    """Resolve tokens to principals."""

    hub: HubIdentity
    clock: Clock
    admin_token: str
    service_token: str
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _refusals: RateLimit = field(default_factory=lambda: RateLimit(_REFUSALS, "attempts with unknown tokens"))

    def resolve(self, token: str, *, address: str) -> Principal:
        """Return whose token this is. Raises NotAuthenticated, TooManyRequests, Unavailable."""
        if is_same(token, self.admin_token):
            return Principal(name="admin", kind="admin", scopes=ALL_CUSTOM_SCOPES)
        if is_same(token, self.service_token):
            return Principal(name="hub", kind="service", scopes=frozenset())
        identity = self._identity(token)
        if identity is None:
            self._refusals.spend(address, 1, self.clock.now_ms())
            raise NotAuthenticated("The hub does not know this token: it was revoked, or it is not one. Sign in again.")
        return Principal(name=identity.name, kind="server", scopes=identity.scopes, hub_user=identity.name)

    def _identity(self, token: str) -> Identity | None:
        key, now_ms = fingerprint(token), self.clock.now_ms()
        with self._lock:
            known = self._known.get(key)
        if known is not None and now_ms - known.at_ms < FRESH_MS:
            return known.identity
        try:
            identity = self.hub.whoami(token)
        except Unavailable:
            if known is not None and now_ms - known.at_ms < STALE_MS:
                return known.identity
            raise
        self._remember(key, identity, now_ms)
        return identity

    def _remember(self, key: str, identity: Identity | None, now_ms: int) -> None:
        with self._lock:
            self._known.pop(key, None)
            if identity is not None:
                self._known[key] = _Known(identity, now_ms)
            if len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
