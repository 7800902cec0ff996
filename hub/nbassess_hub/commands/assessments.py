"""Check and publish authored material."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from nbassess_graders.assessment import load_assessment
from nbassess_graders.publication import pack

from nbassess_hub.console.terminal import (
    JsonOption,
    counted,
    invocation,
    print_json,
    print_table,
    progress,
    say,
)
from nbassess_hub.errors import BadInput

assessment_app = typer.Typer(no_args_is_help=True, help="Assessments: problems, cases and rules.")


@assessment_app.command("list")
def list_assessments(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the published assessments."""
    with invocation(context).service() as service:
        found = service.get("assessments")["assessments"]
    if as_json:
        print_json(found)
        return
    print_table(
        counted(len(found), "assessment"),
        ["Assessment", "Version", "Title", "Minutes", "Problems"],
        [(each["id"], each["version"], each["title"], each["minutes"], len(each["problems"])) for each in found],
    )


@assessment_app.command("check")
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Assessment files, problem folders, or folders that hold some of either.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Run every solution of every problem against its cases, in the grading sandbox. Exits with 1 when one refuses."""
    from nbassess_hub.commands.checking import run_checks  # noqa: PLC0415 -- loads the graders, seconds of work

    results = run_checks(paths, invocation(context).settings().grading, is_quiet=as_json)
    if as_json:
        print_json([asdict(result) for result in results])
    refused = [result for result in results if not result.is_ok]
    if refused:
        say(f"{len(refused)} of {counted(len(results), 'check')} refused; do not publish this.", style="red")
        raise typer.Exit(1)
    say(f"All {len(results)} checks passed.", style="green")


@assessment_app.command("publish")
def publish(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Assessment files (*.toml).")],
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Skip the checks of `assessment check`.")] = False,
) -> None:
    """Check assessments and publish them. A published version never changes: raise `version` to publish again."""
    here = invocation(context)
    assessments = [load_assessment(file) for file in files]
    if not unchecked:
        from nbassess_hub.commands.checking import run_checks  # noqa: PLC0415 -- loads the graders, seconds of work

        refused = [result for result in run_checks(files, here.settings().grading) if not result.is_ok]
        if refused:
            raise BadInput(f"{len(refused)} checks refused; correct what is marked above, nothing was published")
    with here.service() as service, progress("Publishing", len(assessments)) as advance:
        for assessment in assessments:
            service.post_file("assessments", content=pack(assessment).data, kind="application/gzip")
            advance(assessment.id)
    for assessment in assessments:
        say(f"Published {assessment.id} version {assessment.version}: {assessment.title}", style="green")
