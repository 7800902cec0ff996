"""Start a person's notebook server in its container.

The spawner is thin: the hub group decides the zone, `container_spec` decides the container, `LoopVolumes` prepares the
work volume, and DockerSpawner talks to the engine. What it adds is about not losing people: calls of different people
do not wait for each other, an engine that is away for a moment is not mistaken for a server that stopped, a container
that still runs is taken over as it is, and a stopped one leaves its log behind until the next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from docker.errors import APIError, DockerException
from dockerspawner import DockerSpawner  # type: ignore[import-untyped] # it ships no types
from tornado import web
from traitlets import Bytes, Instance

from nbassess_hub.container import FIRST_KERNEL_UID, Zone, container_spec, server_environment, zone_of
from nbassess_hub.errors import SpawnError
from nbassess_hub.network import Fence
from nbassess_hub.readiness import Stages, wait_until_ready
from nbassess_hub.scopes import server_token_scopes
from nbassess_hub.settings import Settings
from nbassess_hub.volume import LoopVolumes

_NAME_CHARACTERS = 20
_ENGINE_AWAY = (requests.exceptions.ConnectionError, requests.exceptions.Timeout)


def zone_for(spawner: Any) -> Zone:
    """Return the zone of the person a server is for, by hub group and by nothing they can send.

    Raises:
        SpawnError: they are in no group that has a server, or in groups of both zones.
    """
    groups = frozenset(group.name for group in spawner.user.groups)
    zone = zone_of(groups)
    if zone is None:
        listed = ", ".join(sorted(groups)) or "none"
        raise SpawnError(f"{spawner.user.name} gets no notebook server: groups are {listed}; put them in exactly one")
    return zone


def token_scopes(spawner: Any) -> list[str]:
    """Return what a server's own token asks for; the hub asks at each start."""
    return server_token_scopes(frozenset(group.name for group in spawner.user.groups))


def refuse_options(spawner: Any) -> None:
    """Answer 400 to a start that brings options, and forget them, or the next start would bring them again."""
    if spawner.user_options:
        spawner.user_options = {}
        spawner.orm_spawner.user_options = {}
        raise web.HTTPError(400, "a notebook server takes no options; start it without any")


class SittingSpawner(DockerSpawner):  # type: ignore[misc] # DockerSpawner carries no types
    """One hardened container per person."""

    settings = Instance(Settings, help="The settings of this instance.").tag(config=True)
    name_key = Bytes(help="Key from which container names are made, so that nobody can guess one.").tag(config=True)

    _pool: ThreadPoolExecutor | None = None

    def __init__(self, **kwargs: Any) -> None:
        """Read the traits; nothing is started yet."""
        super().__init__(**kwargs)
        self.stages = Stages()

    @property
    def executor(self) -> ThreadPoolExecutor:
        """Return the threads that wait for the engine; with DockerSpawner's one, everybody waits for the slowest."""
        cls = type(self)
        if cls._pool is None:
            cls._pool = ThreadPoolExecutor(self.settings.spawn.threads, thread_name_prefix="docker")
        return cls._pool

    @property
    def work_volumes(self) -> LoopVolumes:
        """Return the work volumes of this instance."""
        return LoopVolumes(root=self.settings.layout.volumes, size_bytes=self.settings.limits.work_bytes)

    @property
    def kernel_uid(self) -> int:
        """Return the uid of this person's kernels, which nobody else on the host has."""
        return FIRST_KERNEL_UID + int(self.user.id)

    async def start(self) -> tuple[str, int]:
        """Start the container, or take over the one that still runs; return once the server answers."""
        refuse_options(self)
        zone = zone_for(self)
        self.stages = Stages()
        self.stages.say(5, "Preparing your workspace…")
        await self._clear_away_stopped()
        await self._prepare(zone)
        self.stages.say(30, "Starting your notebook server…")
        ip, port = await super().start()
        self.stages.say(60, "Opening your notebooks…")
        await wait_until_ready(
            f"http://{ip}:{port}{self.server.base_url}api",
            died=self._died,
            timeout_s=self.settings.spawn.start_timeout_s,
        )
        self.stages.say(95, "Ready.")
        return ip, port

    async def stop(self, now: bool = False) -> None:
        """Stop the container and put its volume away; both can be brought back."""
        await super().stop(now)
        await asyncio.to_thread(self.work_volumes.down, self.user.name)

    async def delete_forever(self) -> None:
        """Remove container and work volume; the hub calls this when the person is deleted."""
        if await self.get_object():
            await self.remove_object()
        await asyncio.to_thread(self.work_volumes.remove, self.user.name)

    async def poll(self) -> int | str | None:
        """Return nothing while the server runs, as far as anybody can tell."""
        try:
            status: int | str | None = await super().poll()
        except (*_ENGINE_AWAY, DockerException) as error:
            if isinstance(error, APIError) or not self.object_id:
                raise
            self.log.warning("Docker does not answer (%s); %s counts as running until it does", error, self._log_name)
            return None
        return status

    async def progress(self) -> AsyncIterator[dict[str, object]]:
        """Yield what the waiting page shows."""
        async for event in self.stages.follow():
            yield event

    def get_env(self) -> dict[str, str]:
        """Return the server's environment: the hub's variables and ours, the token once."""
        environment: dict[str, str] = super().get_env()
        environment.pop("JPY_API_TOKEN", None)
        return environment | server_environment(self.settings, zone_for(self), kernel_uid=self.kernel_uid)

    def _object_name_default(self) -> str:
        digest = hmac.new(self.name_key, self.user.name.encode(), hashlib.sha256).hexdigest()
        return f"{self.settings.instance.name}-{digest[:_NAME_CHARACTERS]}"

    async def _clear_away_stopped(self) -> None:
        found = await self.get_object()
        if found and not found["State"]["Running"]:
            await self.remove_object()
            self.object_id = ""

    async def _prepare(self, zone: Zone) -> None:
        network = Fence.of(self.settings).network
        volume = await asyncio.to_thread(self.work_volumes.up, self.user.name) if zone is Zone.CANDIDATE else None
        spec = container_spec(
            settings=self.settings, zone=zone, network=network, kernel_uid=self.kernel_uid, volume=volume
        )
        self.network_name = network
        self.image = spec.image
        self.extra_create_kwargs = spec.create
        self.extra_host_config = spec.host
        self.notebook_dir = spec.directory
        self.default_url = spec.landing

    async def _died(self) -> str | None:
        status = await self.poll()
        return None if status is None else str(status)
