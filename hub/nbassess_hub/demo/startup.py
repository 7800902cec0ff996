"""`nbassess demo`: everything from nothing, until Ctrl-C.

A straight list: choose how servers run, prepare images, start the control plane, publish, send the synthetic cohort,
wait for its reports, make three links. Whatever this started is ended again when it stops, in every case.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import Assessment, load_assessment
from nbassess_graders.publication import pack
from rich.box import HORIZONTALS
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nbassess_hub.api_client import AdminClient
from nbassess_hub.clock import Clock
from nbassess_hub.console.steps import Steps
from nbassess_hub.console.terminal import err
from nbassess_hub.demo.cohort import rehearse, send_cohort
from nbassess_hub.demo.instance import Mode, ModeChoice, choose_mode, demo_settings, end_leftovers, prepare_state
from nbassess_hub.demo.material import DemoError
from nbassess_hub.errors import HubError
from nbassess_hub.images import CHECKOUT
from nbassess_hub.local_spawner import LOCAL_MODE_WARNING
from nbassess_hub.running import Stopped, ignoring_signals, stopping_by_signal, watch, with_own_images
from nbassess_hub.settings import Settings
from nbassess_hub.stack import Stack

COHORT_ASSESSMENT = "data-analyst"
_CHECK_EVERY_S = 1.0
_GRADING_PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the person at the terminal asked for."""

    base: Settings
    state_dir: Path
    mode: Mode | None
    fresh: bool
    cohort_size: int
    seed: int
    ready_file: Path | None


def run_demo(options: DemoOptions, clock: Clock) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises: `HubError` when a step fails; what was started is ended."""
    with stopping_by_signal():
        try:
            _run(options, clock, Steps(err()))
        except Stopped:
            pass
        except HubError as error:
            raise DemoError(f"{error}\nThe demo ended; logs are in {options.state_dir / 'logs'}") from error


def _run(options: DemoOptions, clock: Clock, steps: Steps) -> None:
    choice = choose_mode(options.mode)
    _announce(steps, choice)
    with steps.step("Preparing the state directory"):
        end_leftovers(options.state_dir)
        prepare_state(options.state_dir, fresh=options.fresh)
        settings = demo_settings(options.base, state_dir=options.state_dir, mode=choice.mode)
    if choice.mode == "docker":
        settings = with_own_images(settings, steps.step)
    stack = Stack(settings)
    try:
        with steps.step("Starting proxy, service, hub and grading worker"):
            stack.start()
        with AdminClient.of(settings) as service:
            links = _fill(service, options, clock, steps)
        _show(settings, choice, links, options)
        watch(stack)
    finally:
        with ignoring_signals(), steps.step("Stopping everything this demo started"):
            stack.stop()


def _fill(service: AdminClient, options: DemoOptions, clock: Clock, steps: Steps) -> dict[str, str]:
    with steps.step("Publishing the assessments") as tell:
        published = _publish_library(service, tell)
    assessment = next((each for each in published if each.id == COHORT_ASSESSMENT), published[0])
    with steps.step("Rehearsing the synthetic candidates") as tell:
        rehearsal = rehearse(assessment, size=options.cohort_size, seed=options.seed, progress=tell)
    with steps.step(f"Sending {options.cohort_size} synthetic sittings through the collector") as tell:
        send_cohort(service, rehearsal, now_ms=clock.now_ms(), progress=tell)
    with steps.step("Grading them") as tell:
        _wait_for_reports(service, assessment, options.cohort_size, tell)
    with steps.step("Making links"):
        return _make_links(service, assessment)


def _publish_library(service: AdminClient, tell: Callable[[str], None]) -> list[Assessment]:
    files = sorted((CHECKOUT / "notebooks" / "assessments").glob("*.toml"))
    files += sorted((CHECKOUT / "notebooks" / "practice").glob("*.toml"))
    if not files:
        raise DemoError(f"{CHECKOUT / 'notebooks'}: holds no assessments; run the demo from a source checkout")
    assessments = [load_assessment(file) for file in files]
    for assessment in assessments:
        tell(assessment.title)
        try:
            service.post_file("assessments", content=pack(assessment).data, kind="application/gzip")
        except HubError as error:
            if error.code != "version_taken":
                raise
            raise DemoError(f"{error} For the demo: start it with --fresh, which forgets the earlier one.") from error
    return assessments


def _wait_for_reports(service: AdminClient, assessment: Assessment, size: int, tell: Callable[[str], None]) -> None:
    limit = time.monotonic() + _GRADING_PATIENCE_S
    while time.monotonic() < limit:
        sittings = service.get("sittings", assessment=assessment.id, version=assessment.version)["sittings"]
        open_ones = [each for each in sittings if each["is_synthetic"] and each["points"] is None]
        tell(f"{size - len(open_ones)} of {size}")
        if not open_ones:
            return
        _raise_if_failed(service.get("sittings", open_ones[-1]["id"]))
        time.sleep(_CHECK_EVERY_S)
    raise DemoError(f"The synthetic sittings were not graded within {_GRADING_PATIENCE_S:g} s")


def _raise_if_failed(sitting: dict[str, Any]) -> None:
    job = sitting["job"] or {}
    if job.get("state") == "failed":
        raise DemoError(f"Sitting {sitting['id']} could not be graded: {job['error']}")


def _make_links(service: AdminClient, assessment: Assessment) -> dict[str, str]:
    invitation = {"assessment": assessment.id, "candidate_name": "Demo Candidate", "expires_in_s": 7 * 86_400}
    links = {"candidate": service.post("invitations", json=invitation)["link"]}
    for role in ("manager", "coordinator"):
        body = {"name": f"Demo {role.capitalize()}", "role": role}
        links[role] = service.post("staff-links", json=body)["link"]
    return links


def _announce(steps: Steps, choice: ModeChoice) -> None:
    if choice.mode == "docker":
        steps.say("Notebook servers run in hardened Docker containers.")
        return
    warning = Text(f"{LOCAL_MODE_WARNING}\n\nWhy: {choice.why_not_docker}.")
    steps.console.print(Panel(warning, title="Local mode: for trying out only", border_style="yellow"), soft_wrap=False)


def _show(settings: Settings, choice: ModeChoice, links: dict[str, str], options: DemoOptions) -> None:
    settings_file = settings.layout.run / "settings.toml"
    rows = {role.capitalize(): link for role, link in links.items()} | {
        "Commands": f"nbassess --settings {settings_file} sitting list",
        "Stop": "Ctrl-C ends everything this demo started; what was written stays in the state directory",
    }
    _print_wide(rows, title="nbassess demo: the candidates of the cohort are synthetic")
    if options.ready_file is not None:
        ready = {
            **links,
            "public_url": settings.instance.public_url,
            "settings": str(settings_file),
            "mode": choice.mode,
            "assessment": COHORT_ASSESSMENT,
        }
        draft = options.ready_file.with_suffix(".part")
        draft.write_text(json.dumps(ready, indent=2), encoding="utf-8")
        draft.rename(options.ready_file)


def _print_wide(rows: dict[str, str], *, title: str) -> None:
    """Print without cutting or breaking a line: a link must survive being copied from a narrow terminal."""
    table = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        table.add_row(Text(name, style="bold"), Text(text, style=f"link {text}" if "://" in text else "", no_wrap=True))
    wide = Console(stderr=True, width=max(len(text) for text in rows.values()) + 24)
    wide.print(Panel(table, title=title, box=HORIZONTALS, border_style="green"), crop=False)
