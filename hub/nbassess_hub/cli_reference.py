"""docs/reference/cli.md, read off the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from nbassess_hub.cli import EXIT_CODES, app

_HEAD = "<!-- Written by `python -m nbassess_hub.reference` from nbassess_hub/cli.py; edit the commands there. -->\n"


def cli_page() -> str:
    """Return the page of every command with its arguments and options."""
    root = get_command(app)
    context = typer.Context(root, info_name="nbassess")
    lines = [_HEAD, "# The command line\n", f"{root.help}\n", f"{EXIT_CODES}\n", "## nbassess\n", *_parameters(context)]
    for child in _leaves(context):
        lines += [f"## {child.command_path}\n", f"{inspect.cleandoc(child.command.help or '')}\n"]
        lines += [f"    {child.command_path} {' '.join(child.command.collect_usage_pieces(child))}\n"]
        lines += _parameters(child)
    return "\n".join(lines).rstrip() + "\n"


def _leaves(context: Any) -> Iterator[Any]:
    """Walk the commands that do something, in the order in which help shows them."""
    for name in context.command.list_commands(context):
        command = context.command.get_command(context, name)
        child = typer.Context(command, info_name=name, parent=context)
        if hasattr(command, "list_commands"):
            yield from _leaves(child)
        else:
            yield child


def _parameters(context: Any) -> list[str]:
    records = (parameter.get_help_record(context) for parameter in context.command.params)
    rows = [f"| `{_cell(name)}` | {_cell(about)} |" for name, about in filter(None, records)]
    return ["| Argument or option | Meaning |", "|---|---|", *rows, ""] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
