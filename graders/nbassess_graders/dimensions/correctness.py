"""Correctness: the points of each tag are shared equally by its cases, and a case earns its share or nothing.

Shares are exact fractions; only what is shown is rounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from nbassess_graders.assessment import Case, Problem
from nbassess_graders.checker.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScore:
    """Hold what one case earned out of what it could."""

    case: Case
    judgement: Judgement
    points: Fraction
    max_points: Fraction
    cpu_s: float


def shares(problem: Problem, cases: Sequence[Case]) -> dict[str, Fraction]:
    """Return what each case is worth, by name."""
    counts = Counter(case.tag for case in cases)
    return {case.name: Fraction(problem.points_by_tag[case.tag], counts[case.tag]) for case in cases}


def score_cases(
    problem: Problem, cases: Sequence[Case], judgements: Mapping[str, Judgement], cpu_s: Mapping[str, float]
) -> tuple[CaseScore, ...]:
    """Return the score of every case, in the authors' order."""
    worth = shares(problem, cases)
    return tuple(
        CaseScore(
            case=case,
            judgement=judgements[case.name],
            points=worth[case.name] if judgements[case.name].verdict is Verdict.OK else Fraction(0),
            max_points=worth[case.name],
            cpu_s=cpu_s.get(case.name, 0.0),
        )
        for case in cases
    )


def earned(scores: Sequence[CaseScore]) -> Fraction:
    """Return the points of all cases together."""
    return sum((score.points for score in scores), Fraction(0))
