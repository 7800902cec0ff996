"""The published sets: which problems, how long, under which rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbassess_graders.assessment import Assessment, load_assessment

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
SCORED = sorted(NOTEBOOKS.glob("assessments/*.toml"))
PRACTICE = NOTEBOOKS / "practice" / "practice.toml"


@pytest.fixture(params=[*SCORED, PRACTICE], ids=lambda file: file.stem)
def assessment(request: pytest.FixtureRequest) -> Assessment:
    return load_assessment(request.param)


def test_the_id_is_the_name_of_the_file(assessment: Assessment) -> None:
    assert assessment.id == assessment.file.stem


def test_the_time_is_enough_for_the_problems(assessment: Assessment) -> None:
    assert assessment.minutes >= sum(problem.minutes for problem in assessment.problems) + 5


def test_correctness_and_quality_are_weighed_four_to_one(assessment: Assessment) -> None:
    assert assessment.rubric == {"correctness": 0.8, "quality": 0.2}


def test_practice_records_no_more_than_the_assessments() -> None:
    levels = {file.stem: load_assessment(file).monitoring for file in [*SCORED, PRACTICE]}
    assert levels == {"data-analyst": "full", "data-scientist": "basic", "practice": "basic"}


def test_only_the_practice_sitting_is_for_practice() -> None:
    assert [load_assessment(file).is_practice for file in SCORED] == [False] * len(SCORED)
    assert load_assessment(PRACTICE).is_practice


def test_every_problem_of_the_library_is_used() -> None:
    used = {problem.slug for file in SCORED for problem in load_assessment(file).problems}
    assert used == {file.parent.name for file in NOTEBOOKS.glob("problems/*/problem.toml")}


def test_the_library_has_six_problems_in_two_assessments_of_three_or_four() -> None:
    assert len(list(NOTEBOOKS.glob("problems/*/problem.toml"))) == 6
    assert {len(load_assessment(file).problems) for file in SCORED} == {3, 4}
