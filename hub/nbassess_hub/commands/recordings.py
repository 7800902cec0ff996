"""Recordings as files: write them, check them, and show what they are checked with."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nbassess_hub.commands.records import sittings_of
from nbassess_hub.console.terminal import (
    JsonOption,
    invocation,
    out,
    plain,
    print_json,
    progress,
    say,
)
from nbassess_hub.errors import BadInput
from nbassess_hub.recording_export import write_datasets, write_event_logs, write_sealed

recording_app = typer.Typer(no_args_is_help=True, help="Recordings as files: export them, check them.")


class Format(StrEnum):
    """What a recording can be written as."""

    EVENTS = "events"
    PARQUET = "parquet"
    PROGSNAP2 = "progsnap2"


@recording_app.command("export")
def export(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="Id of a sitting, or of an assessment: all its sittings.")],
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="events: one record a line, with links and signed head. parquet: the sealed file. "
            "progsnap2: one ProgSnap2 1.0 dataset, without names.",
        ),
    ] = Format.EVENTS,
    directory: Annotated[Path, typer.Option("--to", help="Directory to write to.")] = Path("export"),
) -> None:
    """Write recordings as files. Each download is in the audit."""
    with invocation(context).service() as service:
        sittings = sittings_of(service, subject)
        if sittings is None:
            sittings = [service.get("sittings", subject)]
        with progress("Exporting", len(sittings)) as advance:
            write = {Format.EVENTS: write_event_logs, Format.PARQUET: write_sealed, Format.PROGSNAP2: write_datasets}
            written = write[form](service, sittings, directory, advance)
    out().print(plain(written))


@recording_app.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="events.jsonl of an export, or a sealed .parquet file.")],
    head: Annotated[str | None, typer.Option(help="Head that the recording must end in, from a receipt.")] = None,
    receipt: Annotated[Path | None, typer.Option(help="Receipt of the candidate, as JSON.")] = None,
    heads: Annotated[Path | None, typer.Option(help="Published heads-….json, or heads.jsonl of a server.")] = None,
    key: Annotated[str | None, typer.Option(help="Public key of the instance, in hex; see `recording key`.")] = None,
    sitting: Annotated[str | None, typer.Option(help="Id of the sitting, where no chain.json is beside.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the chain, the heads and the signatures of a recording, and say where it is incomplete.

    Names the first record that does not fit: its position, its time, and what happened to it as far as it can be told.

    Exit codes: 0 everything fits; 1 a record was changed, is missing, was put in, moved, cut off or dated anew, or a
    head or signature does not fit; 3 it could not be checked. A recording that is incomplete is not broken: it is 0.
    """
    from nbassess_hub.commands import verification  # noqa: PLC0415 - reading sealed files takes a second to load

    asked = verification.Asked(head=head, receipt=receipt, heads=heads, key=key, sitting=sitting)
    raise typer.Exit(verification.verify(invocation(context), file, asked, as_json=as_json))


@recording_app.command("key")
def show_key(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print the public keys that this instance signs and signed recordings with, the present one last."""
    with invocation(context).service() as service:
        keys = service.get("keys")["keys"]
    if as_json:
        print_json(keys)
        return
    for each in keys:
        out().print(plain(each["public_key"]))
        say(f"key {each['key']}, {each['algorithm']}")


@recording_app.command("heads")
def show_heads(
    context: typer.Context,
    day: Annotated[str | None, typer.Option(help="Day in UTC, as 2026-11-23; without it today.")] = None,
) -> None:
    """Print the signed list of the heads of all recordings that grew on a day: keep it on another system."""
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError as error:
            raise BadInput(f"{day!r} is no day; write it as 2026-11-23") from error
    with invocation(context).service() as service:
        print_json(service.get("heads", day=day))
