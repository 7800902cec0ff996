"""The assessment service: its own process, next to the hub.

The endpoints decide nothing about time; the loops here call the warden again and again, and the warden asks the store.
The process may be killed at any moment: what was acknowledged is in the database, everything else is asked again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

import uvicorn
from fastapi import FastAPI
from nbassess_events.codec import MAX_BATCH_BYTES
from nbassess_graders.publication import BYTES_MAX

from nbassess_hub import __version__
from nbassess_hub.api.answers import install_error_answers
from nbassess_hub.api.callers import Callers
from nbassess_hub.api.middleware import BodyLimit, SafeHeaders
from nbassess_hub.api.parts import Parts, Rates
from nbassess_hub.clock import Clock, SystemClock
from nbassess_hub.collector.closing import Closing
from nbassess_hub.collector.intake import Intake
from nbassess_hub.collector.signing import Signer, remember_key
from nbassess_hub.credentials import Randomness, system_randomness
from nbassess_hub.disk import DiskWatch
from nbassess_hub.endpoints import add_endpoints
from nbassess_hub.hub_client import HttpHub, HubIdentity, HubServers
from nbassess_hub.integrity.checks import Checks
from nbassess_hub.layout import Layout
from nbassess_hub.sealing.places import recordings_of
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import SERVICE_PREFIX, Settings, load_settings
from nbassess_hub.sittings.boots import Boots
from nbassess_hub.sittings.published import Bundles
from nbassess_hub.sittings.starting import Starting
from nbassess_hub.sittings.warden import Timing, Warden
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade

log = logging.getLogger(__name__)

COLLECT_EVERY_S = 0.5
HUB_DUTIES_EVERY_S = 1.0
DISK_EVERY_S = 1.0
REVIVE_EVERY_S = 5.0

_LARGER_BODIES = {
    rf"^{SERVICE_PREFIX}api/(sitting|sittings/[^/]+)/events$": MAX_BATCH_BYTES,
    rf"^{SERVICE_PREFIX}api/sitting/submit$": 2**20,
    rf"^{SERVICE_PREFIX}api/assessments$": BYTES_MAX,
}


class HubPort(HubIdentity, HubServers, Protocol):
    """Both things the service asks of the hub."""


def create_app(
    settings: Settings,
    *,
    store: Store,
    hub: HubPort,
    clock: Clock,
    randomness: Randomness = system_randomness,
    timing: Timing | None = None,
    rates: Rates | None = None,
    with_loops: bool = True,
) -> FastAPI:
    """Make the application on a migrated store; ``with_loops=False`` leaves the warden's rounds to the caller."""
    timing = timing or Timing(grace_ms=settings.service.grace_s * 1000)
    parts = _make_parts(settings, store, hub, clock, randomness, timing, rates or Rates())
    app = FastAPI(
        title="nbassess",
        version=__version__,
        summary="The assessment service: sittings, recordings, submissions, reports.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(parts, with_loops=with_loops),
    )
    app.state.parts = parts
    add_endpoints(app)
    install_error_answers(app)
    app.add_middleware(BodyLimit, larger=_LARGER_BODIES)
    app.add_middleware(SafeHeaders)
    return app


def _make_parts(
    settings: Settings,
    store: Store,
    hub: HubPort,
    clock: Clock,
    randomness: Randomness,
    timing: Timing,
    rates: Rates,
) -> Parts:
    secrets = Layout(settings.state_dir).secrets
    boots = Boots(hub)
    disk = DiskWatch(place=settings.state_dir, bounds=settings.disk, clock=clock)
    starting = Starting(store=store, clock=clock, randomness=randomness, boots=boots, refusal=disk.refusal)
    signer = Signer.of(secrets, clock)
    remember_key(store, signer)
    recordings = recordings_of(settings)
    closing = Closing(clock=clock, grace_ms=timing.grace_ms, catch_up_ms=timing.catch_up_ms, up_since_ms=clock.now_ms())
    warden = Warden(
        store=store,
        clock=clock,
        randomness=randomness,
        hub=hub,
        starting=starting,
        timing=timing,
        closing=closing,
        signer=signer,
    )
    callers = Callers(
        hub=hub,
        clock=clock,
        admin_token=read_or_create(secrets, Secret.ADMIN_TOKEN),
        service_token=read_or_create(secrets, Secret.SERVICE_TOKEN),
    )
    return Parts(
        settings=settings,
        clock=clock,
        randomness=randomness,
        store=store,
        signer=signer,
        recordings=recordings,
        intake=Intake(store=store, signer=signer, closing=closing),
        checks=Checks(store, recordings, clock),
        hub=hub,
        callers=callers,
        boots=boots,
        starting=starting,
        warden=warden,
        timing=timing,
        rates=rates,
        bundles=Bundles(),
        disk=disk,
    )


def _lifespan(parts: Parts, *, with_loops: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(parts.boots.close)
            if with_loops:
                group = await stack.enter_async_context(_Loops())
                group.repeat(COLLECT_EVERY_S, parts.warden.collect_due)
                group.repeat(HUB_DUTIES_EVERY_S, parts.warden.stop_servers)
                group.repeat(HUB_DUTIES_EVERY_S, parts.warden.resume_starts)
                group.repeat(REVIVE_EVERY_S, parts.warden.revive_servers)
                group.repeat(DISK_EVERY_S, parts.disk.look)
            yield

    return lifespan


class _Loops:
    """Duties that are repeated until the service ends; a failure is logged and the next round comes."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "_Loops":
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def repeat(self, every_s: float, duty: Callable[[], object]) -> None:
        self._tasks.append(asyncio.create_task(self._run(every_s, duty)))

    async def _run(self, every_s: float, duty: Callable[[], object]) -> None:
        while True:
            try:
                await asyncio.to_thread(duty)
            except Exception:  # a duty that fails once must be tried again: sittings depend on it
                log.exception("%s failed; trying again", getattr(duty, "__name__", duty))
            await asyncio.sleep(every_s)


def main() -> None:
    """Run the service until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = load_settings()
    store = open_store(database_url(settings.service.database_url, settings.state_dir))
    upgrade(store)
    token = read_or_create(Layout(settings.state_dir).secrets, Secret.SERVICE_TOKEN)
    hub = HttpHub(settings.hub_api_url, token, start_timeout_s=settings.spawn.start_timeout_s + 30)
    app = create_app(settings, store=store, hub=hub, clock=SystemClock())
    try:
        uvicorn.run(
            app,
            host=settings.control_address,
            port=settings.service.port,
            proxy_headers=True,
            forwarded_allow_ips=["127.0.0.1", settings.control_address],
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    finally:
        hub.close()
        store.close()


if __name__ == "__main__":
    main()
