"""The service at a real hub and proxy (mode local): from the link into Lab, to the receipt, to a stopped server."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from nbassess_hub.api_client import AdminClient
from nbassess_hub.credentials import form_token
from nbassess_hub.errors import StackError
from nbassess_hub.settings import SERVICE_PREFIX, Settings
from nbassess_hub.stack import Stack, proxy_program

from tests.support.hub_stand import stand_settings
from tests.support.material import PATH, packed

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    if shutil.which("bwrap") is None:
        pytest.skip("needs bubblewrap")
    try:
        proxy_program()
    except StackError as error:
        pytest.skip(error.message)
    settings = stand_settings(tmp_path_factory.mktemp("real"), name="nbreal", mode="local")
    with Stack(settings), AdminClient.of(settings) as admin:
        folder = tmp_path_factory.mktemp("material")
        admin.post_file("assessments", content=packed(folder).data, kind="application/gzip")
        yield settings


def page(name: str) -> str:
    return SERVICE_PREFIX + name


def eventually(settings: Settings, is_so: Callable[[], bool], *, within_s: float = 60) -> None:
    limit = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > limit:
            logs = (settings.state_dir / "logs").glob("*.log")
            pytest.fail("\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs))
        time.sleep(0.1)


def test_a_candidate_gets_from_the_link_into_lab_and_out_with_a_receipt(settings: Settings) -> None:
    with (
        AdminClient.of(settings) as admin,
        httpx.Client(base_url=settings.instance.public_url, timeout=60, trust_env=False) as browser,
    ):
        link = admin.post("invitations", json={"assessment": "small", "candidate_name": "Ada"})["link"]
        exchanged = browser.post(page("invite/exchange"), json={"token": link.partition("#")[2]})
        assert exchanged.status_code == 200, exchanged.text
        assert "What this sitting records" in browser.get(page(""), follow_redirects=True).text

        fields = {"form_token": form_token(browser.cookies["nbassess-session"]), "accept": "yes"}
        started = browser.post(page("start"), data=fields)
        assert started.headers["location"] in (page("waiting"), page("enter"))
        seen: list[tuple[int, str]] = []

        def is_ready() -> bool:
            progress = browser.get(page("waiting/progress")).json()
            seen.append((progress["percent"], progress["message"]))
            assert progress["state"] != "failed", progress
            return bool(progress["next"])

        eventually(settings, is_ready)
        print("progress:", sorted(set(seen)), file=sys.stderr)
        lab = browser.get(page("enter"), follow_redirects=True)
        assert (lab.status_code, "/lab" in str(lab.url)) == (200, True), lab.text[:2000]
        hub_user = str(lab.url).partition("/user/")[2].partition("/")[0]

        sitting = browser.get(f"/user/{hub_user}/nbassess/sitting")
        assert sitting.status_code == 200, sitting.text
        assert sitting.json()["assessment"]["problems"][0]["path"] == PATH
        eventually(settings, lambda: browser.get(f"/user/{hub_user}/api/contents/{PATH}").status_code == 200)

        xsrf = {"X-XSRFToken": browser.cookies.get("_xsrf", path=f"/user/{hub_user}/") or ""}
        answer = browser.post(f"/user/{hub_user}/nbassess/submit", json={"documents": {}}, headers=xsrf)
        assert answer.status_code == 200, answer.text
        digest = answer.json()["receipt"]["digest"]
        assert digest in browser.get(page("ended")).text

        listed = admin.get("sittings", hub_user.removeprefix("s-"))
        assert (listed["status"], listed["end_reason"]) == ("submitted", "submitted")
        # The hub answers 424 or a page of its own for a server that is gone: never the server's own answer.
        eventually(settings, lambda: browser.get(f"/user/{hub_user}/nbassess/sitting").status_code != 200)


def test_a_manager_gets_into_an_own_server(settings: Settings) -> None:
    with (
        AdminClient.of(settings) as admin,
        httpx.Client(base_url=settings.instance.public_url, timeout=60, trust_env=False) as browser,
    ):
        link = admin.post("staff-links", json={"name": "max", "role": "manager"})["link"]
        assert browser.post(page("invite/exchange"), json={"token": link.partition("#")[2]}).status_code == 200
        fields = {"form_token": form_token(browser.cookies["nbassess-session"]), "view": "lab"}
        assert browser.post(page("home/dashboards"), data=fields).headers["location"] == page("waiting?view=lab")

        def is_ready() -> bool:
            progress = browser.get(page("waiting/progress?view=lab")).json()
            assert progress["state"] != "failed", progress
            return bool(progress["next"])

        eventually(settings, is_ready)
        lab = browser.get(page("enter?view=lab"), follow_redirects=True)
        assert (lab.status_code, str(lab.url).endswith("/user/staff-max/lab/tree/dashboards/cohort.ipynb")) == (
            200,
            True,
        )
