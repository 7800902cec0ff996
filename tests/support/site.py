"""A whole installation for end-to-end tests: proxy, hub, service, worker, containers and command line, all real."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from nbassess_hub.images import CHECKOUT, ensure_images, export_rootfs
from nbassess_hub.running import ROOTFS_CACHE
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Grading, Hub, Instance, Network, Service, Spawn
from nbassess_hub.stack import Stack

from tests.support.ports import free_port

T = TypeVar("T")

ASSESSMENT = """
id = "{id}"
version = 1
title = "{title}"
minutes = {minutes}
monitoring = "full"
ai_policy = "Please solve the problems yourself."
problems = {problems}

[rubric]
correctness = 0.8
quality = 0.2
"""


@dataclass
class Site:
    """What a test does with the installation."""

    settings: Settings
    stack: Stack
    folder: Path

    def cli(self, *arguments: str) -> str:
        """Run `nbassess` as a person would and return what it printed."""
        command = [sys.executable, "-m", "nbassess_hub.cli", "--settings", str(self.settings_file), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"nbassess {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def cli_json(self, *arguments: str) -> Any:
        """Run `nbassess … --json` and return what it said."""
        return json.loads(self.cli(*arguments, "--json"))

    @property
    def settings_file(self) -> Path:
        """The settings that the running stack wrote for its own processes."""
        return self.settings.layout.run / "settings.toml"

    def publish(self, assessment: str, *, minutes: int, problems: list[str]) -> None:
        """Publish an assessment made of the library's problems."""
        folder = self.folder / "assessments"
        folder.mkdir(exist_ok=True)
        library = self.folder / "problems"
        if not library.exists():
            library.symlink_to(CHECKOUT / "notebooks" / "problems")
        title = f"End-to-end test: {assessment}"
        text = ASSESSMENT.format(id=assessment, title=title, minutes=minutes, problems=json.dumps(problems))
        file = folder / f"{assessment}.toml"
        file.write_text(text, encoding="utf-8")
        self.cli("assessment", "publish", "--unchecked", str(file))

    def invite(self, assessment: str, name: str) -> str:
        """Invite a candidate on the command line and return the link."""
        return str(self.cli_json("invite", assessment, "--name", name)[0]["link"])

    def sitting_of(self, name: str) -> dict[str, Any]:
        """Return the sitting of a candidate, as `nbassess sitting list` shows it."""
        found = [each for each in self.cli_json("sitting", "list") if each["candidate"] == name]
        assert len(found) == 1, found
        sitting: dict[str, Any] = found[0]
        return sitting

    def report_of(self, name: str) -> dict[str, Any]:
        """Wait for a candidate's report and return it."""
        sitting = self.sitting_of(name)["id"]

        def report() -> dict[str, Any] | None:
            found: dict[str, Any] | None = self.cli_json("sitting", "show", sitting)["report"]
            return found

        return wait_for(report, f"the report of {name}", timeout_s=180)


def wait_for(ask: Callable[[], T | None], what: str, *, timeout_s: float = 60, every_s: float = 0.5) -> T:
    """Return the first answer that is not None or false; fail with the name of the thing when none comes."""
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        answer = ask()
        if answer:
            return answer
        time.sleep(every_s)
    raise AssertionError(f"waited {timeout_s:g} s for {what}")


def site_settings(state_dir: Path, *, subnet: str) -> Settings:
    """Return settings of an installation that meets no other one on this machine."""
    name = f"nbs{secrets.token_hex(3)}"
    return Settings(
        instance=Instance(name=name, state_dir=str(state_dir), public_url=f"http://127.0.0.1:{free_port()}"),
        hub=Hub(port=free_port(), proxy_api_port=free_port()),
        service=Service(port=free_port(), grace_s=2),
        network=Network(subnet=subnet, bridge=name),
        spawn=Spawn(mode="docker"),
        grading=Grading(workers=1),
    )


@contextmanager
def running_site(folder: Path, *, subnet: str = "172.29.73.0/24") -> Iterator[Site]:
    """Build what is missing, start everything, and end all of it, containers included."""
    settings = site_settings(folder / "state", subnet=subnet)
    tags = ensure_images(lambda line: None)
    rootfs = export_rootfs(tags.candidate, ROOTFS_CACHE)
    settings = replace(
        settings,
        spawn=replace(settings.spawn, candidate_image=tags.candidate, analyst_image=tags.analyst),
        grading=replace(settings.grading, rootfs=str(rootfs.path)),
    )
    with Stack(settings) as stack:
        yield Site(settings=settings, stack=stack, folder=folder)
