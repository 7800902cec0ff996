"""How commands talk: results on standard output, everything else on standard error, JSON when asked.

Text that comes from people is data: it is never read as markup, and control characters do not reach the terminal.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from nbassess_hub.api_client import AdminClient
from nbassess_hub.settings import Settings, load_settings

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_PIPE_WIDTH = 400
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the options before the command said."""

    settings_file: Path | None

    def settings(self) -> Settings:
        """Load the settings of the instance this command is about. Raises: `SettingsError`."""
        return load_settings(self.settings_file)

    @contextmanager
    def service(self) -> Iterator[AdminClient]:
        """Open the service of that instance."""
        with AdminClient.of(self.settings()) as client:
            yield client


def invocation(context: typer.Context) -> Invocation:
    """Return what the root command prepared."""
    found = context.find_object(Invocation)
    return found or Invocation(settings_file=None)


def out() -> Console:
    """Return standard output; into a file or a pipe, lines are as long as their content."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def err() -> Console:
    """Return standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def plain(value: object) -> Text:
    """Return text that is shown as it is: no markup, no control characters, a dash for nothing."""
    return Text("–" if value is None else _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def when(epoch_ms: int | None) -> str:
    """Write a moment for a person, in UTC."""
    return "" if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def counted(number: int, thing: str) -> str:
    """Write a number of things: one sitting, two sittings."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def print_json(value: object) -> None:
    """Print a value for a program."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows for a person."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    out().print(table)


def print_facts(facts: dict[str, object]) -> None:
    """Print names and values, one a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(Text(name, style="dim"), plain(value))
    out().print(table)


def say(message: str, *, style: str = "") -> None:
    """Tell the person at the terminal something that is not the result."""
    err().print(plain(message), style=style or None)


@contextmanager
def progress(description: str, total: int | None) -> Iterator[Callable[..., None]]:
    """Show a bar; call what it yields after each step with what was done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(description, total=total)

        def advance(detail: str = "") -> None:
            bars.update(task, advance=1, description=f"{description} {detail}".rstrip())

        yield advance
