"""The demo's own instance: settings that fit this host, whatever else runs on it."""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import shutil
import socket
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException

from nbassess_hub.demo.material import DemoError
from nbassess_hub.errors import SettingsError
from nbassess_hub.layout import Layout
from nbassess_hub.settings import Settings, load_settings
from nbassess_hub.settings_sections import Instance, Network, Spawn
from nbassess_hub.stack import take_down

MARKER = "made-by-nbassess-demo"
_PORT_ATTEMPTS = 200
_SUBNET_ATTEMPTS = 64

Mode = Literal["docker", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChoice:
    """How notebook servers will run, and why not better."""

    mode: Mode
    why_not_docker: str = ""


def choose_mode(wanted: Mode | None) -> ModeChoice:
    """Take containers where that is possible, else bubblewrap. Raises: `DemoError` when neither is."""
    obstacle = _docker_obstacle()
    if wanted == "docker" and obstacle:
        raise DemoError(f"Containers were asked for, but {obstacle}")
    if wanted != "local" and not obstacle:
        return ModeChoice(mode="docker")
    if shutil.which("bwrap") is None:
        raise DemoError("Neither Docker nor bubblewrap can be used; install one of them: apt-get install bubblewrap")
    return ModeChoice(mode="local", why_not_docker=obstacle or "local mode was asked for")


def _docker_obstacle() -> str:
    if os.geteuid() != 0:
        return "only root can build the network and the volumes of containers; run this as root"
    try:
        client = docker.from_env(timeout=10)
        try:
            client.ping()
        finally:
            client.close()
    except DockerException as error:
        return f"no Docker engine answers ({type(error).__name__}); start dockerd"
    return ""


def demo_settings(base: Settings, *, state_dir: Path, mode: Mode) -> Settings:
    """Return the settings of the demo: those of `base` with a name, network and ports that nobody else here has.

    The name is that of the state directory, so that two demos on one host never end each other's containers.
    """
    public = urlsplit(base.instance.public_url)
    taken: set[int] = set()
    public_port = _free_port(public.port or 8000, taken)
    mark = hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:6]
    return replace(
        base,
        instance=replace(
            base.instance,
            name=f"nbdemo-{mark}",
            state_dir=str(state_dir.resolve()),
            public_url=f"{public.scheme}://{public.hostname}:{public_port}",
        ),
        hub=replace(
            base.hub,
            port=_free_port(base.hub.port, taken),
            proxy_api_port=_free_port(base.hub.proxy_api_port, taken),
        ),
        service=replace(base.service, port=_free_port(base.service.port, taken), database_url=""),
        network=replace(base.network, bridge=f"nbdemo{mark}", subnet=free_subnet(base.network.subnet, host_routes())),
        spawn=replace(base.spawn, mode=mode),
        grading=replace(base.grading, workers=max(base.grading.workers, min(2, os.cpu_count() or 1))),
    )


def host_routes(table: Path = Path("/proc/net/route")) -> list[ipaddress.IPv4Network]:
    """Return the networks that this host has routes to, the default route apart."""
    found = []
    for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []:
        _, destination, _, _, _, _, _, mask, *_ = line.split()
        address, bits = (int.from_bytes(bytes.fromhex(word), "little") for word in (destination, mask))
        if bits:
            found.append(ipaddress.IPv4Network((address, bits.bit_count())))
    return found


def free_subnet(preferred: str, routes: Iterable[ipaddress.IPv4Network]) -> str:
    """Return `preferred`, or the next network of its size that no route touches. Raises: `DemoError`."""
    known = list(routes)
    network = ipaddress.IPv4Network(preferred)
    for _ in range(_SUBNET_ATTEMPTS):
        if not any(network.overlaps(route) for route in known):
            return str(network)
        network = ipaddress.IPv4Network((int(network.network_address) + network.num_addresses, network.prefixlen))
    raise DemoError(f"No network from {preferred} on is free; choose another one with [network] subnet in the settings")


def end_leftovers(state_dir: Path) -> None:
    """End what a demo that was killed left behind. Raises: `DemoError` when one is running here."""
    written = Layout(state_dir.resolve()).run / "settings.toml"
    if not written.is_file():
        return
    with written.with_name("stack.lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(f"{state_dir}: a demo is running here; stop it, or name another --state-dir") from error
    take_down(_settings_of_earlier(written))


def _settings_of_earlier(written: Path) -> Settings:
    """Read what an earlier demo wrote; of a file from another version only what its processes are found by."""
    try:
        return load_settings(written, {})
    except SettingsError:
        kept = tomllib.loads(written.read_text(encoding="utf-8"))
        return Settings(
            instance=Instance(name=kept["instance"]["name"], state_dir=kept["instance"]["state_dir"]),
            network=Network(subnet=kept["network"]["subnet"], bridge=kept["network"]["bridge"]),
            spawn=Spawn(mode=kept["spawn"]["mode"]),
        )


def prepare_state(state_dir: Path, *, fresh: bool) -> None:
    """Make the demo's state directory; with `fresh` without what an earlier demo left in it.

    Raises:
        DemoError: the directory holds something that no demo made.
    """
    marker = state_dir / MARKER
    if state_dir.exists() and any(state_dir.iterdir()) and not marker.exists():
        raise DemoError(f"{state_dir}: is not empty and was not made by a demo; name another one with --state-dir")
    if fresh and state_dir.exists():
        shutil.rmtree(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True)
    marker.write_text("nbassess demo --fresh deletes this directory.\n", encoding="utf-8")


def _free_port(preferred: int, taken: set[int]) -> int:
    """Return `preferred`, or the next port that nobody listens on at any address."""
    for port in range(preferred, min(preferred + _PORT_ATTEMPTS, 65536)):
        if port not in taken and _is_free(port):
            taken.add(port)
            return port
    raise DemoError(f"No port from {preferred} on is free; end what listens there, or choose others in the settings")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 -- a probe: it never listens
        except OSError:
            return False
    return True
