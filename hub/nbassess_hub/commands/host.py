"""The host this instance runs on: is it ready, and show me everything at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DEMO_STATE = Path("var/demo")


def doctor(context: typer.Context) -> None:
    """Check this host and print a remedy for each thing that is missing."""


def demo(
    state_dir: Annotated[Path, typer.Option(help="Where the demo keeps everything it makes.")] = DEFAULT_DEMO_STATE,
) -> None:
    """Start everything with a synthetic cohort, print three links, and run until Ctrl-C."""
