"""The cases measure what they claim: the reference passes them all, every mistake fails exactly those it should.

Solutions run in this process, which is quick and enough for code of ours; `nbassess assessment check` does the same in
the sandbox, with the limits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbassess_graders.assessment import TAGS, Case, Problem, load_problem
from nbassess_graders.checker.values import difference
from nbassess_graders.dimensions.quality import assess
from nbassess_graders.inside import plain
from nbassess_graders.material import Expectation, expectations, fresh_args, load_cases, load_entry
from nbassess_graders.submission import CodeCell, assemble

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
FOLDERS = sorted(
    file.parent for place in ("problems", "practice") for file in NOTEBOOKS.glob(f"{place}/*/problem.toml")
)
PROBLEMS = {folder.name: load_problem(folder) for folder in FOLDERS}
WRONG = [(slug, wrong) for slug, problem in PROBLEMS.items() for wrong in problem.wrong]
BRUTE = [slug for slug, problem in PROBLEMS.items() if (problem.folder / "grading" / "brute_force.py").exists()]

expected_of: dict[str, tuple[Expectation, ...]] = {}


def expected(problem: Problem) -> tuple[Expectation, ...]:
    """Run the reference once for all tests of a problem."""
    if problem.slug not in expected_of:
        expected_of[problem.slug] = expectations(problem)
    return expected_of[problem.slug]


def passes(wanted: Expectation, solution: Callable[..., object]) -> bool:
    args = copy.deepcopy(fresh_args(wanted.case))
    before = [plain.encode(arg) for arg in args]
    try:
        value = plain.decode(plain.encode(solution(*args)))
    except Exception as error:  # noqa: BLE001 - whatever a solution raises is its answer
        return bool({kind.__name__ for kind in type(error).__mro__} & set(wanted.exceptions))
    is_untouched = wanted.case.mutates_ok or [plain.encode(arg) for arg in args] == before
    return not wanted.exceptions and is_untouched and difference(wanted.value, value, wanted.case.compare) is None


def failures(wanted: tuple[Expectation, ...], solution: Callable[..., object]) -> set[str]:
    return {each.case.name for each in wanted if not passes(each, solution)}


def small(problem: Problem) -> tuple[Expectation, ...]:
    """Return all cases but the larger of the large ones, which the check in the sandbox runs."""
    wanted = expected(problem)
    first_large = next(each for each in wanted if each.case.tag == "large")
    return tuple(each for each in wanted if each.case.tag != "large" or each is first_large)


def starter_answer(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.chdir(problem.starter.parent)
    notebook: Any = nbformat.read(problem.starter, as_version=4)  # type: ignore[no-untyped-call] # nbformat is untyped
    namespace: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.metadata.nbassess.role in ("setup", "answer"):
            exec(cell.source, namespace)
    answer: Callable[..., object] = namespace[problem.entry.name]
    return answer


@pytest.fixture(params=PROBLEMS.values(), ids=lambda problem: problem.slug)
def problem(request: pytest.FixtureRequest) -> Problem:
    chosen: Problem = request.param
    return chosen


def test_a_problem_has_a_dozen_cases_of_all_four_kinds(problem: Problem) -> None:
    cases = load_cases(problem)
    assert len(cases) >= 12
    assert {case.tag for case in cases} == set(TAGS)


def test_error_cases_are_those_that_must_raise(problem: Problem) -> None:
    cases = load_cases(problem)
    assert [case.name for case in cases if (case.raises is not None) != (case.tag == "error")] == []


def test_the_reference_passes_every_case(problem: Problem) -> None:
    assert failures(expected(problem), load_entry(problem, "reference.py")) == set()


def test_the_answer_that_was_handed_out_passes_no_case(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """No points for doing nothing, and every bug of the debugging task is looked for."""
    wanted = expected(problem)
    assert failures(wanted, starter_answer(problem, monkeypatch)) == {each.case.name for each in wanted}


def test_a_problem_knows_three_plausible_mistakes(problem: Problem) -> None:
    files = {f"wrong/{path.name}" for path in (problem.folder / "grading" / "wrong").glob("*.py")}
    assert len(files) >= 3
    assert {wrong.file for wrong in problem.wrong} == files


@pytest.mark.parametrize(("slug", "wrong"), WRONG, ids=[f"{slug}-{Path(wrong.file).stem}" for slug, wrong in WRONG])
def test_a_mistake_fails_exactly_the_cases_it_is_said_to_fail(slug: str, wrong: Any) -> None:
    wanted = small(PROBLEMS[slug])
    solution = load_entry(PROBLEMS[slug], wrong.file)
    assert failures(wanted, solution) == set(wrong.fails) & {each.case.name for each in wanted}


@pytest.mark.parametrize("slug", BRUTE)
def test_the_brute_force_is_right_in_the_small(slug: str) -> None:
    assert failures(small(PROBLEMS[slug]), load_entry(PROBLEMS[slug], "brute_force.py")) == set()


def test_a_case_costs_nothing_for_a_changed_argument_except_where_that_is_the_question(problem: Problem) -> None:
    """One slip must cost one case."""

    def is_about_it(case: Case) -> bool:
        return case.name.endswith(("as-it-was", "as-they-were"))

    strict = [case for case in load_cases(problem) if not case.mutates_ok and case.raises is None]
    assert problem.folder.parent.name == "practice" or [is_about_it(case) for case in strict] == [True]


def test_references_have_nothing_to_remark_on() -> None:
    """What is asked of candidates is shown by the solution they are measured against."""
    findings = {slug: quality.findings for slug, quality in assess(with_reference()).items()}
    assert findings == dict.fromkeys(PROBLEMS, ())


def with_reference() -> dict[str, list[CodeCell]]:
    """Return the cells of every problem with the reference typed into the answer cell."""
    solutions = {}
    for slug, problem in PROBLEMS.items():
        text = (problem.folder / "grading" / "reference.py").read_text("utf-8")
        solutions[slug] = [
            CodeCell(id=cell.id, source=text, role="answer") if cell.role == "answer" else cell
            for cell in assemble(problem, None)
        ]
    return solutions
