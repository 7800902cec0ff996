"""The cohort page: all sittings of one assessment, as a table and as figures."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped] # ipywidgets ships no types
import pandas as pd

from nbassess_dashboards import page
from nbassess_dashboards.api import Assessment, Cohort, Sitting
from nbassess_dashboards.client import Client
from nbassess_dashboards.figures import POINTS_MEASURE, score_distribution, score_heat_map, time_per_problem
from nbassess_dashboards.frames import cohort_frame, dimensions_frame, problems_frame
from nbassess_dashboards.place import Place, place_of
from nbassess_dashboards.tables import Column, RecordsTable, one_decimal, per_cent, records_table, whole_or_dash

AssessmentVersion = tuple[str, int]

STATUS_WORDS = {
    "created": "not started",
    "starting": "starting",
    "running": "working",
    "submitted": "submitted",
    "collected": "collected at the deadline",
}
EMPTY = "No finished sittings yet. A sitting appears here when its candidate submits or its time is over."

NO_SITTINGS = "No sittings yet. An assessment appears here when its first candidate starts."


def cohort_view(client: Client | None = None, environ: Mapping[str, str] | None = None) -> Any:
    """Return the cohort page as a widget. Without a client it is made from the environment of this server."""
    return CohortPage(client, os.environ if environ is None else environ).widget


class CohortPage:
    """A picker of assessments and the cohort of the picked one."""

    def __init__(self, client: Client | None, environ: Mapping[str, str]) -> None:
        """Load the list of assessments and the first cohort; a failure is shown on the page."""
        self.place = place_of(environ)
        self.content = widgets.VBox([])
        self.picker = widgets.Dropdown(description="Assessment", options=[], style={"description_width": "initial"})
        head = widgets.HBox([self.picker])
        head.add_class("nbd-picker")
        self.widget = page.page(page.heading(1, "Cohort"), head, self.content)
        with page.loading(self.content, "the list of assessments") as content:
            self.client = client or Client.from_environment(environ)
            self._fill_picker()
            content.append(page.paragraph(NO_SITTINGS, "note"))
        if self.picker.value is not None:
            self.picker.observe(lambda change: self._show(change["new"]), names="value")
            self._show(self.picker.value)

    def _fill_picker(self) -> None:
        options = assessment_options(self.client.assessments(), self.client.sittings())
        self.picker.options = options
        values = [value for _, value in options]
        wanted = [value for value in values if value[0] == self.place.query.get("assessment")]
        self.picker.value = next(iter([*wanted, *values]), None)

    def _show(self, assessment: AssessmentVersion) -> None:
        with page.loading(self.content, f"the cohort of {assessment[0]}") as content:
            content.extend(cohort_content(self.client.cohort(*assessment), self.place))


def assessment_options(
    assessments: Sequence[Assessment], sittings: Sequence[Sitting]
) -> list[tuple[str, AssessmentVersion]]:
    """Return (label, version) of every assessment version that has sittings, the one with most sittings first."""
    counts = Counter((str(item.get("assessment", "")), int(item.get("assessment_version", 1))) for item in sittings)
    titles = {str(assessment.get("id", "")): str(assessment.get("title", "")) for assessment in assessments}
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return [(f"{titles.get(key[0]) or key[0]}, version {key[1]} · {_sittings(counts[key])}", key) for key in ordered]


def _sittings(count: int) -> str:
    return "1 sitting" if count == 1 else f"{count} sittings"


def cohort_content(cohort: Cohort, place: Place) -> list[Any]:
    """Return the widgets of one cohort."""
    frame = cohort_frame(cohort)
    content = page.synthetic_note(int(frame["is_synthetic"].sum()), len(frame))
    content.append(_tiles(frame))
    if not frame["is_finished"].any():
        content.append(page.paragraph(EMPTY, "note"))
    content.append(page.section("Sittings", _table(frame, place)))
    if frame["is_graded"].any():
        content.append(page.section("Results", *_figures(cohort, frame)))
    return content


def _tiles(frame: pd.DataFrame) -> Any:
    scores, minutes = frame["score"].dropna(), frame["minutes"].dropna()
    return page.tiles(
        [
            ("Sittings", str(len(frame))),
            ("Finished", str(int(frame["is_finished"].sum()))),
            ("Graded", str(int(frame["is_graded"].sum()))),
            ("Median score", per_cent(scores.median()) if len(scores) else "–"),
            ("Median time", f"{minutes.median():.0f} min" if len(minutes) else "–"),
        ]
    )


def _table(frame: pd.DataFrame, place: Place) -> RecordsTable:
    columns = [
        Column(name="candidate", title="Candidate"),
        Column(name="status", title="Status", write=lambda value: STATUS_WORDS.get(str(value), str(value))),
        Column(name="score", title="Score", write=per_cent, is_number=True),
        Column(name="points", title="Points", write=whole_or_dash, is_number=True),
        Column(name="max_points", title="of", write=whole_or_dash, is_number=True),
        Column(name="minutes", title="Minutes", write=one_decimal, is_number=True),
        Column(name="is_synthetic", title="Data", write=lambda value: "synthetic" if value else "person"),
    ]
    return records_table(
        frame,
        columns,
        caption="Sittings of this assessment. Choose a candidate's name to open the sitting.",
        empty="This assessment has no sittings yet. Invite a candidate to begin.",
        key="sitting",
        link=place.link_to_candidate,
    )


def _figures(cohort: Cohort, frame: pd.DataFrame) -> list[Any]:
    problems = problems_frame(cohort)
    row = widgets.Box([page.chart_panel(score_distribution(frame)), page.chart_panel(time_per_problem(problems))])
    row.add_class("nbd-row")
    return [row, _heat_map(problems, dimensions_frame(cohort))]


def _heat_map(problems: pd.DataFrame, dimensions: pd.DataFrame) -> Any:
    """Return the heat map with a choice of what it shows."""
    frames = {POINTS_MEASURE: problems.assign(score=problems["share"])}
    frames |= {str(name): group for name, group in dimensions.groupby("dimension", sort=False)}
    choice = widgets.Dropdown(description="Show", options=list(frames), style={"description_width": "initial"})
    panel = widgets.VBox([page.chart_panel(score_heat_map(frames[POINTS_MEASURE]))])

    def redraw(change: dict[str, str]) -> None:
        panel.children = (page.chart_panel(score_heat_map(frames[change["new"]], change["new"])),)

    choice.observe(redraw, names="value")
    return widgets.VBox([choice, panel])
