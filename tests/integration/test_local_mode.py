"""Mode local: the whole way from a ticket to a kernel without a Docker engine, real hub, real bubblewrap.

Promise: default-deny at the hub holds in both modes; what mode local does not protect is said in its warning.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_hub.child import recorded_process
from nbassess_hub.errors import StackError
from nbassess_hub.local_spawner import LOCAL_MODE_WARNING
from nbassess_hub.stack import proxy_program

from tests.support.containers import open_kernel
from tests.support.hub_stand import API, HubStand, running_hub, stand_settings

pytestmark = pytest.mark.timeout(300)

NAME = "s-abcdefgh2345"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubStand]:
    if shutil.which("bwrap") is None:
        pytest.skip("needs bubblewrap")
    try:
        proxy_program()
    except StackError as error:
        pytest.skip(error.message)
    settings = stand_settings(tmp_path_factory.mktemp("local"), name="nblocal", mode="local")
    with running_hub(settings) as running:
        running.add_person(NAME, "candidates")
        running.start_server(NAME)
        yield running


def test_ticket_leads_into_lab_once(stand: HubStand) -> None:
    ticket = stand.service.ticket(NAME, "candidates")
    with stand.browser() as browser:
        browser.cookies.set("nbassess-ticket", ticket, domain="127.0.0.1", path="/hub/")
        lab = browser.get("/hub/login", params={"next": f"/user/{NAME}/lab"}, follow_redirects=True)
        assert lab.status_code == 200
        assert str(lab.url).endswith(f"/user/{NAME}/lab")
        assert browser.cookies.get("nbassess-ticket") is None
    with stand.browser() as thief:
        thief.cookies.set("nbassess-ticket", ticket, domain="127.0.0.1", path="/hub/")
        answer = thief.get("/hub/login", follow_redirects=True)
        assert answer.status_code == 403
        assert "used already or has expired" in answer.text
        assert thief.cookies.get("nbassess-ticket") is None


def test_login_page_asks_for_the_link_and_for_no_password(stand: HubStand) -> None:
    with stand.browser() as browser:
        page = browser.get("/hub/login", follow_redirects=True)
        assert page.status_code == 403
        assert "Open your link" in page.text
        assert "<input" not in page.text
        assert browser.post("/hub/login", data={"username": NAME, "password": "x"}).status_code in (403, 405)


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/hub/home", 200), ("/hub/nothing", 404)])
def test_pages_of_the_hub_lead_to_the_start_page_and_offer_no_server(stand: HubStand, path: str, status: int) -> None:
    with stand.browser() as browser:
        stand.log_in(browser, NAME, "candidates", "/hub/home")
        page = browser.get(path, follow_redirects=path != "/")
        if path == "/":
            assert browser.get(page.headers["location"]).headers["location"] == "/services/nbassess/"
            return
        assert (page.status_code, 'href="/services/nbassess/"' in page.text) == (status, True)
        assert "My Server" not in page.text
        assert "/hub/token" not in page.text


@pytest.mark.parametrize(
    "target", ["//evil.example/x", "\\\\evil.example", "https://evil.example/", "/\t/evil.example", "/%0a/evil.example"]
)
def test_next_stays_on_this_host(stand: HubStand, target: str) -> None:
    with stand.browser() as browser:
        ticket = stand.service.ticket(NAME, "candidates")
        browser.cookies.set("nbassess-ticket", ticket, domain="127.0.0.1", path="/hub/")
        answer = browser.get("/hub/login", params={"next": target})
        assert answer.status_code == 302
        assert "evil" not in answer.headers["location"] or answer.headers["location"].startswith("/%0a/")


def test_second_ticket_in_one_browser_makes_the_other_person(stand: HubStand) -> None:
    other = "s-zzzzzzzzzzzz"
    stand.add_person(other, "candidates")
    with stand.browser() as browser:
        for name in (NAME, other):
            stand.log_in(browser, name, "candidates", "/hub/home")
            marker = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""}
            assert browser.get("/hub/api/user", headers=marker).json()["name"] == name


def test_second_ticket_of_the_same_person_leaves_them_signed_in(stand: HubStand) -> None:
    with stand.browser() as browser:
        for _ in range(2):
            assert stand.log_in(browser, NAME, "candidates", f"/user/{NAME}/lab").status_code == 200
            assert browser.get("/hub/login", params={"next": f"/user/{NAME}/lab"}).status_code == 302


def test_login_of_somebody_in_the_wrong_group_is_refused(stand: HubStand) -> None:
    with stand.browser() as browser:
        assert stand.log_in(browser, NAME, "managers", "/hub/home").status_code == 403
        assert browser.get("/hub/home").status_code == 302


def test_kernel_runs_in_the_sandbox_and_sees_no_other_sitting(stand: HubStand) -> None:
    layout = stand.settings.layout
    with open_kernel(stand, NAME) as kernel:
        seen = kernel.ask(f"""
            import os
            open("/home/work/written.txt", "w").write("here")
            answer = [os.path.exists(path) for path in ({str(layout.volumes)!r}, {str(layout.secrets)!r}, "/home/work")]
        """)
    assert seen == [False, False, True]
    assert (layout.volumes / NAME / "work/written.txt").read_text() == "here"


def test_recorder_of_the_server_asks_the_service_for_its_bundle(stand: HubStand) -> None:
    assert ("GET", f"{API}/sitting/bundle") in stand.service.received


def test_server_ends_when_the_service_stops_it(stand: HubStand) -> None:
    name = "s-yyyyyyyyyyyy"
    stand.add_person(name, "candidates")
    stand.start_server(name)
    pid_file = stand.settings.layout.run / f"server-{name}.pid"
    pid = recorded_process(pid_file)
    assert pid is not None
    answer = stand.as_service.delete(f"/users/{name}/server")
    assert answer.status_code in (202, 204)
    assert not pid_file.exists()
    assert not Path(f"/proc/{pid}/cmdline").exists() or Path(f"/proc/{pid}/cmdline").read_bytes() == b""


def test_warning_says_what_it_is_for() -> None:
    assert "trying out" in LOCAL_MODE_WARNING
    assert "Do not assess anybody" in LOCAL_MODE_WARNING
