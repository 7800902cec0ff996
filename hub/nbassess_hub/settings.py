"""Everything an operator can set, in one table.

A setting is a field of one of the frozen section classes (`settings_sections`): its default, type, bounds and sentence
stand together, and `SETTINGS` is read off them. A value comes from the environment (`NBASSESS_<SECTION>__<KEY>`), else
from the TOML file, else from its default. Nothing is ignored: a key nobody knows is an error that names the nearest key
somebody does know, because a limit that was misspelt is a limit that is not there.

`docs/reference/settings.md` is written from this table: `python -m nbassess_hub.reference [--check]`.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from nbassess_hub.errors import SettingsError
from nbassess_hub.layout import Layout
from nbassess_hub.settings_sections import Disk, Grading, Hub, Instance, Limits, Network, Recordings, Service, Spawn
from nbassess_hub.settings_values import check_bounds, convert, nearest

ENVIRONMENT_PREFIX = "NBASSESS_"
FILE_VARIABLE = "NBASSESS_SETTINGS"
SERVICE_NAME = "nbassess"
SERVICE_PREFIX = "/services/nbassess/"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")
_BRIDGE = re.compile(r"[A-Za-z0-9-]{1,15}")
_SMALLEST_PREFIX = 28
_SERVER_PIDS = 32
_LOGIN_MARGIN_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All sections together; made by `load_settings`, or by hand in a test."""

    instance: Instance = field(default_factory=Instance)
    hub: Hub = field(default_factory=Hub)
    service: Service = field(default_factory=Service)
    network: Network = field(default_factory=Network)
    spawn: Spawn = field(default_factory=Spawn)
    limits: Limits = field(default_factory=Limits)
    recordings: Recordings = field(default_factory=Recordings)
    disk: Disk = field(default_factory=Disk)
    grading: Grading = field(default_factory=Grading)

    def __post_init__(self) -> None:
        """Refuse values that contradict each other.

        Raises:
            SettingsError: a value is out of its bounds, or two of them cannot stand together.
        """
        _check(self)

    @property
    def state_dir(self) -> Path:
        """Return the root of everything this instance keeps."""
        return Path(self.instance.state_dir)

    @property
    def layout(self) -> Layout:
        """Return where things are below `state_dir`."""
        return Layout(self.state_dir)

    @property
    def recordings_url(self) -> str:
        """Return where sealed recordings lie."""
        return self.recordings.url or str(self.layout.recordings)

    @property
    def longest_sitting_minutes(self) -> int:
        """Return how long a sitting may last, so that no login ends in it."""
        return self.hub.auth_cache_s // 60 - _LOGIN_MARGIN_MINUTES

    @property
    def control_address(self) -> str:
        """Return the address hub and service listen on: the one that notebook servers can reach."""
        return self.network.gateway if self.spawn.mode == "docker" else "127.0.0.1"

    @property
    def listen_host(self) -> str:
        """Return the address the proxy listens on."""
        return _split_listen(self)[0]

    @property
    def listen_port(self) -> int:
        """Return the port the proxy listens on."""
        return _split_listen(self)[1]

    @property
    def hub_api_url(self) -> str:
        """Return the hub's API as the service and notebook servers reach it, without a slash at the end."""
        return f"http://{self.control_address}:{self.hub.port}/hub/api"

    @property
    def service_url(self) -> str:
        """Return the root of the service, as the proxy reaches it."""
        return f"http://{self.control_address}:{self.service.port}"

    @property
    def service_api_url(self) -> str:
        """Return the service's API as notebook servers reach it, without a slash at the end."""
        return f"{self.service_url}{SERVICE_PREFIX}api"

    @property
    def candidate_image(self) -> str:
        """Return the image of candidates' servers."""
        return self.spawn.candidate_image or f"{self.instance.name}/candidate:latest"

    @property
    def analyst_image(self) -> str:
        """Return the image of reviewers' and managers' servers."""
        return self.spawn.analyst_image or f"{self.instance.name}/analyst:latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the settings table."""

    section: str
    key: str
    kind: Any
    default: object
    about: str
    at_least: float | None
    at_most: float | None

    @property
    def name(self) -> str:
        """Return the key as a person writes it in a sentence."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """Return the environment variable that sets it."""
        return f"{ENVIRONMENT_PREFIX}{self.section}__{self.key}".upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the closed set of values, empty where the set is open."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()


SECTIONS: Mapping[str, type] = get_type_hints(Settings)


def _rows() -> tuple[Setting, ...]:
    rows = []
    for section, cls in SECTIONS.items():
        kinds = get_type_hints(cls)
        for one in dataclasses.fields(cls):
            rows.append(
                Setting(section=section, key=one.name, kind=kinds[one.name], default=one.default, **one.metadata)
            )
    return tuple(rows)


SETTINGS: tuple[Setting, ...] = _rows()


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Without `path` the file is the one named by `NBASSESS_SETTINGS`, or none.

    Raises:
        SettingsError: the file or a variable cannot be used; the message names the key and what to do.
    """
    environment = os.environ if environment is None else environment
    if path is None and environment.get(FILE_VARIABLE):
        path = Path(environment[FILE_VARIABLE])
    values = _from_file(path) if path is not None else {}
    values.update(_from_environment(environment))
    sections = {
        section: cls(**{row.key: values[row.name] for row in SETTINGS if row.section == section and row.name in values})
        for section, cls in SECTIONS.items()
    }
    return Settings(**sections)


def as_toml(settings: Settings) -> str:
    """Return the whole settings as a file that `load_settings` reads back to the same values."""
    lines: list[str] = []
    for section in SECTIONS:
        lines.append(f"[{section}]")
        for row in SETTINGS:
            if row.section == section:
                lines.append(f"{row.key} = {json.dumps(getattr(getattr(settings, section), row.key))}")
    return "\n".join(lines) + "\n"


def _from_file(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); create it or unset {FILE_VARIABLE}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML ({error}); correct the file") from error
    values: dict[str, object] = {}
    for section, keys in document.items():
        if section not in SECTIONS or not isinstance(keys, dict):
            raise SettingsError(f"{path}: [{section}] is not a section{nearest(section, SECTIONS)}")
        for key, value in keys.items():
            row = _row(section, key, where=f"{path}: {section}.{key}")
            values[row.name] = convert(value, row.kind, where=f"{path}: {row.name}")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in environment.items():
        section, separator, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if not variable.startswith(ENVIRONMENT_PREFIX) or not separator:
            continue
        if section not in SECTIONS:
            raise SettingsError(f"{variable}: {section!r} is not a section{nearest(section, SECTIONS)}")
        row = _row(section, key, where=variable)
        values[row.name] = convert(text, row.kind, where=variable)
    return values


def _row(section: str, key: str, *, where: str) -> Setting:
    known = {row.key: row for row in SETTINGS if row.section == section}
    if key not in known:
        raise SettingsError(f"{where}: section {section!r} has no setting {key!r}{nearest(key, known)}")
    return known[key]


def _split_listen(settings: Settings) -> tuple[str, int]:
    public = urlsplit(settings.instance.public_url)
    if not settings.instance.listen:
        return public.hostname or "127.0.0.1", public.port or (443 if public.scheme == "https" else 80)
    host, _, port = settings.instance.listen.rpartition(":")
    return host, int(port)


def _check(settings: Settings) -> None:
    for row in SETTINGS:
        value = getattr(getattr(settings, row.section), row.key)
        check_bounds(value, at_least=row.at_least, at_most=row.at_most, where=row.name)
    _check_names(settings)
    _check_addresses(settings)
    _check_ports(settings)
    _check_production(settings)
    room = settings.limits.pids - settings.limits.kernel_processes
    if room < _SERVER_PIDS:
        raise SettingsError(
            f"limits.pids leaves {room} processes to the notebook server beside limits.kernel_processes, "
            f"expected {_SERVER_PIDS} or more; raise the first or lower the second"
        )


def _check_names(settings: Settings) -> None:
    if not _NAME.fullmatch(settings.instance.name):
        raise SettingsError(
            f"instance.name is {settings.instance.name!r}, expected 1 to 16 lower-case letters, digits and hyphens, "
            "a letter first; it becomes part of container and firewall chain names"
        )
    if not _BRIDGE.fullmatch(settings.network.bridge):
        raise SettingsError(
            f"network.bridge is {settings.network.bridge!r}, expected 1 to 15 letters, digits and hyphens; shorten it"
        )
    if not settings.state_dir.is_absolute():
        raise SettingsError(f"instance.state_dir is {settings.instance.state_dir!r}, expected an absolute path")


def _check_addresses(settings: Settings) -> None:
    try:
        subnet = ipaddress.IPv4Network(settings.network.subnet)
    except ValueError as error:
        raise SettingsError(
            f"network.subnet is {settings.network.subnet!r} ({error}); write it as 172.30.0.0/24"
        ) from error
    if not subnet.is_private or subnet.prefixlen > _SMALLEST_PREFIX:
        raise SettingsError(
            f"network.subnet is {subnet}, expected a private network of /{_SMALLEST_PREFIX} or wider; choose another"
        )
    public = urlsplit(settings.instance.public_url)
    if public.scheme not in ("http", "https") or not public.hostname or public.path not in ("", "/"):
        raise SettingsError(
            f"instance.public_url is {settings.instance.public_url!r}, expected http(s)://host[:port] without a path"
        )
    host, _, port = settings.instance.listen.rpartition(":")
    if settings.instance.listen and not (host and port.isdecimal()):
        raise SettingsError(f"instance.listen is {settings.instance.listen!r}, expected host:port")


def _check_production(settings: Settings) -> None:
    url = settings.service.database_url
    if settings.instance.production and (not url or url.startswith("sqlite")):
        raise SettingsError(
            "instance.production is true and service.database_url names SQLite, which one busy moment can lock for "
            "everybody; set service.database_url to postgresql://user@host/name, or production to false for trying out"
        )


def _check_ports(settings: Settings) -> None:
    ports = {
        "hub.port": settings.hub.port,
        "hub.proxy_api_port": settings.hub.proxy_api_port,
        "service.port": settings.service.port,
        "the proxy's public port": settings.listen_port,
    }
    for name, port in ports.items():
        twin = next((other for other, taken in ports.items() if taken == port and other != name), None)
        if twin is not None:
            raise SettingsError(f"{name} and {twin} are both {port}; give each its own port")
