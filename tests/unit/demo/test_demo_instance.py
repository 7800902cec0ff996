"""The demo takes nothing that is not its own: ports, directories, or somebody else's running demo."""

import fcntl
import shutil
import socket
from pathlib import Path

import pytest
from nbassess_hub.demo import instance
from nbassess_hub.demo.instance import choose_mode, demo_settings, end_leftovers, prepare_state
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
