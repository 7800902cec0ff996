"""Take sittings out of the installation, and check what was taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbassess_hub.api_client import AdminClient
from nbassess_hub.console.terminal import invocation, out, plain, progress, say
from nbassess_hub.errors import NotFound
from nbassess_hub.export import export_scores, export_sitting, verify_recording

recording_app = typer.Typer(no_args_is_help=True, help="Exported recordings.")


def export(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="Id of a sitting, or of an assessment: all its sittings.")],
    directory: Annotated[Path, typer.Option("--to", help="Directory to write to.")] = Path("export"),
) -> None:
    """Write recordings, submissions, reports and, for an assessment, a table of scores."""
    with invocation(context).service() as service:
        sittings = service.get("sittings", assessment=subject)["sittings"] if _is_assessment(service, subject) else None
        if sittings is None:
            written = export_sitting(service, subject, directory)
        else:
            with progress("Exporting", len(sittings)) as advance:
                for sitting in sittings:
                    export_sitting(service, sitting["id"], directory)
                    advance(sitting["id"])
            written = export_scores(service, sittings, directory)
    out().print(plain(written))


def _is_assessment(service: AdminClient, subject: str) -> bool:
    try:
        service.get("assessments", subject)
    except NotFound:
        return False
    return True


@recording_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="events.jsonl of an export; chain.json is expected beside it.")],
    head: Annotated[
        str | None, typer.Option(help="Head from the candidate's receipt; without it the head in chain.json is used.")
    ] = None,
) -> None:
    """Recompute the hash chain of a recording. Exits with 1 when a record was changed, dropped, added or moved."""
    verified = verify_recording(file, head=head)
    out().print(plain(verified.head))
    against = "the receipt" if head else "chain.json; compare the head with the candidate's receipt"
    say(f"Sitting {verified.sitting}: {verified.records} records, unbroken, checked against {against}.", style="green")
