"""What a test may need beyond Python, and why it is not there: the reasons behind every skip."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache

import docker
from docker.errors import DockerException

from tests.support.chromium import executable

REQUIRE_ALL = "NBASSESS_REQUIRE_ALL"
"""Set to 1, this variable turns every skip into a failure."""


def everything_is_required(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a test that cannot run has to fail."""
    return environment.get(REQUIRE_ALL, "") not in ("", "0")


@cache
def docker_is_missing() -> str | None:
    """Say why tests that need Docker cannot run, or None."""
    if os.geteuid() != 0:
        return "needs root, to mount work volumes and to set firewall rules"
    try:
        with closing(docker.from_env(timeout=10)) as client:
            client.ping()
    except DockerException as error:
        return f"needs a Docker engine: {error}"
    return None


@cache
def browser_is_missing() -> str | None:
    """Say why tests that need a browser cannot run, or None."""
    return None if executable() else "needs Chromium; install Debian's package `chromium`"


REQUIREMENTS: Mapping[str, Callable[[], str | None]] = {"docker": docker_is_missing, "browser": browser_is_missing}
"""By marker: the function that knows why a test with it cannot run."""
