"""Frames: one row per thing, nothing filled in, the same columns with and without rows."""

from __future__ import annotations

from random import Random
from typing import Any, cast

import pandas as pd
import pytest
from nbassess_dashboards import frames
from nbassess_dashboards.activity import activity_of, parse_records
from nbassess_dashboards.api import Cohort, Record, Report
from nbassess_dashboards.errors import RecordingError
from nbassess_dashboards.timeline import sitting_timeline
from nbassess_events.replay import Replay

from tests.unit.dashboards.scribe import Scribe
from tests.unit.dashboards.synthetic_cohort import synthetic_fixture

EMPTY = cast("Cohort", {"assessment": {}, "sittings": [], "reports": []})


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return cast("Cohort", synthetic_fixture(5).cohort("analyst-screening"))


def sitting(**fields: Any) -> dict[str, Any]:
    return {"id": "s-1", "candidate": "Ada", "status": "submitted", "is_synthetic": False, **fields}


def test_cohort_has_a_row_per_sitting_in_the_order_of_the_service(cohort: Cohort) -> None:
    frame = frames.cohort_frame(cohort)
    assert list(frame["sitting"]) == [item["id"] for item in cohort["sittings"]]
    assert list(frame["is_graded"]) == [True, True, True, False, False]
    assert list(frame["is_finished"]) == [True, True, True, True, False]
    assert frame["is_synthetic"].all()


def test_sitting_without_report_has_no_score_rather_than_zero(cohort: Cohort) -> None:
    ungraded = frames.cohort_frame(cohort).iloc[3]
    assert pd.isna(ungraded["score"])
    assert pd.isna(ungraded["points"])


def test_minutes_are_known_only_of_ended_sittings() -> None:
    ended = sitting(started_ms=0, ended_ms=90_000)
    running = sitting(id="s-2", status="running", started_ms=0, ended_ms=None)
    frame = frames.cohort_frame(cast("Cohort", {"assessment": {}, "sittings": [ended, running], "reports": []}))
    assert frame["minutes"].iloc[0] == 1.5
    assert pd.isna(frame["minutes"].iloc[1])


@pytest.mark.parametrize("make", [frames.cohort_frame, frames.problems_frame, frames.dimensions_frame])
def test_columns_and_types_do_not_depend_on_whether_there_are_rows(make: Any, cohort: Cohort) -> None:
    assert make(EMPTY).dtypes.to_dict() == make(cohort).dtypes.to_dict()


def test_newest_of_two_reports_counts() -> None:
    older, newer = {"sitting": "s-1", "graded_ms": 1, "score": 0.2}, {"sitting": "s-1", "graded_ms": 2, "score": 0.9}
    cohort = cast("Cohort", {"assessment": {}, "sittings": [sitting()], "reports": [newer, older]})
    assert frames.cohort_frame(cohort)["score"].tolist() == [0.9]


def test_namesakes_are_told_apart() -> None:
    named = frames.unique_names([("s-aaaa1111", "Kim"), ("s-bbbb2222", "Kim"), ("s-cccc3333", "Lee")])
    assert [name for _, name in named] == ["Kim (1111)", "Kim (2222)", "Lee"]


def test_cases_keep_their_finding_and_findings_keep_their_place() -> None:
    finding = {"code": "F841", "message": "never used", "cell": "a-answer", "line": 3}
    case = {"name": "empty", "tag": "edge", "verdict": "WRONG", "points": 0, "max_points": 2, "cpu_s": 0.1}
    problem = {
        "slug": "a",
        "title": "A",
        "points": 0,
        "max_points": 2,
        "seconds": 30,
        "dimensions": {"quality": {"score": 0.5, "findings": [finding]}},
        "cases": [case | {"finding": {"code": "wrong", "message": "row 2 differs"}}, case | {"finding": None}],
    }
    report = cast("Report", {"sitting": "s-1", "problems": [problem]})
    assert frames.cases_frame(report)["finding"].tolist() == ["row 2 differs", ""]
    assert frames.findings_frame(report)[["code", "cell", "line"]].values.tolist() == [["F841", "a-answer", 3]]
    assert frames.report_problems_frame(report)[["share", "minutes"]].values.tolist() == [[0.0, 0.5]]


def recorded(scribe: Scribe) -> list[Record]:
    return cast("list[Record]", scribe.records)


def scribe() -> Scribe:
    made = Scribe(random=Random(1), now_ms=1_000_000)
    made.load_page()
    made.open("a.ipynb", [{"id": "c", "cell_type": "code", "source": ""}])
    return made


def test_typing_is_counted_by_minute_and_source() -> None:
    made = scribe()
    made.add("edit", path="a.ipynb", cell="c", source="type", ops=[[0, 0, "abc"]])
    made.wait(61)
    made.add("edit", path="a.ipynb", cell="c", source="paste", ops=[[0, 2, "xyzxyz"]])
    typing = activity_of(Replay(parse_records(recorded(made)))).typing
    assert typing.to_dict("records") == [
        {"minute": 0.0, "source": "type", "inserted": 3, "deleted": 0},
        {"minute": 1.0, "source": "paste", "inserted": 6, "deleted": 2},
    ]


def test_time_away_runs_from_blur_to_focus_and_through_hidden() -> None:
    made = scribe()
    made.wait(60)
    made.add("focus", state="blur")
    made.add("focus", state="hidden")
    made.wait(60)
    made.add("focus", state="visible")
    made.wait(60)
    made.add("focus", state="focus")
    away = activity_of(Replay(parse_records(recorded(made)))).away
    assert away.round(1).to_numpy().tolist() == [[1.0, 3.0]]


def test_page_that_is_left_until_the_end_counts_as_away_until_the_end() -> None:
    made = scribe()
    made.add("focus", state="hidden")
    made.wait(120)
    made.add("saved", path="a.ipynb")
    assert activity_of(Replay(parse_records(recorded(made)))).away.round(1).to_numpy().tolist() == [[0.0, 2.0]]


def test_recording_without_focus_events_does_not_claim_that_nobody_left() -> None:
    made = Scribe(random=Random(1), now_ms=1_000_000)
    made.client = "0" * 16
    made.add("client_started", recorder="0.1.0", lab="4.6.6")
    made.open("a.ipynb", [{"id": "c", "cell_type": "code", "source": ""}])
    made.add("edit", path="a.ipynb", cell="c", source="type", ops=[[0, 0, "abc"]])
    activity = activity_of(Replay(parse_records(recorded(made))))
    assert not activity.is_focus_recorded
    assert "focus of the page not recorded" in sitting_timeline(activity).summary


def test_record_that_cannot_be_read_is_named() -> None:
    made = scribe()
    made.records[1]["event"]["type"] = "telepathy"
    with pytest.raises(RecordingError, match=r"record 2 of 3 .*telepathy"):
        parse_records(recorded(made))


def test_activity_of_nothing_is_empty() -> None:
    activity = activity_of(Replay(()))
    assert activity.minutes == 0
    assert activity.typing.empty
    assert activity.executions.empty
    assert activity.away.empty
