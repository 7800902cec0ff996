"""Spawners without an engine: names, zones, options, and the words of the sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from nbassess_hub.container import Zone
from nbassess_hub.errors import SpawnError
from nbassess_hub.local_spawner import bubblewrap_command, visible_paths
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Instance
from nbassess_hub.spawner import SittingSpawner, refuse_options, token_scopes, zone_for
from nbassess_hub.volume import DirectoryVolumes, Volume
from tornado import web


def person(name: str, *groups: str) -> Any:
    return SimpleNamespace(name=name, id=7, groups=[SimpleNamespace(name=group) for group in groups])


def spawner_of(name: str, *groups: str, key: bytes = b"key") -> Any:
    made = SittingSpawner(user=person(name, *groups), orm_spawner=None)
    made.settings = Settings()
    made.name_key = key
    return made


def test_container_name_tells_nothing_and_cannot_be_guessed() -> None:
    name = spawner_of("staff-ada", "managers").object_name
    assert name == spawner_of("staff-ada", "managers").object_name
    assert name.startswith("nbassess-")
    assert "ada" not in name
    assert name != spawner_of("staff-ada", "managers", key=b"other").object_name
    assert name != spawner_of("staff-adb", "managers").object_name


@pytest.mark.parametrize("groups", [(), ("coordinators",), ("candidates", "managers")])
def test_somebody_without_a_zone_gets_no_server(groups: tuple[str, ...]) -> None:
    with pytest.raises(SpawnError, match="gets no notebook server"):
        zone_for(SimpleNamespace(user=person("staff-x", *groups)))


def test_token_asks_for_the_scope_of_its_owner() -> None:
    assert "custom:nbassess:sit" in token_scopes(SimpleNamespace(user=person("s-1", "candidates")))
    assert "custom:nbassess:sit" not in token_scopes(SimpleNamespace(user=person("staff-1", "managers")))


def test_options_are_refused_and_forgotten() -> None:
    record = SimpleNamespace(user_options={"image": "evil"})
    spawner = SimpleNamespace(user_options={"image": "evil"}, orm_spawner=record)
    with pytest.raises(web.HTTPError) as caught:
        refuse_options(spawner)
    assert caught.value.status_code == 400
    assert (spawner.user_options, record.user_options) == ({}, {})
    refuse_options(spawner)


def test_calls_to_the_engine_do_not_wait_for_each_other() -> None:
    assert spawner_of("s-1", "candidates").executor._max_workers == Settings().spawn.threads


async def test_engine_that_is_away_does_not_make_a_server_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(self: Any) -> None:
        raise requests.exceptions.ConnectionError("no socket")

    monkeypatch.setattr("dockerspawner.DockerSpawner.poll", away)
    known = spawner_of("s-1", "candidates")
    known.object_id = "abc"
    assert await known.poll() is None
    with pytest.raises(requests.exceptions.ConnectionError):
        await spawner_of("s-2", "candidates").poll()


def test_environment_has_the_token_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"JUPYTERHUB_API_TOKEN": "t", "JPY_API_TOKEN": "t"}
    monkeypatch.setattr("dockerspawner.DockerSpawner.get_env", lambda self: dict(both))
    environment = spawner_of("s-1", "candidates").get_env()
    assert [name for name, value in environment.items() if value == "t"] == ["JUPYTERHUB_API_TOKEN"]
    assert environment["NBASSESS_KERNEL_UID"] == "20007"


def sandboxed(zone: Zone, volume: Volume, script: str) -> str:
    command = [*bubblewrap_command(zone=zone, volume=volume, read_only=visible_paths(zone)), "/bin/sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_sandbox_shows_the_persons_directories_and_nothing_of_the_hosts(tmp_path: Path) -> None:
    volume = DirectoryVolumes(root=tmp_path / "volumes").up("s-1")
    DirectoryVolumes(root=tmp_path / "volumes").up("s-2")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    script = f"""
        echo kept > /home/work/kept
        echo journal > /srv/journal/line
        cat {secret} 2>/dev/null || echo no-secret
        ls {tmp_path}/volumes 2>/dev/null || echo no-volumes
        touch /usr/x 2>/dev/null || echo read-only
        id -u; grep CapEff /proc/self/status
    """
    said = sandboxed(Zone.CANDIDATE, volume, script).split()
    assert said[:3] == ["no-secret", "no-volumes", "read-only"]
    assert said[3:] == ["1000", "CapEff:", "0000000000000000"]
    assert (volume.work / "kept").read_text() == "kept\n"
    assert (volume.journal / "line").read_text() == "journal\n"


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_sandbox_hides_the_hidden_tests_and_the_control_plane(tmp_path: Path) -> None:
    volume = DirectoryVolumes(root=tmp_path / "volumes").up("s-1")
    root = Path(__file__).parents[3]
    script = f"cat {root}/notebooks/problems/*/grading/* {root}/hub/nbassess_hub/*.py 2>/dev/null | wc -c"
    assert sandboxed(Zone.CANDIDATE, volume, script).strip() == "0"
    python = f"{sys.executable} -c 'import nbassess_recorder, nbassess_events; print(1)'"
    assert sandboxed(Zone.CANDIDATE, volume, python).strip() == "1"


def test_sandbox_shows_no_path_of_the_state_directory() -> None:
    settings = Settings(instance=Instance(state_dir="/var/lib/nbassess"))
    for zone in Zone:
        for path in visible_paths(zone):
            assert not settings.state_dir.is_relative_to(path), path
            assert os.fspath(path) not in ("/", "/root", "/home", "/var")
