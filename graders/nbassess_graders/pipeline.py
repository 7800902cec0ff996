"""From a submission to a report.

Theory. Two processes that never trust each other: the runner in the sandbox knows inputs and calls the candidate's
function; the checker here knows expected values and decides. Between them pass one input and one answer at a time,
in plain data. Expected values are computed here, by the authors' reference, and never leave.

A problem is graded on its own, in its own sandbox: what breaks one leaves the others as they are. What the
candidate's code does is a verdict. What we do wrong is an exception (SandboxFailure, AssessmentError): the caller's
queue tries again or asks a person, and no report is made, so that our fault is never a zero. Given the same bytes,
the same image and the same material, the same points come out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from nbassess_graders import __version__
from nbassess_graders.assessment import Assessment, Problem
from nbassess_graders.checker.verdict import Context, Judgement, how_it_ended, judge
from nbassess_graders.dimensions.correctness import score_cases
from nbassess_graders.dimensions.quality import Quality, assess
from nbassess_graders.execution import Answered, Call, CellProblem, NotRun, Outcome, Run, execute
from nbassess_graders.material import Expectation, Material
from nbassess_graders.messages import Finding
from nbassess_graders.publication import problem_files
from nbassess_graders.report import Dimension, Grader, ProblemReport, Report
from nbassess_graders.sandbox.port import Ended, Limits, Sandbox
from nbassess_graders.submission import CodeCell, Submission, assemble, has_answer

Progress = Callable[[str], None]

MESSAGE_MAX: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """Hold the judged cases of one problem, before dimensions are added up."""

    problem: Problem
    cells: tuple[CodeCell, ...]
    expectations: tuple[Expectation, ...]
    judgements: Mapping[str, Judgement]
    cpu_s: Mapping[str, float]
    cell_findings: tuple[Finding, ...]
    python: str


def grade(
    submission: Submission,
    assessment: Assessment,
    sandbox: Sandbox,
    *,
    sitting: str,
    graded_ms: int,
    seconds: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    material: Material | None = None,
    on_progress: Progress = lambda _: None,
) -> Report:
    """Grade a submission and return the report; `seconds` are those of dimensions.process, by notebook path.

    Raises:
        SandboxFailure: the sandbox failed; try again.
        AssessmentError: the material cannot be used; a person must correct it.
        SubmissionError: the documents are not what a recording gives.
    """
    material = material or Material()
    graded = []
    for problem in assessment.problems:
        on_progress(problem.slug)
        cells = assemble(problem, submission.documents.get(problem.path))
        graded.append(grade_problem(problem, cells, sandbox, limits or Limits(), material))
    on_progress("quality")
    qualities = assess({one.problem.slug: one.cells for one in graded if has_answer(one.problem, list(one.cells))})
    python = next((one.python for one in graded if one.python), "")
    return Report(
        sitting=sitting,
        submission=submission.digest(),
        graded_ms=graded_ms,
        grader=Grader(version=__version__, rootfs_digest=sandbox.digest(), python=python),
        assessment=assessment,
        problems=tuple(_problem_report(one, qualities.get(one.problem.slug), seconds or {}) for one in graded),
    )


def grade_problem(
    problem: Problem, cells: Sequence[CodeCell], sandbox: Sandbox, limits: Limits, material: Material
) -> Graded:
    """Run and judge every case of one problem.

    Raises:
        SandboxFailure: the sandbox failed; try again.
        AssessmentError: the material cannot be used.
    """
    expected = material.expectations(problem)
    calls = [Call(name=one.case.name, args=one.args) for one in expected]
    files = {file.path.partition("/")[2]: file.content for file in problem_files(problem)[1:]}
    run = execute(sandbox, problem, cells, calls, files, limits)
    context = Context(entry=problem.entry.name, limits=limits, case_wall_s=problem.case_wall_s, cell_cause=_cause(run))
    outcomes = {name: _explained(outcome, run) for name, outcome in run.cases.items()}
    return Graded(
        problem=problem,
        cells=tuple(cells),
        expectations=expected,
        judgements={one.case.name: judge(outcomes[one.case.name], one, context) for one in expected},
        cpu_s={name: outcome.cpu_s for name, outcome in outcomes.items() if not isinstance(outcome, NotRun)},
        cell_findings=tuple(_cell_finding(trouble) for trouble in run.cells),
        python=run.python,
    )


def _problem_report(graded: Graded, quality: Quality | None, seconds: Mapping[str, float]) -> ProblemReport:
    problem = graded.problem
    cases = [one.case for one in graded.expectations]
    scores = score_cases(problem, cases, graded.judgements, graded.cpu_s)
    points = sum((score.points for score in scores), Fraction(0))
    notes = graded.cell_findings if quality is not None else (Finding.of("no_answer"), *graded.cell_findings)
    dimensions = {
        "correctness": Dimension(score=points / problem.points, findings=notes),
        "quality": _quality_dimension(quality, is_any_right=points > 0),
    }
    return ProblemReport(problem=problem, cases=scores, dimensions=dimensions, seconds=seconds.get(problem.path))


def _quality_dimension(quality: Quality | None, *, is_any_right: bool) -> Dimension:
    """Give quality no weight where nothing is right: well-kept code that answers nothing earns nothing."""
    if quality is None:
        return Dimension(score=Fraction(0), findings=(Finding.of("no_answer"),))
    if not is_any_right:
        return Dimension(score=Fraction(0), findings=(Finding.of("quality_not_counted"), *quality.findings))
    return Dimension(score=quality.score, findings=quality.findings)


def _explained(outcome: Outcome, run: Run) -> Outcome:
    """Return why a function is missing where its cell ended the session: that is then every case's outcome."""
    if not isinstance(outcome, Answered) or outcome.reply.get("kind") != "missing":
        return outcome
    ends = (trouble.outcome for trouble in run.cells if trouble.cell.role in ("answer", "added"))
    return next((end for end in ends if isinstance(end, Ended)), outcome)


def _cause(run: Run) -> str:
    """Return the sentence that explains why a function may be missing."""
    troubles = [trouble for trouble in run.cells if trouble.cell.role == "answer"]
    return _cell_finding(troubles[0]).message if troubles else ""


def _cell_finding(trouble: CellProblem) -> Finding:
    cell, outcome = trouble.cell, trouble.outcome
    if isinstance(outcome, Ended):
        return Finding.of("cell_ended", cell.id, cell_id=cell.id, role=cell.role, how=how_it_ended(outcome))
    error = outcome.reply.get("error")
    told: Mapping[str, Any] = error if isinstance(error, dict) else {}
    line = told.get("line")
    return Finding.of(
        "cell_failed",
        cell.id,
        line if type(line) is int else None,
        cell_id=cell.id,
        role=cell.role,
        type=str(told.get("type"))[:80],
        message=str(told.get("message"))[:MESSAGE_MAX],
    )
