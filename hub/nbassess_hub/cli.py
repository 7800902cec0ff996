"""The command line: `nbassess`. This module is its table of contents; the commands are in `nbassess_hub.commands`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from nbassess_events.errors import EventsError
from nbassess_graders.errors import GraderError

from nbassess_hub import __version__
from nbassess_hub.commands.assessments import assessment_app
from nbassess_hub.commands.host import demo, doctor, start, stop
from nbassess_hub.commands.people import invite, staff_app
from nbassess_hub.commands.recordings import recording_app
from nbassess_hub.commands.records import export
from nbassess_hub.commands.sittings import grade, sitting_app
from nbassess_hub.console.terminal import Invocation, say
from nbassess_hub.errors import HubError

EXIT_CODES = (
    "Exit codes: 0 done; 1 it could not be done, or the answer is no (the message says what, which and what next); "
    "2 the command was not understood."
)

app = typer.Typer(
    name="nbassess",
    help="Run and use an nbassess installation: assessments in isolated, recorded notebooks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nbassess {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", metavar="FILE", help="Settings of the instance; else NBASSESS_SETTINGS, else defaults."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run and use an nbassess installation: assessments in isolated, recorded notebooks."""
    context.obj = Invocation(settings_file=settings)


app.command()(doctor)
app.command()(demo)
app.command()(start)
app.command()(stop)
app.add_typer(assessment_app, name="assessment")
app.command()(invite)
app.add_typer(staff_app, name="staff")
app.add_typer(sitting_app, name="sitting")
app.command()(grade)
app.command()(export)
app.add_typer(recording_app, name="recording")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; expected failures become one sentence and exit code 1."""
    try:
        app(args=arguments)
    except (HubError, GraderError, EventsError) as error:
        say(f"nbassess: {error}", style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
