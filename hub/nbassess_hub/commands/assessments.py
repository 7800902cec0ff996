"""Check and publish authored material."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from nbassess_graders.assessment import Assessment, load_assessment
from nbassess_graders.publication import pack

from nbassess_hub.commands.terminal import JsonOption, invocation, print_json, print_table, progress, say

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
        f"{len(found)} assessments",
        ["Assessment", "Version", "Title", "Minutes", "Problems"],
        [(each["id"], each["version"], each["title"], each["minutes"], len(each["problems"])) for each in found],
    )


@assessment_app.command("publish")
def publish(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Assessment files (*.toml).")],
) -> None:
    """Publish assessments; check them first. A published version never changes: raise `version` to publish again."""
    assessments = [load_assessment(file) for file in files]
    with invocation(context).service() as service, progress("Publishing", len(assessments)) as advance:
        for assessment in assessments:
            service.post_file("assessments", content=pack(assessment).data, kind="application/gzip")
            advance(assessment.id)
    for assessment in assessments:
        say(f"Published {assessment.id} version {assessment.version}: {assessment.title}", style="green")


def assessments_in(paths: list[Path]) -> list[Assessment]:
    """Load the assessments that paths name: files, or directories searched for *.toml that are assessments."""
    files = [file for path in paths for file in (sorted(path.rglob("*.toml")) if path.is_dir() else [path])]
    return [load_assessment(file) for file in files if file.name != "problem.toml"]
