"""Figures: the same numbers in plot, sentence and table; titles, units, and colours that can be told apart."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest
from nbassess_dashboards import frames, palette
from nbassess_dashboards.activity import activity_of, parse_records
from nbassess_dashboards.api import Cohort, Record, Report
from nbassess_dashboards.figures import (
    Chart,
    dimension_bars,
    score_distribution,
    score_heat_map,
    time_per_problem,
    wrap,
)
from nbassess_dashboards.timeline import sitting_timeline
from nbassess_events.replay import Replay

from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture


@pytest.fixture(scope="module")
def fixture() -> Fixture:
    return synthetic_fixture(8)


@pytest.fixture(scope="module")
def charts(fixture: Fixture) -> dict[str, Chart]:
    cohort = cast("Cohort", fixture.cohort("analyst-screening"))
    problems = frames.problems_frame(cohort)
    records = parse_records(cast("list[Record]", fixture.recordings[fixture.sittings[0]["id"]]))
    return {
        "scores": score_distribution(frames.cohort_frame(cohort)),
        "times": time_per_problem(problems),
        "grid": score_heat_map(problems.assign(score=problems["share"])),
        "dimensions": dimension_bars(frames.report_dimensions_frame(cast("Report", fixture.reports[0]))),
        "timeline": sitting_timeline(activity_of(Replay(records))),
    }


@pytest.mark.parametrize("name", ["scores", "times", "grid", "dimensions", "timeline"])
def test_every_chart_has_a_title_a_sentence_a_table_and_a_figure_that_is_json(
    charts: dict[str, Chart], name: str
) -> None:
    chart = charts[name]
    assert chart.title
    assert chart.summary.endswith(".")
    assert not chart.table.empty
    assert json.loads(chart.figure.to_json())["data"]


@pytest.mark.parametrize(
    ("name", "axis", "title"),
    [
        ("scores", "xaxis", "Score (per cent)"),
        ("scores", "yaxis", "Sittings"),
        ("times", "xaxis", "Time on the problem (minutes)"),
        ("dimensions", "xaxis", "Score (per cent)"),
        ("timeline", "yaxis", "Characters per minute"),
        ("timeline", "xaxis2", "Minutes since the recording began"),
    ],
)
def test_axes_name_their_unit(charts: dict[str, Chart], name: str, axis: str, title: str) -> None:
    assert charts[name].figure.layout[axis].title.text == title


def test_distribution_counts_every_graded_sitting_once(charts: dict[str, Chart], fixture: Fixture) -> None:
    assert charts["scores"].table["sittings"].sum() == len(fixture.reports)
    assert sum(charts["scores"].figure.data[0].y) == len(fixture.reports)


def test_scores_at_the_borders_fall_into_the_first_and_last_bin(fixture: Fixture) -> None:
    frame = frames.cohort_frame(cast("Cohort", fixture.cohort("analyst-screening"))).head(2).assign(score=[0.0, 1.0])
    assert score_distribution(frame).table["sittings"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_one_sitting_and_one_problem_are_told_in_the_singular(fixture: Fixture) -> None:
    cohort = cast("Cohort", fixture.cohort("analyst-screening"))
    frame = frames.cohort_frame(cohort).head(1).assign(score=[0.5])
    assert score_distribution(frame).summary == "1 graded sitting scores 50%."
    problems = frames.problems_frame(cohort)
    alone = problems[problems["problem"] == problems["problem"].iloc[0]].assign(minutes=4.0)
    assert time_per_problem(alone).summary == f"By the median, {alone['problem'].iloc[0]} took 4.0 minutes."


def test_heat_map_is_sorted_by_result_and_leaves_unknown_cells_empty(fixture: Fixture) -> None:
    problems = frames.problems_frame(cast("Cohort", fixture.cohort("analyst-screening")))
    scores = problems.assign(score=problems["share"])
    scores.loc[0, "score"] = np.nan
    chart = score_heat_map(scores)
    means = np.nanmean(chart.figure.data[0].z, axis=1)
    assert list(means) == sorted(means, reverse=True)
    assert np.isnan(chart.figure.data[0].z).sum() == 1


def test_candidates_who_share_a_name_keep_a_row_each() -> None:
    cohort = cast("Cohort", synthetic_fixture(8).cohort("analyst-screening"))
    for sitting in cohort["sittings"][:2]:
        sitting["candidate"] = "Kim Example"
    problems = frames.problems_frame(cohort)
    chart = score_heat_map(problems.assign(score=problems["share"]))
    rows = list(chart.figure.data[0].y)
    ends = [str(sitting["id"])[-4:] for sitting in cohort["sittings"][:2]]
    assert len(rows) == len(cohort["reports"])
    assert {f"Kim Example ({end})" for end in ends} <= set(rows)
    assert len(set(rows)) == len(rows)


def test_timeline_shows_typed_and_pasted_and_both_outcomes_of_runs(charts: dict[str, Chart]) -> None:
    assert {trace.name for trace in charts["timeline"].figure.data} == {
        "typed",
        "pasted",
        "run ok",
        "run failed",
        "page not in focus",
    }


def test_timeline_frames_where_the_record_is_incomplete(fixture: Fixture) -> None:
    records = parse_records(cast("list[Record]", fixture.recordings[fixture.sittings[0]["id"]]))
    flags = [
        {"kind": "gap", "from_ms": 60_000, "to_ms": 120_000},
        {"kind": "outside_change", "from_ms": 5, "to_ms": 5},
    ]
    chart = sitting_timeline(activity_of(Replay(records)), flags)
    spans = [(shape.x0, shape.x1) for shape in chart.figure.layout.shapes if shape.line.dash == "dot"]
    assert set(spans) == {(1.0, 2.0)}
    assert chart.summary.endswith("record incomplete in 1 place.")
    assert "record incomplete" in {trace.name for trace in chart.figure.data}


def test_timeline_table_adds_up_to_what_was_recorded(charts: dict[str, Chart], fixture: Fixture) -> None:
    records = fixture.recordings[fixture.sittings[0]["id"]]
    pasted = sum(
        len(op[2]) for record in records if record["event"].get("source") == "paste" for op in record["event"]["ops"]
    )
    runs = sum(record["event"]["type"] == "execution_finished" for record in records)
    table = charts["timeline"].table
    assert table["pasted"].sum() == pasted
    assert table["runs ok"].sum() + table["runs failed"].sum() == runs


@pytest.mark.parametrize("chart", [score_distribution, time_per_problem])
def test_charts_of_nothing_say_so(chart: Any) -> None:
    empty = cast("Cohort", {"assessment": {}, "sittings": [], "reports": []})
    frame = frames.cohort_frame(empty) if chart is score_distribution else frames.problems_frame(empty)
    assert "yet" in chart(frame).summary


def test_timeline_of_nothing_says_so() -> None:
    assert sitting_timeline(activity_of(Replay(()))).summary == "Nothing was recorded."


def relative_luminance(colour: str) -> float:
    """WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", sorted({*palette.SOURCE_COLOURS.values(), palette.GREEN, palette.OLIVE}))
def test_colours_that_carry_meaning_hold_three_to_one_on_light_and_dark_pages(colour: str) -> None:
    """WCAG 2.2 SC 1.4.11. #212121 is the darkest page of JupyterLab's dark theme on which figures stand."""
    luminance = relative_luminance(colour)
    assert 1.05 / (luminance + 0.05) >= 3
    assert (luminance + 0.05) / (relative_luminance("#212121") + 0.05) >= 3


def test_labels_cannot_carry_markup_into_the_figure() -> None:
    assert wrap("<a href='x'>join & merge</a>") == "&lt;a href='x'>join<br>&amp; merge&lt;/a>"
