"""What the endpoints work with: made once by the service, reachable from every request."""

from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from nbassess_hub.api.callers import Callers
from nbassess_hub.clock import Clock
from nbassess_hub.collector.intake import Intake
from nbassess_hub.collector.limits import BYTES, EVENTS, EXCHANGES, RateLimit
from nbassess_hub.collector.signing import Signer
from nbassess_hub.credentials import Principal, Randomness
from nbassess_hub.disk import DiskWatch
from nbassess_hub.hub_client import HubServers
from nbassess_hub.integrity.checks import Checks
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.settings import Settings
from nbassess_hub.sittings.boots import Boots
from nbassess_hub.sittings.published import Bundles
from nbassess_hub.sittings.sessions import SignedIn
from nbassess_hub.sittings.starting import Starting
from nbassess_hub.sittings.warden import Timing, Warden
from nbassess_hub.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rate limits of one service process."""

    events: RateLimit = field(default_factory=lambda: RateLimit(EVENTS, "events"))
    event_bytes: RateLimit = field(default_factory=lambda: RateLimit(BYTES, "bytes of events"))
    exchanges: RateLimit = field(default_factory=lambda: RateLimit(EXCHANGES, "attempts to open links"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything an endpoint may need."""

    settings: Settings
    clock: Clock
    randomness: Randomness
    store: Store
    signer: Signer
    intake: Intake
    recordings: Recordings
    checks: Checks
    hub: HubServers
    callers: Callers
    boots: Boots
    starting: Starting
    warden: Warden
    timing: Timing
    rates: Rates
    bundles: Bundles
    disk: DiskWatch


def parts_of(request: Request) -> Parts:
    """Return the parts of the service that this request reached."""
    return cast(Parts, request.app.state.parts)


def caller_of(request: Request) -> Principal:
    """Return who the guard let in with a token."""
    return cast(Principal, request.state.caller)


def signed_in_of(request: Request) -> SignedIn:
    """Return who the guard let in with a session cookie."""
    return cast(SignedIn, request.state.signed_in)


def address_of(request: Request) -> str:
    """Return the address of the caller, as the proxy reports it."""
    return request.client.host if request.client is not None else ""
