"""Turn the API's JSON into data frames: pure functions, one row per thing, units in the column names.

Nothing is filled in: a sitting without a report has no score (NaN), never zero. Rows keep the order of the API.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from nbassess_dashboards.api import Cohort, Finding, ProblemReport, Report, Sitting

MINUTE_MS = 60_000
FINISHED = ("submitted", "collected")

COHORT_COLUMNS = {
    "sitting": "str",
    "candidate": "str",
    "status": "str",
    "score": "float64",
    "points": "float64",
    "max_points": "float64",
    "minutes": "float64",
    "is_graded": "bool",
    "is_finished": "bool",
    "is_synthetic": "bool",
}
PROBLEM_COLUMNS = {
    "sitting": "str",
    "candidate": "str",
    "slug": "str",
    "problem": "str",
    "points": "float64",
    "max_points": "float64",
    "share": "float64",
    "minutes": "float64",
}
DIMENSION_COLUMNS = {"sitting": "str", "candidate": "str", "problem": "str", "dimension": "str", "score": "float64"}
CASE_COLUMNS = {
    "problem": "str",
    "case": "str",
    "tag": "str",
    "verdict": "str",
    "points": "float64",
    "max_points": "float64",
    "finding": "str",
    "cpu_s": "float64",
}
FINDING_COLUMNS = {
    "problem": "str",
    "dimension": "str",
    "code": "str",
    "message": "str",
    "cell": "str",
    "line": "Int64",
}


def cohort_frame(cohort: Cohort) -> pd.DataFrame:
    """One row per sitting, graded or not."""
    reports = reports_by_sitting(cohort["reports"])
    rows = [_cohort_row(sitting, reports.get(str(sitting.get("id")))) for sitting in cohort["sittings"]]
    return _frame(rows, COHORT_COLUMNS)


def _cohort_row(sitting: Sitting, report: Report | None) -> dict[str, object]:
    source: Mapping[str, object] = report if report is not None else {}
    status = sitting.get("status", "")
    return {
        "sitting": sitting.get("id", ""),
        "candidate": sitting.get("candidate", ""),
        "status": status,
        "score": source.get("score"),
        "points": source.get("points"),
        "max_points": source.get("max_points"),
        "minutes": minutes_of(sitting),
        "is_graded": report is not None,
        "is_finished": status in FINISHED,
        "is_synthetic": bool(sitting.get("is_synthetic", False)),
    }


def reports_by_sitting(reports: Iterable[Report]) -> dict[str, Report]:
    """Index reports by their sitting; of two reports for one sitting the later graded one counts."""
    found: dict[str, Report] = {}
    for report in reports:
        sitting = str(report.get("sitting", ""))
        known = found.get(sitting)
        if known is None or report.get("graded_ms", 0) >= known.get("graded_ms", 0):
            found[sitting] = report
    return found


def minutes_of(sitting: Sitting) -> float | None:
    """Return how long a sitting took, None while it runs."""
    started, ended = sitting.get("started_ms"), sitting.get("ended_ms")
    return None if started is None or ended is None else (ended - started) / MINUTE_MS


def problems_frame(cohort: Cohort) -> pd.DataFrame:
    """One row per sitting and problem, for graded sittings."""
    rows = [
        {"sitting": sitting, "candidate": candidate, **_problem_row(problem)}
        for sitting, candidate, report in _graded(cohort)
        for problem in report.get("problems", [])
    ]
    return _frame(rows, PROBLEM_COLUMNS)


def report_problems_frame(report: Report) -> pd.DataFrame:
    """One row per problem of one report."""
    columns = {name: kind for name, kind in PROBLEM_COLUMNS.items() if name not in ("sitting", "candidate")}
    return _frame([_problem_row(problem) for problem in report.get("problems", [])], columns)


def _problem_row(problem: ProblemReport) -> dict[str, object]:
    points, maximum = problem.get("points"), problem.get("max_points")
    seconds = problem.get("seconds")
    return {
        "slug": problem.get("slug", ""),
        "problem": title_of(problem),
        "points": points,
        "max_points": maximum,
        "share": points / maximum if points is not None and maximum else None,
        "minutes": None if seconds is None else seconds / 60,
    }


def title_of(problem: ProblemReport) -> str:
    """Return what to call a problem."""
    return problem.get("title") or problem.get("slug", "")


def dimensions_frame(cohort: Cohort) -> pd.DataFrame:
    """One row per sitting, problem and dimension, for graded sittings."""
    rows = [
        {"sitting": sitting, "candidate": candidate, **row}
        for sitting, candidate, report in _graded(cohort)
        for row in _dimension_rows(report)
    ]
    return _frame(rows, DIMENSION_COLUMNS)


def report_dimensions_frame(report: Report) -> pd.DataFrame:
    """One row per problem and dimension of one report."""
    columns = {name: kind for name, kind in DIMENSION_COLUMNS.items() if name not in ("sitting", "candidate")}
    return _frame(_dimension_rows(report), columns)


def _dimension_rows(report: Report) -> list[dict[str, object]]:
    return [
        {"problem": title_of(problem), "dimension": name, "score": dimension.get("score")}
        for problem in report.get("problems", [])
        for name, dimension in problem.get("dimensions", {}).items()
    ]


def cases_frame(report: Report) -> pd.DataFrame:
    """One row per test case of one report."""
    rows = [
        {
            "problem": title_of(problem),
            "case": case.get("name", ""),
            "tag": case.get("tag", ""),
            "verdict": case.get("verdict", ""),
            "points": case.get("points"),
            "max_points": case.get("max_points"),
            "finding": (case.get("finding") or {}).get("message", ""),
            "cpu_s": case.get("cpu_s"),
        }
        for problem in report.get("problems", [])
        for case in problem.get("cases", [])
    ]
    return _frame(rows, CASE_COLUMNS)


def findings_frame(report: Report) -> pd.DataFrame:
    """One row per finding of a dimension; what a single case found stays with the case."""
    rows = [
        {"problem": title_of(problem), "dimension": name, **_finding_row(finding)}
        for problem in report.get("problems", [])
        for name, dimension in problem.get("dimensions", {}).items()
        for finding in dimension.get("findings", [])
    ]
    return _frame(rows, FINDING_COLUMNS)


def _finding_row(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.get("code", ""),
        "message": finding.get("message", ""),
        "cell": finding.get("cell") or "",
        "line": finding.get("line"),
    }


def _graded(cohort: Cohort) -> list[tuple[str, str, Report]]:
    reports = reports_by_sitting(cohort["reports"])
    names = [(str(sitting.get("id", "")), str(sitting.get("candidate", ""))) for sitting in cohort["sittings"]]
    return [(sitting, name, reports[sitting]) for sitting, name in unique_names(names) if sitting in reports]


def unique_names(names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Tell namesakes apart by the end of their sitting's id: two people must never share a row of a chart."""
    candidates = [name for _, name in names]
    return [(sitting, name if candidates.count(name) == 1 else f"{name} ({sitting[-4:]})") for sitting, name in names]


def _frame(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Build a frame whose columns and types do not depend on whether there are rows."""
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in columns}, columns=list(columns))
    return frame.astype(dict(columns))
