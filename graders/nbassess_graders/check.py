"""Try a problem before anybody is graded with it.

An author's promise is checked by running it: the reference passes every case in the real sandbox, each wrong solution
fails the cases it is there for, the brute-force solution agrees. What does not hold is a refusal with its reason; only
material without one is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbassess_graders.assessment import Problem, load_assessment, load_problem
from nbassess_graders.checker.verdict import Verdict
from nbassess_graders.errors import AssessmentError
from nbassess_graders.material import Material, load_cases
from nbassess_graders.pipeline import Graded, grade_problem
from nbassess_graders.sandbox.port import Limits, Sandbox
from nbassess_graders.submission import CodeCell, assemble

CASES_MIN: Final = 12
WRONG_MIN: Final = 3
NAMED_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Hold the outcome of one check of one problem (or of the assessment: `problem` is empty)."""

    problem: str
    name: str
    is_ok: bool
    message: str


Progress = Callable[[CheckResult], None]


def check_assessment(
    path: Path, sandbox: Sandbox, on_progress: Progress = lambda _: None, problems_dir: Path | None = None
) -> list[CheckResult]:
    """Check an assessment file, or one problem's folder, with all its solutions.

    Raises:
        SandboxFailure: the sandbox failed, which says nothing about the material.
    """
    results: list[CheckResult] = []

    def tell(result: CheckResult) -> None:
        results.append(result)
        on_progress(result)

    try:
        problems = (load_problem(path),) if path.is_dir() else load_assessment(path, problems_dir).problems
    except AssessmentError as error:
        tell(CheckResult(problem="", name="description", is_ok=False, message=str(error)))
        return results
    tell(CheckResult(problem="", name="description", is_ok=True, message=f"{len(problems)} problems described"))
    for problem in problems:
        trial = _Trial(problem=problem, sandbox=sandbox, material=Material())
        for check in (_check_template, _check_cases, _check_reference, _check_brute_force, _check_wrong):
            if not _run_check(check, trial, tell):
                break
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """Hold what all checks of one problem share; expected values are computed once."""

    problem: Problem
    sandbox: Sandbox
    material: Material


Check = Callable[[_Trial], Iterator[CheckResult]]


def _run_check(check: Check, trial: _Trial, tell: Progress) -> bool:
    """Run one check and tell its results as they come; say whether later checks make sense."""
    is_ok = True
    try:
        for result in check(trial):
            tell(result)
            is_ok = is_ok and result.is_ok
    except AssessmentError as error:
        tell(_result(trial.problem, check.__name__.removeprefix("_check_"), str(error), is_ok=False))
        return False
    return is_ok


def _check_template(trial: _Trial) -> Iterator[CheckResult]:
    cells = assemble(trial.problem, None)
    yield _result(trial.problem, "template", f"{len(cells)} code cells")


def _check_cases(trial: _Trial) -> Iterator[CheckResult]:
    problem = trial.problem
    cases = load_cases(problem)
    names, tags = {case.name for case in cases}, {case.tag for case in cases}
    faults = []
    if len(cases) < CASES_MIN:
        faults.append(f"{len(cases)} cases, expected at least {CASES_MIN}; write more")
    if unused := [tag for tag in problem.points_by_tag if tag not in tags]:
        faults.append(f"no case has the tag {', '.join(unused)}, which carries points; write one or move the points")
    if len(problem.wrong) < WRONG_MIN:
        faults.append(f"{len(problem.wrong)} wrong solutions, expected at least {WRONG_MIN}; write more")
    for wrong in problem.wrong:
        if unknown := [name for name in wrong.fails if name not in names]:
            faults.append(f"{wrong.file} should fail {_named(unknown)}, which is no case; correct `fails`")
    for fault in faults:
        yield _result(problem, "cases", fault, is_ok=False)
    if not faults:
        yield _result(problem, "cases", f"{len(cases)} cases with the tags {', '.join(sorted(tags))}")


def _check_reference(trial: _Trial) -> Iterator[CheckResult]:
    yield _must_pass(trial, "reference.py")


def _check_brute_force(trial: _Trial) -> Iterator[CheckResult]:
    """Let the brute-force solution be too slow, but never wrong."""
    if (trial.problem.folder / "grading" / "brute_force.py").is_file():
        yield _must_pass(trial, "brute_force.py", forgiven=(Verdict.TIMEOUT, Verdict.MEMORY))


def _check_wrong(trial: _Trial) -> Iterator[CheckResult]:
    for wrong in trial.problem.wrong:
        yield _must_fail(trial, wrong.file, wrong.fails)


def _must_pass(trial: _Trial, file: str, forgiven: tuple[Verdict, ...] = ()) -> CheckResult:
    problem, graded = trial.problem, _grade_solution(trial, file)
    failed = _failed(graded, forgiven)
    if not failed:
        slowest = max(graded.cpu_s.values(), default=0.0)
        return _result(problem, file, f"passes; the slowest case takes {slowest:.2f} s of {problem.case_wall_s:g} s")
    finding = graded.judgements[failed[0]].finding
    reason = finding.message if finding is not None else ""
    return _result(problem, file, f"fails {_named(failed)}: {reason} Correct the solution or the cases.", is_ok=False)


def _must_fail(trial: _Trial, file: str, fails: Sequence[str]) -> CheckResult:
    problem, failed = trial.problem, _failed(_grade_solution(trial, file))
    survived = [name for name in fails if name not in failed]
    if not failed:
        return _result(problem, file, "passes every case; write a case that it fails", is_ok=False)
    if survived:
        return _result(problem, file, f"passes {_named(survived)}; correct the case or `fails`", is_ok=False)
    return _result(problem, file, f"fails {len(failed)} cases, among them all {len(fails)} named ones")


def _grade_solution(trial: _Trial, file: str) -> Graded:
    """Grade a solution as if it were typed into the first answer cell."""
    problem = trial.problem
    text = (problem.folder / "grading" / file).read_text("utf-8")
    cells = assemble(problem, None)
    place = next(place for place, cell in enumerate(cells) if cell.role == "answer")
    cells[place] = CodeCell(id=cells[place].id, source=text, role="answer")
    return grade_problem(problem, cells, trial.sandbox, Limits(), trial.material)


def _failed(graded: Graded, forgiven: tuple[Verdict, ...] = ()) -> list[str]:
    passed = (Verdict.OK, *forgiven)
    return [name for name, judgement in graded.judgements.items() if judgement.verdict not in passed]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(repr(name) for name in names[:NAMED_MAX]) + more


def _result(problem: Problem, name: str, message: str, *, is_ok: bool = True) -> CheckResult:
    return CheckResult(problem=problem.slug, name=name, is_ok=is_ok, message=message)
