"""A candidate at a real site: the link, the start, JupyterLab, and what can be asked of the whole installation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
from nbassess_events.codec import parse_record
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay
from nbassess_events.witness import Finding, incompleteness
from nbassess_hub.api_client import AdminClient
from nbassess_hub.secret_files import Secret, read_or_create
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.kernel_client import Kernel
from tests.support.site import Site, wait_for

IS_IDLE = "| Idle"


@dataclass
class Candidate:
    """One person in one sitting, with one page."""

    site: Site
    engine: docker.DockerClient
    name: str
    page: Page
    sitting: str

    @property
    def user(self) -> str:
        """The hub's name of this person."""
        return f"s-{self.sitting}"

    @property
    def volume(self) -> Path:
        """Where the work volume is mounted on the host."""
        return self.site.settings.layout.volumes / self.user

    def container(self) -> Any:
        """Return the container of the notebook server that runs now, or None."""
        label = f"nbassess.instance={self.site.settings.instance.name}"
        for container in self.engine.containers.list(filters={"label": label}):
            if f"JUPYTERHUB_USER={self.user}" in container.attrs["Config"]["Env"]:
                return container
        return None

    def kernel(self) -> Kernel:
        """Return a kernel of this person's server, to be entered."""
        token = read_or_create(self.site.settings.layout.secrets, Secret.SERVICE_TOKEN)
        answer = httpx.post(
            f"{self.site.settings.hub_api_url}/users/{self.user}/tokens",
            json={"scopes": [f"access:servers!user={self.user}"]},
            headers={"Authorization": f"token {token}"},
            trust_env=False,
        )
        answer.raise_for_status()
        return Kernel(self.site.settings.instance.public_url, self.user, answer.json()["token"])

    def file(self, slug: str) -> str:
        """Return a notebook as it lies on the candidate's disk."""
        return (self.volume / "work" / slug / f"{slug}.ipynb").read_text(encoding="utf-8")

    # ---- in the page

    def cell(self, index: int) -> Locator:
        """Return a cell of the visible notebook."""
        return self.page.locator(f".jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index='{index}']")

    def edit(self, index: int) -> None:
        """Put the cursor at the end of a cell."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def type(self, index: int, text: str) -> None:
        """Type at the end of a cell, one key after the other."""
        self.edit(index)
        self.page.keyboard.type(text, delay=5)

    def replace(self, index: int, text: str) -> None:
        """Put another text into a cell."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def run(self, index: int) -> None:
        """Run a cell once the kernel is there, and stay in it."""
        expect(self.page.locator("#jp-main-statusbar").get_by_text(IS_IDLE)).to_be_visible(timeout=60_000)
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def save(self) -> None:
        """Press the keys that save."""
        self.page.keyboard.press("Control+s")

    def recording(self) -> str:
        """Return what the panel says about the recording."""
        return self.page.locator(".nbassess-recording").inner_text()

    def is_recorded(self) -> bool:
        """Return whether everything has arrived, by the panel."""
        return self.recording().startswith("Recorded up to")

    def submit(self) -> None:
        """Hand in and wait for the receipt."""
        self.page.get_by_role("button", name="Submit …").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Submit").click()
        expect(self.page.get_by_role("dialog")).to_contain_text("the sitting is over", timeout=60_000)

    # ---- at the installation

    def records(self) -> Sequence[Recorded]:
        """Return the recording as far as the service has it."""
        with AdminClient.of(self.site.settings) as service:
            return [parse_record(each) for each in service.records(self.sitting)]

    def events(self, name: str) -> list[Any]:
        """Return the recorded events of one type."""
        return [record.event for record in self.records() if name == record.event.TYPE]

    def findings(self, *kinds: str) -> list[Finding]:
        """Return where this recording is not whole, of these kinds or of all."""
        return [each for each in incompleteness(self.records()) if not kinds or each.kind in kinds]

    def is_replayed(self, text: str) -> bool:
        """Return whether a text stands in the replayed notebooks as they are now."""
        documents = Replay(list(self.records())).end.documents
        return any(text in cell.source for document in documents.values() for cell in document.cells)

    def submitted_text(self) -> str:
        """Return all that was submitted."""
        with AdminClient.of(self.site.settings) as service:
            return json.dumps(service.get("sittings", self.sitting, "submission")["documents"])


@contextmanager
def candidate_at(
    site: Site, engine: docker.DockerClient, context: BrowserContext, assessment: str, name: str
) -> Iterator[Candidate]:
    """Open an invitation, consent and start; yields once the first notebook can be edited."""
    page = context.new_page()
    page.goto(site.invite(assessment, name))
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("region", name="Assessment")).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Notebook:visible .jp-CodeCell").first).to_be_visible(timeout=60_000)
    found = Candidate(site=site, engine=engine, name=name, page=page, sitting=str(site.sitting_of(name)["id"]))
    wait_for(found.is_recorded, "the first snapshot")
    yield found
