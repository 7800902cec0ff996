"""An analyst's container: an ordinary user, no capability, a token that reads and does nothing else.

Promise: default-deny; threats H02, H25, S29. Real hub, real container.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import docker
import pytest
from nbassess_hub.errors import HostError
from nbassess_hub.images import image_tag

from tests.support.containers import container_of, open_kernel, server_token
from tests.support.hub_stand import HubStand

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

ADA = "staff-ada"
ALICE = "s-aaaaaaaaaaaa"


@pytest.fixture(scope="module")
def ada(stand: HubStand, engine: docker.DockerClient) -> Iterator[Any]:
    try:
        engine.images.get(image_tag("analyst", configured=stand.stack.settings.analyst_image))
    except (HostError, docker.errors.ImageNotFound):
        pytest.skip("needs the analyst image; run `make images`")
    stand.add_person(ADA, "managers")
    stand.start_server(ADA)
    yield container_of(stand, engine, ADA)
    stand.as_service.delete(f"/users/{ADA}").raise_for_status()


def test_analyst_is_an_ordinary_user_without_capabilities(stand: HubStand, ada: Any) -> None:
    with open_kernel(stand, ADA) as kernel:
        status = kernel.ask("""
            lines = open("/proc/self/status").read().splitlines()
            answer = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
        """)
    assert set(status["Uid"].split()) == {"1000"}
    assert [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0, 0, 0, 0]
    assert status["NoNewPrivs"] == "1"


def test_analysts_token_reads_and_neither_starts_nor_opens_anything(stand: HubStand, ada: Any) -> None:
    with stand.api(server_token(ada)) as hub:
        me = hub.get("/user").json()
        assert (me["name"], me["groups"]) == (ADA, ["managers"])
        custom = {scope for scope in me["scopes"] if scope.startswith("custom:")}
        assert custom == {
            "custom:nbassess:read:recordings",
            "custom:nbassess:read:reports",
            "custom:nbassess:read:sittings",
        }
        assert hub.post(f"/users/{ADA}/tokens").status_code in (403, 404)
        assert hub.get(f"/users/{ALICE}").status_code in (403, 404)


def test_analyst_cannot_open_a_candidates_server(stand: HubStand, ada: Any) -> None:
    with stand.browser() as browser:
        assert stand.log_in(browser, ADA, "managers", f"/user/{ADA}/lab").status_code == 200
        assert browser.get(f"/user/{ALICE}/lab", follow_redirects=True).status_code == 403


def test_dashboards_lie_ready(stand: HubStand, ada: Any) -> None:
    with open_kernel(stand, ADA) as kernel:
        names = kernel.ask("import os; answer = os.listdir('/home/analyst/dashboards')")
    assert "cohort.ipynb" in names
