"""The demo takes nothing that is not its own: ports, directories, or somebody else's running demo."""

import fcntl
import shutil
import socket
from pathlib import Path

import pytest
from nbassess_hub.demo import instance
from nbassess_hub.demo.instance import (
    choose_mode,
    demo_settings,
    end_leftovers,
    free_subnet,
    host_routes,
    prepare_state,
)
from nbassess_hub.demo.material import DemoError
from nbassess_hub.settings import Settings, as_toml
from nbassess_hub.settings_sections import Service


def test_a_port_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        base = Settings(service=Service(port=port))
        settings = demo_settings(base, state_dir=tmp_path, mode="local")
    assert settings.service.port != port
    ports = {settings.listen_port, settings.hub.port, settings.hub.proxy_api_port, settings.service.port}
    assert len(ports) == 4


def test_two_demos_on_one_host_share_no_name_and_no_bridge(tmp_path: Path) -> None:
    """What ends one of them goes by these names."""
    one, other = (demo_settings(Settings(), state_dir=tmp_path / name, mode="docker") for name in ("one", "other"))
    assert one.instance.name != other.instance.name
    assert one.network.bridge != other.network.bridge
    assert one == demo_settings(Settings(), state_dir=tmp_path / "one", mode="docker")


def test_a_subnet_that_the_host_knows_is_left_alone(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n"
        "br0 00001EAC 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
    )
    routes = host_routes(table)
    assert [str(route) for route in routes] == ["172.30.0.0/24"]
    assert free_subnet("172.30.0.0/24", routes) == "172.30.1.0/24"
    assert free_subnet("10.9.0.0/24", routes) == "10.9.0.0/24"


def test_a_directory_that_no_demo_made_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="--state-dir"):
        prepare_state(tmp_path, fresh=True)
    assert (tmp_path / "thesis.txt").exists()


def test_state_is_kept_unless_a_fresh_start_is_asked_for(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    prepare_state(state, fresh=False)
    (state / "nbassess.sqlite").write_text("")
    prepare_state(state, fresh=False)
    assert (state / "nbassess.sqlite").exists()
    prepare_state(state, fresh=True)
    assert [file.name for file in state.iterdir()] == [instance.MARKER]


def test_a_demo_that_runs_is_not_ended_by_another_one(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    settings = demo_settings(Settings(), state_dir=tmp_path, mode="local")
    (run / "settings.toml").write_text(as_toml(settings))
    with (run / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DemoError, match="a demo is running here"):
            end_leftovers(tmp_path)
    end_leftovers(tmp_path)


def test_what_a_demo_of_another_version_left_is_still_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Settings] = []
    monkeypatch.setattr(instance, "take_down", ended.append)
    settings = demo_settings(Settings(), state_dir=tmp_path, mode="local")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "settings.toml").write_text(as_toml(settings) + "\n[gone]\nsince = 1\n")
    end_leftovers(tmp_path)
    assert [(each.instance.name, each.network, each.spawn.mode) for each in ended] == [
        (settings.instance.name, settings.network, "local")
    ]


def test_without_an_engine_the_demo_falls_back_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "_docker_obstacle", lambda: "no Docker engine answers; start dockerd")
    monkeypatch.setattr(shutil, "which", lambda _program: "/usr/bin/bwrap")
    choice = choose_mode(None)
    assert (choice.mode, choice.why_not_docker) == ("local", "no Docker engine answers; start dockerd")
    with pytest.raises(DemoError, match="start dockerd"):
        choose_mode("docker")


def test_without_engine_and_bubblewrap_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "_docker_obstacle", lambda: "no engine")
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    with pytest.raises(DemoError, match="apt-get install bubblewrap"):
        choose_mode(None)
