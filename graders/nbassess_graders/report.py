"""A report: what was found about one submission, with everything needed to trace and repeat it.

A report is written once; a regrade makes another one. Numbers are rounded here and nowhere before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from nbassess_graders.assessment import Assessment, Problem
from nbassess_graders.dimensions.correctness import CaseScore, earned
from nbassess_graders.messages import Finding

FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """Hold the score of one dimension, 0 to 1, with its findings."""

    score: Fraction
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the dimension as JSON."""
        return {"score": rounded(self.score, 4), "findings": [finding.to_json() for finding in self.findings]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport:
    """Hold the results of one problem."""

    problem: Problem
    cases: tuple[CaseScore, ...]
    dimensions: Mapping[str, Dimension]
    seconds: float | None

    @property
    def points(self) -> Fraction:
        """Return the points earned by cases."""
        return earned(self.cases)

    def to_json(self) -> dict[str, Any]:
        """Return the results as JSON."""
        return {
            "slug": self.problem.slug,
            "version": self.problem.version,
            "title": self.problem.title,
            "points": rounded(self.points, 2),
            "max_points": self.problem.points,
            "seconds": self.seconds,
            "dimensions": {name: dimension.to_json() for name, dimension in self.dimensions.items()},
            "cases": [_case_to_json(case) for case in self.cases],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """Say what graded: our version, the digest of the file system code ran in, and its Python."""

    version: str
    rootfs_digest: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold everything found about one submission."""

    sitting: str
    submission: str
    graded_ms: int
    grader: Grader
    assessment: Assessment
    problems: tuple[ProblemReport, ...]

    @property
    def points(self) -> Fraction:
        """Return the points of all problems together."""
        return sum((problem.points for problem in self.problems), Fraction(0))

    @property
    def score(self) -> Fraction:
        """Return the rubric's weighted mean of the dimensions, 0 to 1; problems weigh by their points."""
        total = Fraction(0)
        for name, weight in self.assessment.rubric.items():
            for problem in self.problems:
                share = Fraction(problem.problem.points, self.assessment.points)
                total += Fraction(str(weight)) * share * problem.dimensions[name].score
        return total

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON, format 1."""
        assessment = self.assessment
        return {
            "format": FORMAT,
            "sitting": self.sitting,
            "submission": self.submission,
            "graded_ms": self.graded_ms,
            "grader": {
                "version": self.grader.version,
                "rootfs_digest": self.grader.rootfs_digest,
                "python": self.grader.python,
            },
            "assessment": {"id": assessment.id, "version": assessment.version, "title": assessment.title},
            "points": rounded(self.points, 2),
            "max_points": assessment.points,
            "score": rounded(self.score, 4),
            "problems": [problem.to_json() for problem in self.problems],
        }


def rounded(value: Fraction, digits: int) -> float:
    """Return a fraction as a float of so many digits, halves up."""
    scale = int(10**digits)
    return int(value * scale + Fraction(1, 2)) / scale


def _case_to_json(case: CaseScore) -> dict[str, Any]:
    finding = case.judgement.finding
    return {
        "name": case.case.name,
        "tag": case.case.tag,
        "verdict": case.judgement.verdict.value,
        "points": rounded(case.points, 2),
        "max_points": rounded(case.max_points, 2),
        "finding": None if finding is None else finding.to_json(),
        "cpu_s": round(case.cpu_s, 4),
    }
