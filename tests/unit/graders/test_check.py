"""What is refused before anybody is graded with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.check import CheckResult, check_assessment
from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox

MakeProblem = Callable[..., Path]

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")

CASES = """
from nbassess_graders.assessment import Case

CASES = [
    *(Case(name=f"n{n}", tag="basic", args=(n,)) for n in range(11)),
    Case(name="negative", tag="edge", args=(-1,)),
]
"""
WRONG = {"square.py": "def double(value):\n    return value**2\n", "same.py": "def double(value):\n    return value\n",
         "odd.py": "def double(value):\n    return 2 * value if value >= 0 else 0\n"}  # fmt: skip
DECLARED = "".join(
    f'\n[[wrong]]\nfile = "wrong/{name}"\nwhy = "careless"\nfails = ["{case}"]\n'
    for name, case in (("square.py", "n1"), ("same.py", "n1"), ("odd.py", "negative"))
)


@pytest.fixture
def check(make_problem: MakeProblem) -> Callable[..., list[CheckResult]]:
    """Return a checker of a sound problem with changes."""

    def run(cases: str = CASES, wrong: dict[str, str] | None = None, added: str = DECLARED, **parts: Any) -> Any:
        folder = make_problem(cases=cases, wrong=WRONG | (wrong or {}), **parts)
        file = folder / "problem.toml"
        file.write_text(file.read_text("utf-8") + added, "utf-8")
        return check_assessment(folder, BubblewrapSandbox())

    return run


def refusals(results: list[CheckResult]) -> list[str]:
    return [f"{result.name}: {result.message}" for result in results if not result.is_ok]


def test_a_sound_problem_passes_every_check(check: Callable[..., list[CheckResult]]) -> None:
    results = check()
    assert refusals(results) == []
    names = ["description", "template", "cases", "reference.py", "wrong/square.py", "wrong/same.py", "wrong/odd.py"]
    assert [result.name for result in results] == names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wrong": {"odd.py": "def double(value):\n    return 2 * value\n"}}, "wrong/odd.py: passes every case"),
        ({"wrong": {"odd.py": "def double(value):\n    return 2 * value or 1\n"}}, "wrong/odd.py: passes 'negative'"),
        ({"cases": CASES.replace("range(11)", "range(3)")}, "cases: 4 cases, expected at least 12"),
        ({"cases": CASES.replace('"edge"', '"basic"')}, "cases: no case has the tag edge"),
        ({"cases": CASES.replace('"negative"', '"below"')}, "cases: wrong/odd.py should fail 'negative'"),
        ({"added": ""}, "cases: 0 wrong solutions, expected at least 3"),
        (
            {"reference": "def double(value):\n    return 2 * value if value else {}[0]\n"},
            "reference: double-it: the ref",
        ),
        ({"cases": CASES.replace("args=(-1,)", "args=(-1,), expected=0")}, "reference.py: fails 'negative'"),
        ({"starter": {"cells": []}}, "template:"),
    ],
)
def test_a_promise_that_does_not_hold_is_refused_with_its_reason(
    check: Callable[..., list[CheckResult]], changes: dict[str, Any], message: str
) -> None:
    assert any(refusal.startswith(message) for refusal in refusals(check(**changes))), message


def test_a_description_that_cannot_be_read_is_one_refusal(tmp_path: Path) -> None:
    (result,) = check_assessment(tmp_path / "none.toml", BubblewrapSandbox())
    assert not result.is_ok
    assert "cannot be read" in result.message
