"""Look into the containers that a hub under test has started."""

from __future__ import annotations

from typing import Any

import docker

from tests.support.hub_stand import HubStand
from tests.support.kernel_client import Kernel


def open_kernel(stand: HubStand, name: str) -> Kernel:
    """Return a kernel of a person's running server, to be entered."""
    answer = stand.as_service.post(f"/users/{name}/tokens", json={"scopes": [f"access:servers!user={name}"]})
    answer.raise_for_status()
    return Kernel(stand.settings.instance.public_url, name, answer.json()["token"])


def container_of(stand: HubStand, engine: docker.DockerClient, name: str) -> Any:
    """Return the container of a person's server."""
    label = f"nbassess.instance={stand.settings.instance.name}"
    for container in engine.containers.list(filters={"label": label}):
        if f"JUPYTERHUB_USER={name}" in container.attrs["Config"]["Env"]:
            return container
    raise AssertionError(f"{name} has no container")


def server_token(container: Any) -> str:
    """Return the token that the hub gave to a server."""
    variables = dict(line.split("=", 1) for line in container.attrs["Config"]["Env"])
    return str(variables["JUPYTERHUB_API_TOKEN"])


def as_root(container: Any, command: str) -> tuple[int, str]:
    """Run a command in a container as its server's user; return exit code and output."""
    without_token = {"JUPYTERHUB_API_TOKEN": ""}  # Docker gives exec the environment that the container was made with
    code, output = container.exec_run(["sh", "-c", command], user="0:2000", environment=without_token)
    return code, output.decode()
