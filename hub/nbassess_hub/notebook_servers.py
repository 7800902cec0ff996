"""End the notebook servers of an instance without the hub: when an instance is taken down for good."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from docker import APIClient
from docker.errors import APIError

from nbassess_hub.child import end_group, recorded_process
from nbassess_hub.container import INSTANCE_LABEL
from nbassess_hub.errors import HostError
from nbassess_hub.settings import Settings
from nbassess_hub.volume import LoopVolumes

_STOP_PATIENCE_S = 5


def end_notebook_servers(settings: Settings) -> list[str]:
    """End every notebook server of this instance and put its volume away; return what was ended.

    What people wrote stays in the volumes.
    """
    if settings.spawn.mode == "docker":
        with closing(APIClient(version="auto")) as engine:
            ended = _end_containers(engine, settings.instance.name)
        _unmount(settings)
        return ended
    return _end_sandboxes(settings.layout.run)


def _end_containers(client: APIClient, instance: str) -> list[str]:
    ended = []
    try:
        for found in client.containers(all=True, filters={"label": f"{INSTANCE_LABEL}={instance}"}):
            client.stop(found["Id"], timeout=_STOP_PATIENCE_S)
            client.remove_container(found["Id"], v=True, force=True)
            ended.append(found["Names"][0].lstrip("/"))
    except APIError as error:
        raise HostError(f"a container of {instance} cannot be ended: {error.explanation}; see `docker ps`") from error
    return ended


def _unmount(settings: Settings) -> None:
    volumes = LoopVolumes(root=settings.layout.volumes, size_bytes=settings.limits.work_bytes)
    if not volumes.root.is_dir():
        return
    for path in sorted(volumes.root.iterdir()):
        if os.path.ismount(path):
            volumes.down(path.name)


def _end_sandboxes(run: Path) -> list[str]:
    ended = []
    for pid_file in sorted(run.glob("server-*.pid")):
        pid = recorded_process(pid_file)
        if pid is not None:
            end_group(pid, lambda file=pid_file: recorded_process(file) is None)  # type: ignore[misc] # bound per file
            ended.append(pid_file.stem)
        pid_file.unlink(missing_ok=True)
    return ended
