"""The page of one sitting: scores, cases, findings, course, replay, integrity of the recording, submitted documents."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped] # ipywidgets ships no types
from nbassess_events.replay import Replay

from nbassess_dashboards import page
from nbassess_dashboards.activity import activity_of, parse_records
from nbassess_dashboards.address import PageAddress
from nbassess_dashboards.api import Report, Sitting, Submission
from nbassess_dashboards.attendant import Attendant
from nbassess_dashboards.client import Client, Recording
from nbassess_dashboards.cohort import NO_SITTINGS, STATUS_WORDS
from nbassess_dashboards.errors import DashboardError
from nbassess_dashboards.evidence import documents_html, flags_of, integrity_of, service_says
from nbassess_dashboards.figures import dimension_bars
from nbassess_dashboards.frames import FINISHED, minutes_of, report_dimensions_frame
from nbassess_dashboards.opening import Workbench
from nbassess_dashboards.packing import Packing
from nbassess_dashboards.place import COHORT_NOTEBOOK, Place, place_of
from nbassess_dashboards.replay import Shown, replay_player
from nbassess_dashboards.report_tables import cases_table, findings_table, problems_table
from nbassess_dashboards.tables import one_decimal, per_cent, whole_or_dash
from nbassess_dashboards.timeline import sitting_timeline

NOT_GRADED = "This sitting has not been graded yet. Scores, cases and findings appear here when its report exists."
STILL_RUNNING = "This sitting has not ended yet. It is graded when the candidate submits or the time is over."


def candidate_view(client: Client | None = None, environ: Mapping[str, str] | None = None) -> Any:
    """Return the page of one sitting: the one that the address names (?sitting=…), else the first of the list."""
    return CandidatePage(client, os.environ if environ is None else environ).widget


class CandidatePage:
    """A picker of sittings and the evidence about the picked one."""

    def __init__(self, client: Client | None, environ: Mapping[str, str]) -> None:
        """Load the list of sittings and show one; a failure is shown on the page."""
        self.place = place_of(environ)
        self.wanted = self.place.query.get("sitting")
        self.address = PageAddress(sitting=self.wanted or "")
        self.content = widgets.VBox([])
        self.picker = widgets.Dropdown(description="Sitting", options=[], style={"description_width": "initial"})
        back = [page.link("← Cohort", COHORT_NOTEBOOK)] if self.place.is_app else []
        head = widgets.HBox([*back, self.picker])
        head.add_class("nbd-picker")
        self.widget = page.page(head, self.address, self.content)
        with page.loading(self.content, "the list of sittings") as content:
            self.client = client or Client.from_environment(environ)
            self._fill_picker()
            content.append(page.paragraph(self._why_empty(), "note"))
        if self.picker.value is not None:
            self._show(str(self.picker.value))
        self.picker.observe(lambda change: self._show(str(change["new"])), names="value")
        self.address.observe(lambda change: self._go(str(change["new"])), names="sitting")

    def _go(self, sitting: str) -> None:
        """Show the sitting that the browser's address names, if this role sees it."""
        if sitting in [value for _, value in self.picker.options]:
            self.picker.value = sitting

    def _fill_picker(self) -> None:
        options = sitting_options(self.client.sittings())
        values = [value for _, value in options]
        first = self.wanted if self.wanted in values else None if self.wanted else next(iter(values), None)
        self.picker.options = [("Choose a sitting", None), *options]
        self.picker.value = first

    def _why_empty(self) -> str:
        if self.wanted:
            return (
                f"There is no sitting {self.wanted!r}, or your role does not show it to you. Choose one from the list."
            )
        return NO_SITTINGS

    def _show(self, sitting: str) -> None:
        with page.loading(self.content, f"sitting {sitting}") as content:
            content.extend(sitting_content(self.client, sitting, self.place))


def sitting_options(sittings: Sequence[Sitting]) -> list[tuple[str, str]]:
    """Return (label, id) of every sitting, by assessment and candidate."""
    ordered = sorted(
        sittings, key=lambda item: (str(item.get("assessment")), str(item.get("candidate")), str(item.get("id")))
    )
    return [(_label(sitting), str(sitting.get("id", ""))) for sitting in ordered]


def _label(sitting: Sitting) -> str:
    status = str(sitting.get("status", ""))
    parts = [str(sitting.get("candidate", "")), str(sitting.get("assessment", "")), STATUS_WORDS.get(status, status)]
    return " · ".join(
        [*parts, *(["synthetic"] if sitting.get("is_synthetic") else []), str(sitting.get("id", ""))[-6:]]
    )


def sitting_content(client: Client, sitting_id: str, place: Place) -> list[Any]:
    """Return the widgets of one sitting. What one role may not read is said in its place; the rest is shown."""
    sitting = client.sitting(sitting_id)
    report = client.report(sitting_id)
    return [
        *_header(sitting, report),
        *(_results(report) if report else [page.paragraph(_why_no_report(sitting), "note")]),
        *_recorded(client, sitting, place),
    ]


def _why_no_report(sitting: Sitting) -> str:
    if sitting.get("status") not in FINISHED:
        return STILL_RUNNING
    job = sitting.get("job") or {}
    state = (
        f" Grading job: {job.get('state')}{', ' if job.get('error') else ''}{job.get('error') or ''}." if job else ""
    )
    return NOT_GRADED + state


def _header(sitting: Sitting, report: Report | None) -> list[Any]:
    is_synthetic = bool(sitting.get("is_synthetic"))
    status = str(sitting.get("status", ""))
    minutes = minutes_of(sitting)
    title = str((report or {}).get("assessment", {}).get("title") or sitting.get("assessment", ""))
    figures = [("Status", STATUS_WORDS.get(status, status)), ("Time", f"{one_decimal(minutes)} min")]
    if report:
        points = f"{whole_or_dash(report.get('points'))} of {whole_or_dash(report.get('max_points'))}"
        figures = [("Score", per_cent(report.get("score"))), ("Points", points), *figures]
    return [
        page.heading(1, str(sitting.get("candidate", "")), "Synthetic data" if is_synthetic else ""),
        page.paragraph(f"{title}, version {sitting.get('assessment_version', '–')}", "soft"),
        *page.synthetic_note(int(is_synthetic), 1),
        page.tiles(figures),
        page.facts(_origin(sitting, report)),
    ]


def _origin(sitting: Sitting, report: Report | None) -> list[tuple[str, str]]:
    """Say where the numbers come from: sitting, times, submission, graders."""
    entries = [
        ("Sitting", str(sitting.get("id", ""))),
        ("Started", page.when(sitting.get("started_ms"))),
        ("Ended", page.when(sitting.get("ended_ms"))),
    ]
    if report:
        grader = report.get("grader", {})
        entries += [
            ("Graded", page.when(report.get("graded_ms"))),
            ("Submission", str(report.get("submission", "–"))),
            ("Graders", f"nbassess {grader.get('version', '–')}, Python {grader.get('python', '–')}"),
            ("Environment", str(grader.get("rootfs_digest") or "–")),
        ]
    return entries


def _results(report: Report) -> list[Any]:
    return [
        page.section(
            "Scores", page.chart_panel(dimension_bars(report_dimensions_frame(report))), problems_table(report)
        ),
        page.section("Cases", cases_table(report)),
        page.section("Findings", findings_table(report)),
    ]


def _recorded(client: Client, sitting: Sitting, place: Place) -> list[Any]:
    sitting_id = str(sitting.get("id", ""))
    try:
        recording = client.recording(sitting_id)
        return _recording_sections(client, sitting, recording, place)
    except DashboardError as error:
        return [page.section("Recording", page.paragraph(str(error), "alert"))]


def _recording_sections(client: Client, sitting: Sitting, recording: Recording, place: Place) -> list[Any]:
    packing = Packing(parse_records(recording.records))
    replay = Replay(packing.records)
    flags = packing.flags(is_running=sitting.get("status") not in FINISHED)
    submission = client.submission(recording.sitting)
    shown = (
        page.markup(documents_html(submission)) if submission else page.paragraph("Nothing was submitted yet.", "note")
    )
    return [
        page.section("Replay", _player(client, sitting, packing, place)),
        page.section("Course of the sitting", page.chart_panel(sitting_timeline(activity_of(replay), flags))),
        page.section("Integrity of the recording", *_integrity(client, recording, replay, submission, flags)),
        page.section("Submitted documents", shown),
    ]


def _player(client: Client, sitting: Sitting, packing: Packing, place: Place) -> Any:
    """Return the replay, with somebody to answer what it asks."""
    sitting_id, candidate = str(sitting.get("id", "")), str(sitting.get("candidate", ""))
    is_running = sitting.get("status") not in FINISHED
    workbench = Workbench(root=place.root, folder=place.folder, candidate=candidate) if place.root else None
    attendant = Attendant(client, sitting_id, packing, workbench, is_running=is_running)
    shown = Shown(
        sitting=sitting_id,
        candidate=candidate,
        is_synthetic=bool(sitting.get("is_synthetic")),
        is_running=is_running,
        can_open=workbench is not None,
        notebook=place.notebook,
    )
    return replay_player(packing, shown, attendant.answer)


def _integrity(
    client: Client, recording: Recording, replay: Replay, submission: Submission | None, flags: Sequence[dict[str, Any]]
) -> list[Any]:
    """Return what can be said for certain: checked here, verified and signed by the service, seen by the witnesses."""
    lines = integrity_of(recording, replay, submission)
    lines += service_says(client.integrity(recording.sitting), recording, replay.records)
    found = flags_of(flags) if replay.records else []
    return [
        *(page.paragraph(line.text, "good" if line.is_good else "alert") for line in lines),
        *(page.paragraph(line.text, "good" if line.is_good else "note") for line in found),
    ]
