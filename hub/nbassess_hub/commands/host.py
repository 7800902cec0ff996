"""The host an instance runs on: is it ready, show me everything at once, end what is left."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nbassess_hub.clock import SystemClock
from nbassess_hub.console.terminal import JsonOption, invocation, print_json, print_table, say

if TYPE_CHECKING:
    from nbassess_hub.doctor import Check

DEFAULT_DEMO_STATE = Path("var/demo")


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check this host and print a remedy for each thing that is missing. Exits with 1 when something needed is."""
    from nbassess_hub.doctor import checks  # noqa: PLC0415 -- loads the hub, too

    found = checks(invocation(context).settings())
    if as_json:
        print_json([asdict(check) for check in found])
    else:
        print_table("This host", ["", "Check", "Found", "Remedy"], [_row(check) for check in found])
    if any(check.required and not check.ok for check in found):
        raise typer.Exit(1)


def _row(check: Check) -> tuple[str, ...]:
    mark = "✓" if check.ok else ("✗" if check.required else "!")
    return mark, check.name, check.detail, "" if check.ok else check.remedy


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
    from nbassess_hub.demo.startup import DemoOptions, run_demo  # noqa: PLC0415 -- loads the hub: 1.5 s, not for all commands

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


def start(context: typer.Context) -> None:
    """Start an instance and run until Ctrl-C; notebook servers outlive it, so that a restart ends nobody's sitting."""
    from nbassess_hub.commands.starting import start_instance  # noqa: PLC0415 -- loads the hub, too

    start_instance(invocation(context).settings())


def stop(context: typer.Context) -> None:
    """End what an instance left behind on this host: processes, notebook servers, network, firewall rules."""
    from nbassess_hub.stack import take_down  # noqa: PLC0415 -- loads the hub, too

    ended = take_down(invocation(context).settings())
    say(f"Ended: {', '.join(ended)}." if ended else "Nothing of this instance runs.")
