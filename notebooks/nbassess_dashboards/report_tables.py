"""The tables of one report: problems, cases, findings."""

from nbassess_dashboards.api import Report
from nbassess_dashboards.frames import cases_frame, findings_frame, report_problems_frame
from nbassess_dashboards.tables import Column, RecordsTable, one_decimal, per_cent, plain, records_table, whole_or_dash

VERDICT_WORDS = {
    "OK": "passed",
    "WRONG": "wrong answer",
    "RUNTIME": "error while running",
    "TIMEOUT": "out of time",
    "MEMORY": "out of memory",
    "OUTPUT": "unusable output",
    "DISK": "out of disk",
    "TAMPER": "tampering",
    "INFRA": "not graded: our failure",
}


def verdict_words(value: object) -> str:
    """Write a verdict as the code and what it means."""
    words = VERDICT_WORDS.get(str(value))
    return f"{value} ({words})" if words else str(value)


def verdict_tone(value: object) -> str:
    """A case that was never judged is neither good nor bad."""
    return {"OK": "good", "INFRA": "note"}.get(str(value), "bad")


def problems_table(report: Report) -> RecordsTable:
    """Points and time of every problem."""
    columns = [
        Column(name="problem", title="Problem"),
        Column(name="points", title="Points", write=whole_or_dash, is_number=True),
        Column(name="max_points", title="of", write=whole_or_dash, is_number=True),
        Column(name="share", title="Share", write=per_cent, is_number=True),
        Column(name="minutes", title="Minutes on it", write=one_decimal, is_number=True),
    ]
    return records_table(
        report_problems_frame(report),
        columns,
        caption="Points and time by problem",
        empty="No problems.",
        can_filter=False,
    )


def cases_table(report: Report) -> RecordsTable:
    """Every test case with its verdict and what was found."""
    columns = [
        Column(name="case", title="Case"),
        Column(name="problem", title="Problem"),
        Column(name="tag", title="Kind"),
        Column(name="verdict", title="Verdict", write=verdict_words, tone=verdict_tone),
        Column(name="points", title="Points", write=whole_or_dash, is_number=True),
        Column(name="max_points", title="of", write=whole_or_dash, is_number=True),
        Column(name="cpu_s", title="CPU s", write=_seconds, is_number=True),
        Column(name="finding", title="What was found"),
    ]
    return records_table(cases_frame(report), columns, caption="Test cases", empty="This report has no cases.")


def _seconds(value: object) -> str:
    text = plain(value)
    return f"{float(text):.2f}" if text else "–"


def findings_table(report: Report) -> RecordsTable:
    """Every finding about the work, with the cell and line it is about."""
    columns = [
        Column(name="problem", title="Problem"),
        Column(name="dimension", title="Dimension"),
        Column(name="message", title="Finding"),
        Column(name="code", title="Code"),
        Column(name="cell", title="Cell"),
        Column(name="line", title="Line", write=plain, is_number=True),
    ]
    return records_table(findings_frame(report), columns, caption="Findings", empty="Nothing was found to remark on.")
