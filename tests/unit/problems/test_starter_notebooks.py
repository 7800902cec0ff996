"""What a candidate is given: the starter notebooks, their data and what their prompts promise."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbassess_graders.assessment import Problem, load_problem
from nbassess_graders.material import load_cases, load_entry
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3  # type: ignore[import-untyped] # nbgrader ships no types

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
FOLDERS = sorted(file.parent for file in NOTEBOOKS.glob("pr*/*/problem.toml"))
ROLES = {"prompt": "prompt", "setup": "setup", "answer": "answer", "try": "scratch"}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def problem(request: pytest.FixtureRequest) -> Problem:
    return load_problem(request.param)


@pytest.fixture
def starter(problem: Problem) -> Any:
    return nbformat.read(problem.starter, as_version=4)  # type: ignore[no-untyped-call] # nbformat is untyped


def source(starter: Any, role: str) -> str:
    (cell,) = [cell for cell in starter.cells if cell.metadata.nbassess.role == role]
    return str(cell.source)


def blocks(prompt: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", prompt, re.DOTALL)


def test_the_starter_is_a_valid_notebook_of_format_4_5(starter: Any) -> None:
    assert (starter.nbformat, starter.nbformat_minor) == (4, 5)
    nbformat.validate(starter)


def test_nbgrader_accepts_the_metadata(starter: Any) -> None:
    MetadataValidatorV3().validate_nb(starter)


def test_the_cells_have_stable_ids_and_roles(problem: Problem, starter: Any) -> None:
    seen = {cell.id: cell.metadata.nbassess.role for cell in starter.cells}
    assert seen == {f"{problem.slug}-{suffix}": role for suffix, role in ROLES.items()}


def test_only_the_prompt_and_the_setup_are_locked(problem: Problem, starter: Any) -> None:
    facts = {
        cell.metadata.nbgrader.grade_id: (cell.metadata.nbgrader.locked, cell.metadata.nbgrader.solution)
        for cell in starter.cells
        if "nbgrader" in cell.metadata
    }
    assert facts == {
        f"{problem.slug}-prompt": (True, False),
        f"{problem.slug}-setup": (True, False),
        f"{problem.slug}-answer": (False, True),
    }


def test_the_starter_holds_no_results(starter: Any) -> None:
    code = [cell for cell in starter.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


def test_setup_and_answer_run_in_the_candidates_folder(
    problem: Problem, starter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(problem.starter.parent)
    namespace: dict[str, object] = {}
    exec(source(starter, "setup"), namespace)
    exec(source(starter, "answer"), namespace)
    assert callable(namespace[problem.entry.name])


def test_the_reference_answers_the_scratch_cell(
    problem: Problem, starter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(problem.starter.parent)
    namespace: dict[str, object] = {}
    exec(source(starter, "setup"), namespace)
    namespace[problem.entry.name] = load_entry(problem, "reference.py")
    exec(source(starter, "scratch"), namespace)


def test_the_answer_cell_has_the_signature_that_the_problem_declares(problem: Problem, starter: Any) -> None:
    assert f"def {problem.entry.signature}:" in source(starter, "answer")


def test_the_example_in_the_prompt_is_true(problem: Problem, starter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """field-7: a question whose own example is wrong cannot be answered."""
    monkeypatch.chdir(problem.starter.parent)
    prompt = source(starter, "prompt")
    (example,), (shown,) = blocks(prompt, "python"), blocks(prompt, "text")
    namespace: dict[str, object] = {}
    exec(source(starter, "setup"), namespace)
    namespace[problem.entry.name] = load_entry(problem, "reference.py")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example, namespace)
    assert printed.getvalue().rstrip("\n") == shown


def test_the_prompt_states_points_and_time_limit_as_they_are(problem: Problem, starter: Any) -> None:
    """field-6: what counts is stated before it is counted."""
    prompt = source(starter, "prompt")
    rows = re.findall(r"^\| (basic|edge|error|large) \|.*\| (\d+) \|$", prompt, re.MULTILINE)
    assert {tag: int(points) for tag, points in rows} == problem.points_by_tag
    assert f"each call has {problem.case_wall_s:g} seconds" in prompt


def test_the_prompt_says_that_the_data_is_synthetic(starter: Any) -> None:
    assert "All data in this problem is synthetic" in source(starter, "prompt")
    assert "(synthetic)" in source(starter, "setup")


def test_the_prompt_names_every_exception_that_is_tested(problem: Problem, starter: Any) -> None:
    wanted = {name for case in load_cases(problem) for name in case.accepted_exceptions()}
    assert wanted
    assert all(f"`{name}`" in source(starter, "prompt") for name in wanted)


def test_the_candidates_folder_holds_only_the_notebook_and_data(problem: Problem) -> None:
    names = {path.name for path in problem.starter.parent.iterdir()}
    assert {name for name in names if not name.endswith(".csv")} == {"starter.ipynb"}
