"""Take sittings out of the installation: recording, submission, reports and scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nbassess_hub.api_client import AdminClient
from nbassess_hub.console.terminal import invocation, out, plain, progress
from nbassess_hub.errors import NotFound
from nbassess_hub.export import export_scores, export_sitting


def export(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="Id of a sitting, or of an assessment: all its sittings.")],
    directory: Annotated[Path, typer.Option("--to", help="Directory to write to.")] = Path("export"),
) -> None:
    """Write recordings, submissions, reports and, for an assessment, a table of scores."""
    with invocation(context).service() as service:
        sittings = sittings_of(service, subject)
        if sittings is None:
            written = export_sitting(service, subject, directory)
        else:
            with progress("Exporting", len(sittings)) as advance:
                for sitting in sittings:
                    export_sitting(service, sitting["id"], directory)
                    advance(sitting["id"])
            written = export_scores(service, sittings, directory)
    out().print(plain(written))


def sittings_of(service: AdminClient, subject: str) -> list[dict[str, Any]] | None:
    """Return the sittings of an assessment; None when it is no assessment that is meant."""
    try:
        service.get("assessments", subject)
    except NotFound:
        return None
    found: list[dict[str, Any]] = service.get("sittings", assessment=subject)["sittings"]
    return found
