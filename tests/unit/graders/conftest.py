"""A problem on disk, small and complete, that tests change to their needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROBLEM = """
id = "double-it"
version = 1
title = "Double it"
difficulty = "easy"
topics = ["python"]
skills = ["arithmetic"]
minutes = 5
points = 5

[entry]
name = "double"
signature = "double(value)"

[points_by_tag]
basic = 4
edge = 1
"""
CASES = """
from nbassess_graders.assessment import Case

CASES = [
    Case(name="one", tag="basic", args=(1,)),
    Case(name="two", tag="basic", args=(2,)),
    Case(name="three", tag="basic", args=(3,)),
    Case(name="nothing", tag="edge", args=(0,)),
]
"""
ASSESSMENT = """
id = "short"
version = 2
title = "A short one"
minutes = 30
monitoring = "basic"
ai_policy = "No assistants."
problems = ["double-it"]

[rubric]
correctness = 0.8
quality = 0.2
"""

MakeProblem = Callable[..., Path]


def cell(kind: str, name: str, source: str, role: str, *, locked: bool = True) -> dict[str, Any]:
    marks = {
        "grade": False,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": role == "answer",
        "task": False,
    }
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": name,
        "metadata": {"nbassess": {"role": role}, "nbgrader": marks},
        "source": source,
    }
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook() -> dict[str, Any]:
    return {
        "cells": [
            cell("markdown", "double-it-prompt", "Double it.", "prompt"),
            cell("code", "double-it-setup", "import math", "setup"),
            cell("code", "double-it-answer", "def double(value):\n    ...", "answer", locked=False),
            cell("code", "double-it-try", "double(1)", "scratch", locked=False),
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def make_problem(tmp_path: Path) -> MakeProblem:
    """Return a builder of a problem folder; every part can be given."""

    def make(
        toml: str = PROBLEM,
        cases: str = CASES,
        reference: str = "def double(value):\n    return 2 * value\n",
        starter: dict[str, Any] | None = None,
        wrong: dict[str, str] | None = None,
    ) -> Path:
        folder = tmp_path / "problems" / "double-it"
        (folder / "candidate").mkdir(parents=True)
        (folder / "grading" / "wrong").mkdir(parents=True)
        (folder / "problem.toml").write_text(toml, "utf-8")
        (folder / "candidate" / "starter.ipynb").write_text(json.dumps(starter or notebook()), "utf-8")
        (folder / "candidate" / "numbers.csv").write_text("1\n", "utf-8")
        (folder / "grading" / "cases.py").write_text(cases, "utf-8")
        (folder / "grading" / "reference.py").write_text(reference, "utf-8")
        for name, text in (wrong or {}).items():
            (folder / "grading" / "wrong" / name).write_text(text, "utf-8")
        return folder

    return make


@pytest.fixture
def make_assessment(tmp_path: Path, make_problem: MakeProblem) -> Callable[..., Path]:
    """Return a builder of an assessment file beside its one problem."""

    def make(toml: str = ASSESSMENT, **problem: Any) -> Path:
        make_problem(**problem)
        file = tmp_path / "assessments" / "short.toml"
        file.parent.mkdir()
        file.write_text(toml, "utf-8")
        return file

    return make
