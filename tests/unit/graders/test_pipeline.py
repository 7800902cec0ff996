"""From a submission to a report, with a sandbox that answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.assessment import Assessment, load_assessment, load_problem
from nbassess_graders.errors import AssessmentError, SandboxFailure
from nbassess_graders.material import Material, load_cases
from nbassess_graders.messages import MESSAGES, for_candidate
from nbassess_graders.pipeline import grade
from nbassess_graders.sandbox.fake import FakeSandbox
from nbassess_graders.sandbox.port import Ended, Status
from nbassess_graders.submission import Submission

MakeProblem = Callable[..., Path]
ANSWER = "def double(value):\n    return value + value\n"


@pytest.fixture
def assessment(make_assessment: Callable[..., Path]) -> Assessment:
    return load_assessment(make_assessment())


def submission(answer: str | None = ANSWER) -> Submission:
    if answer is None:
        return Submission(documents={})
    cell = {"id": "double-it-answer", "cell_type": "code", "source": answer}
    return Submission(documents={"double-it/double-it.ipynb": {"path": "double-it/double-it.ipynb", "cells": [cell]}})


def doubling(request: dict[str, Any]) -> dict[str, Any]:
    """Answer as a right solution would, but for the input 3."""
    if request["op"] == "cell":
        return {"kind": "ran"}
    value = request["args"][1][0]
    return {"kind": "returned", "value": 2 * value if value != 3 else 7, "mutated": []}


def report(assessment: Assessment, sandbox: FakeSandbox, sent: Submission | None = None) -> dict[str, Any]:
    seconds = {"double-it/double-it.ipynb": 61.5}
    made = grade(sent or submission(), assessment, sandbox, sitting="s1", graded_ms=12, seconds=seconds)
    return made.to_json()


def test_a_report_says_what_was_graded_by_what_and_with_what_result(assessment: Assessment) -> None:
    found = report(assessment, FakeSandbox(doubling))
    (problem,) = found.pop("problems")
    assert found == {
        "format": 1,
        "sitting": "s1",
        "submission": submission().digest(),
        "graded_ms": 12,
        "grader": {"version": "0.1.0", "rootfs_digest": "fake", "python": "3.0.0"},
        "assessment": {"id": "short", "version": 2, "title": "A short one"},
        "points": 3.67,
        "max_points": 5,
        "score": 0.7867,
    }
    assert (problem["points"], problem["max_points"], problem["seconds"]) == (3.67, 5, 61.5)
    assert problem["dimensions"]["correctness"] == {"score": 0.7333, "findings": []}
    assert problem["dimensions"]["quality"] == {"score": 1.0, "findings": []}
    assert problem["cases"][2] == {
        "name": "three",
        "tag": "basic",
        "verdict": "WRONG",
        "points": 0.0,
        "max_points": 1.33,
        "finding": {
            "code": "wrong_value",
            "message": "For the input (3): expected 6, got 7.",
            "cell": None,
            "line": None,
        },
        "cpu_s": 0.0,
    }


def test_the_same_submission_makes_the_same_report(assessment: Assessment) -> None:
    """Catalogue G30."""
    one, other = (json.dumps(report(assessment, FakeSandbox(doubling))) for _ in range(2))
    assert one == other


def test_nothing_expected_is_ever_sent_into_the_sandbox(assessment: Assessment) -> None:
    """Promise: scores come from code that the candidate's code cannot reach."""
    (assessment.problems[0].folder / "grading" / "reference.py").write_text("def double(value): return 'SECRET'")
    sandbox = FakeSandbox(doubling)
    report(assessment, sandbox)
    sent = json.dumps([session.asked for session in sandbox.sessions])
    assert "SECRET" not in sent
    assert "import numbers" not in sent
    assert sandbox.sessions[0].asked[0]["files"] == {"numbers.csv": "MQo="}


def test_no_answer_earns_nothing_and_is_told(assessment: Assessment) -> None:
    found = report(
        assessment, FakeSandbox(lambda request: {"kind": "missing" if "args" in request else "ran"}), submission(None)
    )
    (problem,) = found["problems"]
    assert (found["points"], found["score"]) == (0.0, 0.0)
    assert [finding["code"] for finding in problem["dimensions"]["correctness"]["findings"]] == ["no_answer"]
    assert {case["verdict"] for case in problem["cases"]} == {"RUNTIME"}


def test_quality_is_not_counted_where_no_case_is_right(assessment: Assessment) -> None:
    wrong = {"kind": "returned", "value": -1, "mutated": []}
    found = report(assessment, FakeSandbox(lambda request: wrong if "args" in request else {"kind": "ran"}))
    assert found["score"] == 0.0
    assert found["problems"][0]["dimensions"]["quality"]["findings"][0]["code"] == "quality_not_counted"


def test_an_answer_cell_that_ends_its_session_tells_every_case_why(assessment: Assessment) -> None:
    def script(request: dict[str, Any]) -> Any:
        if request.get("cell") == "double-it-answer":
            return Ended(status=Status.OUT_OF_MEMORY, cpu_s=1.0)
        return {"kind": "missing" if "args" in request else "ran"}

    (problem,) = report(assessment, FakeSandbox(script))["problems"]
    assert {case["verdict"] for case in problem["cases"]} == {"MEMORY"}
    assert problem["dimensions"]["correctness"]["findings"][0]["code"] == "cell_ended"


def test_a_failure_of_the_sandbox_makes_no_report(assessment: Assessment) -> None:
    """Promise: our own failure is never a zero."""
    with pytest.raises(SandboxFailure):
        report(assessment, FakeSandbox(doubling, failures=1))


def test_a_batch_computes_expected_values_once(assessment: Assessment) -> None:
    material = Material()
    first = material.expectations(assessment.problems[0])
    (assessment.problems[0].folder / "grading" / "reference.py").unlink()
    assert material.expectations(assessment.problems[0]) is first


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ("CASES = 7", "CASES is not a list of Case"),
        ("1 / 0", "fails when it is run"),
        ("", "CASES is not a list of Case"),
        (
            "from nbassess_graders.assessment import Case\nCASES = [Case(name='a', tag='basic', args=())] * 2",
            "used more than once",
        ),
        (
            "from nbassess_graders.assessment import Case\nCASES = [Case(name='a', tag='large', args=())]",
            "has no points",
        ),
    ],
)
def test_cases_that_cannot_be_used_are_refused(make_problem: MakeProblem, cases: str, message: str) -> None:
    with pytest.raises(AssessmentError, match=message):
        load_cases(load_problem(make_problem(cases=cases)))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("def double(value): raise KeyError(value)", "the reference raises"),
        ("def other(value): ...", "does not define double"),
        ("def double(value): return object()", "cannot cross the sandbox"),
    ],
)
def test_a_reference_that_gives_no_expected_value_is_refused(
    make_problem: MakeProblem, reference: str, message: str
) -> None:
    with pytest.raises(AssessmentError, match=message):
        Material().expectations(load_problem(make_problem(reference=reference)))


def test_args_are_fresh_for_every_use(make_problem: MakeProblem) -> None:
    cases = (
        "from nbassess_graders.assessment import Case\n"
        "CASES = [Case(name='a', tag='basic', args=([1],)), Case(name='b', tag='edge', args=lambda: ([1],))]"
    )
    reference = "def double(value):\n    value.append(0)\n    return len(value)"
    for expectation in Material().expectations(load_problem(make_problem(cases=cases, reference=reference))):
        assert (expectation.value, expectation.args) == (2, ["tuple", [["list", [1]]]])


def test_what_a_candidate_may_see_holds_no_value() -> None:
    """Catalogue G38."""
    assert all("{" not in for_candidate(code) for code in MESSAGES)
