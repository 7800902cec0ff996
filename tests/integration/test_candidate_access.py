"""What a candidate may do at the hub, and what they keep when something around them restarts.

Promise: default-deny, nothing-lost; threats H01, H02, H03, H10, F01, F05, F07. Real hub, real containers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from tests.support.containers import container_of, open_kernel, server_token
from tests.support.hub_stand import HubStand
from tests.support.site import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

ALICE = "s-aaaaaaaaaaaa"
BOB = "s-bbbbbbbbbbbb"


def test_server_token_is_good_for_itself_and_the_sitting_only(stand: HubStand, alice_container: Any) -> None:
    with stand.api(server_token(alice_container)) as hub:
        me = hub.get("/user").json()
        assert (me["name"], me["groups"]) == (ALICE, ["candidates"])
        assert {scope.partition("!")[0] for scope in me["scopes"]} == {
            "access:servers",
            "custom:nbassess:sit",
            "read:users:activity",
            "read:users:groups",
            "read:users:name",
            "users:activity",
        }
        assert refused(hub) == {}
    assert stand.as_service.get(f"/users/{ALICE}").json()["servers"][""]["ready"]
    assert stand.as_service.get(f"/users/{BOB}").json()["servers"][""]["ready"]


def refused(hub: httpx.Client) -> dict[str, int]:
    """Try everything a candidate must not do at the hub; return what was not refused."""
    attempts: list[tuple[str, str, dict[str, object]]] = [
        ("POST", f"/users/{ALICE}/tokens", {}),
        ("GET", f"/users/{ALICE}/tokens", {}),
        ("POST", f"/users/{ALICE}/server", {}),
        ("DELETE", f"/users/{ALICE}/server", {}),
        ("POST", f"/users/{ALICE}/servers/second", {}),
        ("PATCH", f"/users/{ALICE}", {"name": ALICE, "admin": True}),
        ("DELETE", f"/users/{ALICE}", {}),
        ("POST", f"/shares/{ALICE}/", {"user": BOB}),
        ("GET", "/users", {}),
        ("POST", "/users", {"usernames": ["s-cccccccccccc"]}),
        ("GET", f"/users/{BOB}", {}),
        ("POST", f"/users/{BOB}/tokens", {}),
        ("POST", f"/users/{BOB}/activity", {"last_activity": "2026-01-01T00:00:00Z"}),
        ("DELETE", f"/users/{BOB}/server", {}),
        ("GET", "/groups", {}),
        ("POST", "/groups/managers/users", {"users": [ALICE]}),
        ("GET", "/services", {}),
        ("GET", "/proxy", {}),
        ("POST", "/proxy", {}),
        ("POST", "/shutdown", {}),
    ]
    answers = {f"{method} {path}": hub.request(method, path, json=body).status_code for method, path, body in attempts}
    return {what: status for what, status in answers.items() if status not in (403, 404)}


def test_candidate_in_the_browser_opens_the_own_lab_and_nobody_elses(stand: HubStand) -> None:
    with stand.browser() as browser:
        lab = stand.log_in(browser, ALICE, "candidates", f"/user/{ALICE}/lab")
        assert lab.status_code == 200
        assert "jupyter-config-data" in lab.text
        for path in (f"/user/{BOB}/lab", f"/user/{BOB}/api/contents"):
            assert browser.get(path, follow_redirects=True).status_code == 403, path
        marker = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""}
        own = browser.get("/hub/api/user", headers=marker)
        assert own.json()["name"] == ALICE
        for method, path in (("POST", f"/users/{ALICE}/tokens"), ("DELETE", f"/users/{ALICE}/server")):
            assert browser.request(method, f"/hub/api{path}", headers=marker).status_code == 403
        assert browser.get("/hub/spawn", follow_redirects=True).status_code == 403


def test_start_with_options_is_refused_and_forgotten(stand: HubStand) -> None:
    name = "s-cccccccccccc"
    stand.add_person(name, "candidates")
    with pytest.raises(AssertionError, match=r"takes no options|does not know of a start"):
        stand.start_server(name, {"image": "debian:bookworm"})
    assert stand.as_service.get(f"/users/{name}").json()["servers"] == {}
    stand.start_server(name)
    # The hub answers 400 while it still stops the server.
    wait_for(lambda: stand.as_service.delete(f"/users/{name}").status_code in (204, 404), "the person to be gone")
    volumes = Path(stand.settings.layout.volumes)
    assert [path.name for path in volumes.glob(f"*{name}*")] == []


# ---- restarts of what is around it ----------------------------------------------------------------------------------


def test_kernel_goes_on_while_hub_and_proxy_restart(stand: HubStand, engine: docker.DockerClient) -> None:
    before = container_of(stand, engine, ALICE).id
    with open_kernel(stand, ALICE) as kernel:
        kernel.run("kept = 41")
        stand.stack.restart("hub")
        assert kernel.ask("answer = kept + 1") == 42
    stand.stack.restart("proxy")
    with open_kernel(stand, ALICE) as again:
        assert again.ask("answer = 1") == 1
    assert container_of(stand, engine, ALICE).id == before


def test_work_survives_a_container_that_died(stand: HubStand, engine: docker.DockerClient) -> None:
    with open_kernel(stand, ALICE) as kernel:
        kernel.run("open('/home/work/kept.txt', 'w').write('kept')")
    first = container_of(stand, engine, ALICE)
    first.kill()
    stand.as_service.delete(f"/users/{ALICE}/server")
    stand.start_server(ALICE)
    assert container_of(stand, engine, ALICE).id != first.id
    with open_kernel(stand, ALICE) as kernel:
        assert kernel.ask("answer = open('/home/work/kept.txt').read()") == "kept"
