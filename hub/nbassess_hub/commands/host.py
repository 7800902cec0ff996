"""The host an instance runs on: is it ready, show me everything at once, end what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nbassess_hub.clock import SystemClock
from nbassess_hub.commands.terminal import invocation, say
from nbassess_hub.demo.startup import DemoOptions, run_demo
from nbassess_hub.stack import take_down

DEFAULT_DEMO_STATE = Path("var/demo")


def doctor(context: typer.Context) -> None:
    """Check this host and print a remedy for each thing that is missing."""


def demo(
    context: typer.Context,
    state_dir: Annotated[Path, typer.Option(help="Where the demo keeps everything it makes.")] = DEFAULT_DEMO_STATE,
    mode: Annotated[
        Literal["docker", "local"] | None, typer.Option(help="How servers run; else containers where that is possible.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier demo left.")] = False,
    sittings: Annotated[int, typer.Option(min=1, max=500, help="Size of the synthetic cohort.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed makes the same cohort.")] = 1,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write the links to this file as JSON when everything is up.")
    ] = None,
) -> None:
    """Start everything with a synthetic cohort, print three links, and run until Ctrl-C."""
    options = DemoOptions(
        base=invocation(context).settings(),
        state_dir=state_dir,
        mode=mode,
        fresh=fresh,
        cohort_size=sittings,
        seed=seed,
        ready_file=ready_file,
    )
    run_demo(options, SystemClock())


def stop(context: typer.Context) -> None:
    """End what an instance left behind on this host: processes, notebook servers, network, firewall rules."""
    ended = take_down(invocation(context).settings())
    say(f"Ended: {', '.join(ended)}." if ended else "Nothing of this instance runs.")
