"""The whole assessment service in one process, with a clock moved by hand and a hub that behaves as its name says."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from nbassess_hub.api.parts import Parts, Rates
from nbassess_hub.clock import ManualClock
from nbassess_hub.credentials import form_token as token_for
from nbassess_hub.service import create_app
from nbassess_hub.settings import SERVICE_PREFIX, Settings
from nbassess_hub.settings_sections import Disk, Instance
from nbassess_hub.store.engine import Store

from tests.support.hubs import HubWhoseServersAnswer, token_of
from tests.support.material import PATH, cells, packed

START_MS = 1_800_000_000_000
CLIENT = "00000000000000aa"


@dataclass
class House:
    """The service and its surroundings."""

    app: FastAPI
    store: Store
    clock: ManualClock
    hub: HubWhoseServersAnswer
    folder: Path
    address: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def parts(self) -> Parts:
        """What the endpoints work with."""
        parts: Parts = self.app.state.parts
        return parts

    def browser(self) -> TestClient:
        """A new browser: no cookies, follows no redirect by itself."""
        return TestClient(self.app, base_url=self.address, follow_redirects=False, raise_server_exceptions=False)

    def admin(self) -> TestClient:
        """The command line."""
        browser = self.browser()
        browser.headers["Authorization"] = f"token {self.parts.callers.admin_token}"
        return browser

    def server(self, hub_user: str, group: str = "candidates") -> TestClient:
        """A notebook server of a user, with its token."""
        browser = self.browser()
        browser.headers["Authorization"] = f"token {token_of(hub_user, group)}"
        return browser

    def publish(self, **options: Any) -> dict[str, Any]:
        """Publish the small assessment."""
        archive = packed(self.folder / f"material-{next(self._numbers)}", **options)
        answer = self.admin().post(url("api/assessments"), content=archive.data)
        assert answer.status_code == 200, answer.text
        published: dict[str, Any] = answer.json()
        return published

    def invite(self, name: str = "Ada Lovelace", assessment: str = "small", **more: Any) -> str:
        """Invite a candidate and return the link's token."""
        body = {"assessment": assessment, "candidate_name": name, **more}
        answer = self.admin().post(url("api/invitations"), json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["link"]).partition("#")[2]

    def staff(self, role: str = "coordinator", name: str = "kim") -> TestClient:
        """A browser that is signed in as staff."""
        answer = self.admin().post(url("api/staff-links"), json={"name": name, "role": role})
        assert answer.status_code == 200, answer.text
        browser = self.browser()
        assert exchange(browser, str(answer.json()["link"]).partition("#")[2]).status_code == 200
        return browser

    def candidate(self, name: str = "Ada Lovelace") -> TestClient:
        """A browser that has exchanged an invitation."""
        browser = self.browser()
        assert exchange(browser, self.invite(name)).status_code == 200
        return browser

    def start(self, browser: TestClient, **fields: str) -> Response:
        """Consent and start in a candidate's browser; wait until the boot is over."""
        answer = submit_form(browser, "start", {"accept": "yes", **fields})
        wait_until(lambda: browser.get(url("waiting/progress")).json()["state"] != "starting")
        return answer

    def running(self, name: str = "Ada Lovelace") -> str:
        """Bring a candidate into a running sitting and return its id."""
        browser = self.candidate(name)
        self.start(browser)
        return self.sitting_id_of(browser)

    def sitting_id_of(self, browser: TestClient) -> str:
        """Return the id of the sitting that the browser's person would enter."""
        target = browser.get(url("enter")).headers["location"]
        assert "%2Fuser%2Fs-" in target, target
        return str(target.partition("%2Fuser%2Fs-")[2].partition("%2F")[0])


def open_house(
    store: Store,
    folder: Path,
    *,
    hub: HubWhoseServersAnswer | None = None,
    rates: Rates | None = None,
    disk: Disk | None = None,
) -> House:
    """Open the service on a migrated store."""
    hub = hub or HubWhoseServersAnswer()
    clock = ManualClock(START_MS)
    instance = Instance(state_dir=str(folder / "state"), public_url="http://testserver")
    settings = Settings(instance=instance, disk=disk or Disk())
    app = create_app(settings, store=store, hub=hub, clock=clock, rates=rates, with_loops=False)
    return House(app=app, store=store, clock=clock, hub=hub, folder=folder, address="http://testserver")


def url(page: str) -> str:
    """Return the address of a page or endpoint of the service."""
    return SERVICE_PREFIX + page


def exchange(browser: TestClient, token: str) -> Response:
    """Do what the link page's script does."""
    return browser.post(url("invite/exchange"), json={"token": token})


def form_token(browser: TestClient) -> str:
    """Read the form token that the pages of this browser's session carry."""
    cookie = browser.cookies.get("nbassess-session")
    assert cookie is not None, "the browser is not signed in"
    return token_for(cookie)


def submit_form(browser: TestClient, page: str, fields: dict[str, str]) -> Response:
    """Send a form as our pages do."""
    return browser.post(url(page), data={"form_token": form_token(browser), **fields})


def opened(seq: int = 0, *, source: str | None = None) -> dict[str, Any]:
    """An event: the starter notebook, perhaps with another answer."""
    shown = cells()
    if source is not None:
        shown[2] = {**shown[2], "source": source}
    return {"seq": seq, "t_ms": START_MS + seq, "type": "notebook_opened", "path": PATH, "cells": shown}


def typed(seq: int, text: str, *, at: int = 0) -> dict[str, Any]:
    """An event: text typed into the answer cell."""
    ops = [[at, 0, text]]
    cell = cells()[2]["id"]
    return {
        "seq": seq,
        "t_ms": START_MS + seq,
        "type": "edit",
        "path": PATH,
        "cell": cell,
        "source": "type",
        "ops": ops,
    }


def batch(*events: dict[str, Any], client: str = CLIENT) -> dict[str, Any]:
    """A batch of events of one page load."""
    return {"v": 1, "client": client, "events": list(events)}


def wait_until(is_so: Callable[[], bool], *, within_s: float = 10.0) -> None:
    """Wait for something another thread does; fail when it does not happen in time."""
    limit = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < limit, f"not within {within_s} s"
        time.sleep(0.01)
