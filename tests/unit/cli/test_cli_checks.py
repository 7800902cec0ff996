"""Nothing that fails its own checks is published, and a host is told what it lacks."""

import json
import shutil
from pathlib import Path

import pytest
from nbassess_hub import doctor
from nbassess_hub.console.terminal import Invocation
from nbassess_hub.doctor import Check

from tests.support.material import write_assessment
from tests.unit.cli.fake_service import FakeService
from tests.unit.cli.test_cli_commands import run

REPO = Path(__file__).resolve().parents[3]

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


def in_a_library(folder: Path) -> Path:
    """Write an assessment where its problems are found: in ../problems."""
    file = write_assessment(folder)
    (folder / "assessments").mkdir()
    return file.rename(folder / "assessments" / file.name)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(Invocation, "service", lambda _self: fake.opened())
    return fake


@needs_bubblewrap
def test_a_problem_whose_reference_fails_is_refused_with_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / "mean-temperature"
    shutil.copytree(REPO / "notebooks/practice/mean-temperature", problem)
    cases = problem / "grading/cases.py"
    cases.write_text(
        cases.read_text() + "\nCASES.append(Case(name='impossible', tag='basic', args=([1.0],), expected=2.0))\n"
    )
    assert run("assessment", "check", str(problem)) == 1
    shown = capsys.readouterr()
    assert "✗ mean-temperature: reference.py: fails 'impossible'" in shown.out
    assert "do not publish this" in shown.err


@needs_bubblewrap
def test_checks_can_be_read_by_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("assessment", "check", "--json", str(in_a_library(tmp_path))) == 1
    results = json.loads(capsys.readouterr().out)
    assert {"problem", "name", "is_ok", "message"} == set(results[0])


@needs_bubblewrap
def test_what_is_refused_is_not_published(service: FakeService, tmp_path: Path) -> None:
    assert run("assessment", "publish", str(in_a_library(tmp_path))) == 1
    assert service.posted == []


def test_checks_can_be_skipped_on_demand(service: FakeService, tmp_path: Path) -> None:
    assert run("assessment", "publish", "--unchecked", str(in_a_library(tmp_path))) == 0
    assert [path for path, _ in service.posted] == ["assessments"]


def test_an_assessment_that_cannot_be_read_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("id = ")
    assert run("assessment", "check", str(file)) == 1
    assert "broken.toml: is not valid TOML" in capsys.readouterr().out


def test_a_folder_without_problems_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("assessment", "check", str(tmp_path)) == 1
    assert "holds no problem" in capsys.readouterr().err


@pytest.mark.parametrize(("required", "code"), [(True, 1), (False, 0)])
def test_the_doctor_names_a_remedy_and_fails_only_for_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, required: bool, code: int
) -> None:
    check = Check(name="engine", ok=False, detail="no answer", remedy="start dockerd", required=required)
    monkeypatch.setattr(doctor, "checks", lambda _settings: [check])
    assert run("doctor") == code
    assert "start dockerd" in capsys.readouterr().out


def test_stopping_an_instance_that_does_not_run_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBASSESS_INSTANCE__STATE_DIR", str(tmp_path))
    monkeypatch.setenv("NBASSESS_SPAWN__MODE", "local")
    assert run("stop") == 0
    assert "Nothing of this instance runs." in capsys.readouterr().err
