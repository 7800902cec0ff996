"""Settings: one table, two sources, no silent mistakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from nbassess_hub.cli import main
from nbassess_hub.errors import SettingsError
from nbassess_hub.settings import SETTINGS, Settings, as_toml, load_settings
from nbassess_hub.settings_sections import Hub, Instance, Limits, Network, Service


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings(environment={}) == Settings()


def test_file_sets_and_environment_wins(tmp_path: Path) -> None:
    path = written(tmp_path, '[limits]\npids = 300\nwork_bytes = "64 MiB"\n[hub]\nport = 9000\n')
    settings = load_settings(path, {"NBASSESS_HUB__PORT": "9001"})
    assert settings == Settings(limits=Limits(pids=300, work_bytes=64 * 1024**2), hub=Hub(port=9001))


def test_environment_names_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[service]\ngrace_s = 9\n")
    assert load_settings(environment={"NBASSESS_SETTINGS": str(path)}).service.grace_s == 9


def test_other_variables_of_ours_are_not_settings() -> None:
    assert load_settings(environment={"NBASSESS_API_URL": "http://x", "HOME": "/"}) == Settings()


def test_toml_of_settings_reads_back_to_the_same_settings(tmp_path: Path) -> None:
    settings = Settings(instance=Instance(name="exam", listen="127.0.0.1:9000"), limits=Limits(cpu_cores=2.5))
    assert load_settings(written(tmp_path, as_toml(settings)), {}) == settings


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NBASSESS_LIMITS__WORK_BITES": "1"}, "did you mean 'work_bytes'?"),
        ({"NBASSESS_LIMIT__PIDS": "1"}, "did you mean 'limits'?"),
        ({"NBASSESS_HUB__PORT": "http"}, "NBASSESS_HUB__PORT is 'http', expected a whole number"),
        ({"NBASSESS_HUB__PORT": "8 KiB"}, "expected a whole number"),
        ({"NBASSESS_GRADING__MEMORY_BYTES": "1"}, "grading.memory_bytes is 1, expected 134217728 or more"),
        ({"NBASSESS_HUB__PORT": "70000"}, "hub.port is 70000, expected 65535 or less"),
        ({"NBASSESS_LIMITS__CPU_CORES": "much"}, "expected a number"),
        ({"NBASSESS_LIMITS__CPU_CORES": "nan"}, "expected a number"),
        ({"NBASSESS_SPAWN__MODE": "dokcer"}, "did you mean 'docker'?"),
        ({"NBASSESS_INSTANCE__NAME": "Exam 1"}, "instance.name is 'Exam 1'"),
        ({"NBASSESS_INSTANCE__STATE_DIR": "var"}, "expected an absolute path"),
        ({"NBASSESS_INSTANCE__PUBLIC_URL": "exam.example.org"}, "expected http(s)://host[:port] without a path"),
        ({"NBASSESS_INSTANCE__LISTEN": "everywhere"}, "expected host:port"),
        ({"NBASSESS_NETWORK__SUBNET": "8.8.8.0/24"}, "expected a private network"),
        ({"NBASSESS_NETWORK__SUBNET": "172.30.0.0/30"}, "/28 or wider"),
        ({"NBASSESS_NETWORK__BRIDGE": "a-name-of-16-chr"}, "network.bridge is"),
        ({"NBASSESS_SERVICE__PORT": "8081"}, "hub.port and service.port are both 8081"),
        ({"NBASSESS_LIMITS__KERNEL_PROCESSES": "250"}, "limits.pids leaves 6 processes"),
    ],
)
def test_mistake_is_refused_with_what_which_and_what_next(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment=environment)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[limits]\npidz = 1\n", "did you mean 'pids'?"),
        ("[limmits]\npids = 1\n", "did you mean 'limits'?"),
        ("[limits]\npids = true\n", "expected a whole number"),
        ("[limits]\npids = 1.5\n", "expected a whole number"),
        ("[instance]\nname = 5\n", "expected text in quotes"),
        ("instance = 5\n", "is not a section"),
        ("[limits\n", "is not TOML"),
    ],
)
def test_mistake_in_the_file_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    assert message in caught.value.message
    assert str(path) in caught.value.message


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="absent"):
        load_settings(tmp_path / "absent.toml", {})


def test_addresses_follow_the_mode() -> None:
    docker = Settings(network=Network(subnet="172.31.5.0/24"), service=Service(port=9000))
    assert docker.service_api_url == "http://172.31.5.1:9000/services/nbassess/api"
    assert docker.hub_api_url == "http://172.31.5.1:8081/hub/api"
    local = replace(docker, spawn=replace(docker.spawn, mode="local"))
    assert local.service_api_url == "http://127.0.0.1:9000/services/nbassess/api"


@pytest.mark.parametrize(
    ("public_url", "listen", "expected"),
    [
        ("http://127.0.0.1:8000", "", ("127.0.0.1", 8000)),
        ("https://exam.example.org", "", ("exam.example.org", 443)),
        ("https://exam.example.org", "127.0.0.1:8000", ("127.0.0.1", 8000)),
    ],
)
def test_proxy_listens_where_people_come_in_unless_told(
    public_url: str, listen: str, expected: tuple[str, int]
) -> None:
    settings = Settings(instance=Instance(public_url=public_url, listen=listen))
    assert (settings.listen_host, settings.listen_port) == expected


def test_every_setting_has_a_sentence_and_a_default() -> None:
    assert {row.section for row in SETTINGS} >= {"instance", "hub", "service", "network", "spawn", "limits", "grading"}
    for row in SETTINGS:
        assert row.about.endswith((".", "only.")), row.name
        assert row.default is not None, row.name


@pytest.mark.parametrize("url", ["", "sqlite:///x.sqlite", "sqlite+pysqlite:///x.sqlite"])
def test_sqlite_is_refused_in_production_and_the_message_says_what_to_do(url: str) -> None:
    """threats F12"""
    with pytest.raises(SettingsError, match=r"instance\.production.*postgresql://"):
        Settings(instance=Instance(production=True), service=Service(database_url=url))


def test_production_runs_on_postgresql_and_trying_out_on_sqlite() -> None:
    """threats F12"""
    assert Settings(instance=Instance(production=True), service=Service(database_url="postgresql://nb@db/nb"))
    assert Settings().instance.production is False


def test_the_command_line_says_so_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """threats F12"""
    file = written(tmp_path, "[instance]\nproduction = true\n")
    with pytest.raises(SystemExit) as ended:
        main(["--settings", str(file), "doctor"])
    assert ended.value.code == 1
    assert "set service.database_url to postgresql://" in " ".join(capsys.readouterr().err.split())
