"""Problems and assessments: what is read, and how mistakes are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbassess_graders.assessment import load_assessment, load_problem
from nbassess_graders.errors import AssessmentError

MakeProblem = Callable[..., Path]
MakeAssessment = Callable[..., Path]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_a_problem_is_read_as_described(make_problem: MakeProblem) -> None:
    problem = load_problem(make_problem())
    assert (problem.slug, problem.points, dict(problem.points_by_tag)) == ("double-it", 5, {"basic": 4, "edge": 1})
    assert (problem.entry.name, problem.path, problem.case_wall_s) == ("double", "double-it/double-it.ipynb", 4.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Double it"', 'titel = "Double it"', "unknown key 'titel'; did you mean 'title'"),
        ("minutes = 5", "", "'minutes' is missing"),
        ("minutes = 5", "minutes = 0", "'minutes' is 0, expected a whole number above zero"),
        ('difficulty = "easy"', 'difficulty = "lazy"', "expected one of easy, medium, hard"),
        ("points = 5", "points = 6", "points_by_tag sums to 5, points says 6"),
        ('name = "double"', 'name = "not a name"', "is no Python name"),
        ('id = "double-it"', 'id = "Double"', "cannot be an id"),
        ('id = "double-it"', 'id = "other"', "the folder is 'double-it'"),
        ("version = 1", "version = ", "is not valid TOML"),
        ("edge = 1", "ege = 1", "unknown key 'points_by_tag.ege'; did you mean 'edge'"),
    ],
)
def test_a_mistake_in_a_problem_names_file_key_and_remedy(
    make_problem: MakeProblem, old: str, new: str, message: str
) -> None:
    folder = make_problem()
    file = folder / "problem.toml"
    file.write_text(changed(file.read_text("utf-8"), old, new), "utf-8")
    with pytest.raises(AssessmentError) as caught:
        load_problem(folder)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)


def test_a_wrong_solution_that_is_no_file_of_the_folder_is_refused(make_problem: MakeProblem) -> None:
    folder = make_problem()
    file = folder / "problem.toml"
    added = '\n[[wrong]]\nfile = "../../../other.py"\nwhy = "x"\nfails = ["one"]\n'
    file.write_text(file.read_text("utf-8") + added, "utf-8")
    with pytest.raises(AssessmentError, match="not in the folder"):
        load_problem(folder)


def test_an_assessment_finds_its_problems_beside_it(make_assessment: MakeAssessment) -> None:
    assessment = load_assessment(make_assessment())
    assert [problem.slug for problem in assessment.problems] == ["double-it"]
    assert (assessment.points, assessment.minutes, assessment.is_practice) == (5, 30, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("quality = 0.2", "quality = 0.3", "rubric weights sum to 1.1, expected 1.0"),
        ('problems = ["double-it"]', 'problems = ["half-it"]', "problem 'half-it' was not found in"),
        ('problems = ["double-it"]', "problems = []", "name at least one problem"),
        ('problems = ["double-it"]', 'problems = ["double-it", "double-it"]', "each only once"),
        ('monitoring = "basic"', 'monitoring = "all"', "expected one of none, basic, full"),
    ],
)
def test_a_mistake_in_an_assessment_names_file_key_and_remedy(
    make_assessment: MakeAssessment, old: str, new: str, message: str
) -> None:
    file = make_assessment()
    file.write_text(changed(file.read_text("utf-8"), old, new), "utf-8")
    with pytest.raises(AssessmentError) as caught:
        load_assessment(file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)
