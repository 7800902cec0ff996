"""Commands print what a person or a program needs, and fail with one sentence and an exit code."""

import json
from pathlib import Path

import pytest
from nbassess_hub.cli import main
from nbassess_hub.cli_reference import cli_page
from nbassess_hub.console.terminal import Invocation

from tests.unit.cli.fake_service import SITTING, FakeService


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(Invocation, "service", lambda _self: fake.opened())
    return fake


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    code = stopped.value.code
    assert isinstance(code, int)
    return code


def test_one_invitation_prints_only_its_link(service: FakeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("invite", "made-up", "--name", "[bold]Ada") == 0
    assert capsys.readouterr().out == "http://x/#1\n"
    assert service.posted == [
        ("invitations", {"assessment": "made-up", "candidate_name": "[bold]Ada", "expires_in_s": 259_200})
    ]


def test_a_file_invites_everybody_in_it(
    service: FakeService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email\nAda,ada@example.org\nBo,\n", encoding="utf-8")
    assert run("invite", "made-up", "--csv", str(file), "--json") == 0
    assert [made["name"] for made in json.loads(capsys.readouterr().out)] == ["Ada", "Bo"]
    assert [body.get("email") for _, body in service.posted] == ["ada@example.org", None]


@pytest.mark.parametrize(
    ("content", "message"),
    [("mail\nx\n", "line 2 has no name"), ("name\n  \n", "line 2 has no name"), ("name\n", "Nobody to invite")],
)
def test_a_file_that_cannot_be_used_says_where_and_invites_nobody(
    service: FakeService, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(content, encoding="utf-8")
    assert run("invite", "made-up", "--csv", str(file)) == 1
    assert message in capsys.readouterr().err
    assert service.posted == []


def test_a_staff_link_names_the_role(service: FakeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "link", "Grace", "--role", "manager") == 0
    assert service.posted == [("staff-links", {"name": "Grace", "role": "manager"})]
    assert capsys.readouterr().out == "http://x/#1\n"


def test_a_role_that_does_not_exist_is_a_usage_error(service: FakeService) -> None:
    assert run("staff", "link", "Grace", "--role", "king") == 2


def test_the_list_of_sittings_is_a_table_or_json(service: FakeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sitting", "list") == 0
    table = capsys.readouterr().out
    assert "Synthetic 01 Alder" in table
    assert "synthetic" in table
    assert run("sitting", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == SITTING


def test_names_cannot_write_to_the_terminal(service: FakeService, capsys: pytest.CaptureFixture[str]) -> None:
    """Promise: threats I15."""
    service.candidate = "\x1b[31mred\x1b[0m\u202e[bold]x"
    assert run("sitting", "list") == 0
    shown = capsys.readouterr().out
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown
    assert "[bold]x" in shown


def test_an_unknown_sitting_is_one_sentence_and_exit_code_1(
    service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sitting", "show", "nope") == 1
    assert capsys.readouterr().err == "nbassess: no sittings/nope\n"


def test_grading_waits_and_tells_failures_apart_from_scores(
    service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("grade", SITTING) == 0
    service.job_state = "failed"
    assert run("grade", "--assessment", "made-up") == 1
    assert "no sandbox" in capsys.readouterr().err
    assert [path for path, _ in service.posted] == [f"sittings/{SITTING}/grade"] * 2


def test_exporting_an_assessment_writes_every_sitting_and_the_scores(service: FakeService, tmp_path: Path) -> None:
    assert run("export", "made-up", "--to", str(tmp_path)) == 0
    assert (tmp_path / "scores.csv").is_file()
    assert run("recording", "verify", str(tmp_path / SITTING / "events.jsonl")) == 0


def test_an_instance_that_never_ran_here_says_how_to_name_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBASSESS_INSTANCE__STATE_DIR", str(tmp_path))
    assert run("sitting", "list") == 1
    assert "--settings FILE" in capsys.readouterr().err


def test_settings_that_cannot_be_read_name_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--settings", str(tmp_path / "absent.toml"), "sitting", "list") == 1
    assert "absent.toml" in capsys.readouterr().err


def test_the_reference_page_lists_every_command_and_is_up_to_date() -> None:
    written = (Path(__file__).parents[3] / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert written == cli_page(), "run python -m nbassess_hub.reference"
    for command in ("demo", "invite", "grade", "assessment check", "sitting show", "recording verify"):
        assert f"## nbassess {command}\n" in written
