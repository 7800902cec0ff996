"""Look at sittings and have them graded."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from nbassess_hub.api_client import AdminClient
from nbassess_hub.console.terminal import (
    JsonOption,
    counted,
    invocation,
    print_facts,
    print_json,
    print_table,
    progress,
    say,
    when,
)
from nbassess_hub.errors import BadInput, Unavailable

sitting_app = typer.Typer(no_args_is_help=True, help="Sittings: one candidate, one assessment, one clock.")
_POLL_S = 0.5


@sitting_app.command("list")
def list_sittings(
    context: typer.Context,
    assessment: Annotated[str | None, typer.Option(help="Only sittings of this assessment.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List sittings with their status and points."""
    with invocation(context).service() as service:
        sittings = service.get("sittings", assessment=assessment)["sittings"]
    if as_json:
        print_json(sittings)
        return
    print_table(
        counted(len(sittings), "sitting"),
        ["Sitting", "Candidate", "Assessment", "Status", "Started", "Ended by", "Points", ""],
        [_row(sitting) for sitting in sittings],
    )


def _row(sitting: dict[str, Any]) -> tuple[object, ...]:
    return (
        sitting["id"],
        sitting["candidate"],
        f"{sitting['assessment']} v{sitting['assessment_version']}",
        sitting["status"],
        when(sitting["started_ms"]),
        sitting["end_reason"],
        points(sitting),
        "synthetic" if sitting["is_synthetic"] else "",
    )


def points(sitting: dict[str, Any]) -> str:
    """Write the points of a sitting, a dash while there are none."""
    return "–" if sitting.get("points") is None else f"{sitting['points']:g} of {sitting['max_points']:g}"


@sitting_app.command("show")
def show_sitting(
    context: typer.Context,
    sitting: Annotated[str, typer.Argument(help="Id of the sitting.")],
    as_json: JsonOption = False,
) -> None:
    """Show one sitting and its newest report."""
    with invocation(context).service() as service:
        found = service.get("sittings", sitting)
        report = service.report(sitting)
    if as_json:
        print_json({"sitting": found, "report": report})
        return
    print_facts(_facts(found))
    if report is not None:
        print_table(
            f"Report: {report['points']:g} of {report['max_points']:g} points, score {report['score']:.2f}",
            ["Problem", "Points", "Cases not OK", "Findings"],
            [_problem_row(problem) for problem in report["problems"]],
        )


def _facts(sitting: dict[str, Any]) -> dict[str, object]:
    facts: dict[str, object] = {
        name.removesuffix("_ms").replace("_", " "): when(value) if name.endswith("_ms") else value
        for name, value in sitting.items()
        if not isinstance(value, dict | list)
    }
    for job in sitting.get("jobs", []):
        facts[job["purpose"]] = f"{job['state']}, {counted(job['attempts'], 'attempt')} {job['error'] or ''}".strip()
    return facts


def _problem_row(problem: dict[str, Any]) -> tuple[object, ...]:
    failed = [f"{case['name']} ({case['verdict']})" for case in problem["cases"] if case["verdict"] != "OK"]
    findings = [finding["message"] for each in problem["dimensions"].values() for finding in each["findings"]]
    return (
        problem["title"],
        f"{problem['points']:g} of {problem['max_points']:g}",
        ", ".join(failed),
        "; ".join(findings[:3]) + (f"; {len(findings) - 3} more" if len(findings) > 3 else ""),
    )


def grade(
    context: typer.Context,
    sittings: Annotated[list[str] | None, typer.Argument(help="Ids of ended sittings.")] = None,
    assessment: Annotated[str | None, typer.Option(help="All ended sittings of this assessment.")] = None,
    wait_s: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the reports; 0: do not.")] = 600.0,
) -> None:
    """Grade again: each sitting gets a further report, the earlier ones are kept."""
    with invocation(context).service() as service:
        wanted = [*(sittings or []), *(_ended(service, assessment) if assessment else [])]
        if not wanted:
            raise BadInput("Nothing to grade; name sittings, or --assessment ID that has ended sittings")
        for sitting in wanted:
            service.post("sittings", sitting, "grade")
        say(f"{counted(len(wanted), 'sitting')} queued.")
        if wait_s:
            failed = wait_for_grading(service, wanted, wait_s=wait_s)
            say(f"{len(wanted) - len(failed)} graded, {len(failed)} failed.")
            if failed:
                raise Unavailable("\n".join(f"{sitting}: {reason}" for sitting, reason in failed.items()))


def _ended(service: AdminClient, assessment: str) -> list[str]:
    sittings = service.get("sittings", assessment=assessment)["sittings"]
    return [sitting["id"] for sitting in sittings if sitting["status"] in {"submitted", "collected"}]


def wait_for_grading(service: AdminClient, sittings: list[str], *, wait_s: float) -> dict[str, str]:
    """Wait until every sitting's newest job is closed; returns the reasons of those that failed.

    Raises: `Unavailable` when the time is over.
    """
    waiting, failed = list(sittings), {}
    limit = time.monotonic() + wait_s
    with progress("Grading", len(sittings)) as advance:
        while waiting:
            for sitting in list(waiting):
                job = service.get("sittings", sitting).get("job") or {}
                if job.get("state") in {"done", "failed"}:
                    waiting.remove(sitting)
                    advance()
                if job.get("state") == "failed":
                    failed[sitting] = str(job.get("error"))
            if waiting and time.monotonic() > limit:
                raise Unavailable(
                    f"{len(waiting)} of {len(sittings)} sittings are not graded after {wait_s:g} s; "
                    "look at the grading worker's log, the queue goes on by itself"
                )
            time.sleep(_POLL_S if waiting else 0)
    return failed
