"""docs/howto/write-a-problem.md is true: its files make a problem that loads, and whose mistake is caught."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbassess_graders.assessment import Problem, load_problem
from nbassess_graders.checker.values import difference
from nbassess_graders.material import expectations, fresh_args, load_entry
from nbassess_graders.template import load_template

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "write-a-problem.md"


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    text = PAGE.read_text("utf-8")
    folder = tmp_path / "late-orders"
    files = re.findall(r"^\*\*`([\w./-]+)`\*\*\n\n```\w+\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    for name, content in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    write_starter(folder / "candidate" / "starter.ipynb", text)
    return load_problem(folder)


def write_starter(file: Path, page: str) -> None:
    """Make the notebook that section 6 describes by a table and the answer's metadata."""
    cells = []
    for name, role, kind in re.findall(r"^\| `([\w-]+)` \| `(\w+)` \| (\w+) \|", page, re.MULTILINE):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        locked = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": True}
        marks = {"answer": {**locked, "solution": True, "locked": False}, "prompt": locked, "setup": locked}
        metadata = {"nbassess": {"role": role}} | ({"nbgrader": marks[role]} if role in marks else {})
        cells.append(make(f"# {role}", id=name, metadata=metadata))  # type: ignore[no-untyped-call] # nbformat is untyped
    file.parent.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call] # nbformat is untyped
    nbformat.write(notebook, file)  # type: ignore[no-untyped-call] # nbformat is untyped


def test_the_page_makes_a_problem_with_a_valid_notebook(problem: Problem) -> None:
    assert [cell.role for cell in load_template(problem)] == ["prompt", "setup", "answer", "scratch"]


def test_the_mistake_on_the_page_fails_the_case_it_names(problem: Problem) -> None:
    (wrong,) = problem.wrong
    solution = load_entry(problem, wrong.file)
    failed = [
        each.case.name
        for each in expectations(problem)
        if not each.exceptions
        and difference(each.value, solution(*fresh_args(each.case)), each.case.compare) is not None
    ]
    assert failed == list(wrong.fails)
