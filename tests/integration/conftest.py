"""One hub with two candidates in containers, for all tests that attack or restart something."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import docker
import pytest
from nbassess_hub.errors import HostError
from nbassess_hub.images import image_tag
from playwright.sync_api import Browser, BrowserContext

from tests.support.chromium import chromium, person
from tests.support.containers import container_of, open_kernel
from tests.support.hub_stand import HubStand, running_hub, stand_settings
from tests.support.kernel_client import Kernel
from tests.support.site import Site, running_site

ALICE = "s-aaaaaaaaaaaa"
BOB = "s-bbbbbbbbbbbb"


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException:
        pytest.skip("needs a Docker engine")
    with closing(client):
        yield client


@pytest.fixture(scope="session")
def candidate_image(engine: docker.DockerClient) -> str:
    try:
        tag = image_tag("candidate", configured=os.environ.get("NBASSESS_TEST_CANDIDATE_IMAGE", ""))
        engine.images.get(tag)
    except (HostError, docker.errors.ImageNotFound):
        pytest.skip("needs the candidate image; run `make images`")
    return tag


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory, candidate_image: str) -> Iterator[HubStand]:
    state_dir = tmp_path_factory.mktemp("isolation")
    settings = stand_settings(state_dir, name=f"nbt{secrets.token_hex(3)}", mode="docker", image=candidate_image)
    with running_hub(settings) as running:
        for name in (ALICE, BOB):
            running.add_person(name, "candidates")
            running.start_server(name)
        yield running


@pytest.fixture(scope="session")
def recording_site(tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient) -> Iterator[Site]:
    """A whole installation, for faults and attacks that need a candidate's page as well."""
    with running_site(tmp_path_factory.mktemp("faults"), subnet="172.29.75.0/24") as site:
        site.publish("faults", minutes=30, problems=["peak-calls", "join-duplicates", "clean-expenses"])
        yield site


@pytest.fixture
def kernel(stand: HubStand) -> Iterator[Kernel]:
    with open_kernel(stand, ALICE) as opened:
        yield opened


@pytest.fixture
def alice_container(stand: HubStand, engine: docker.DockerClient) -> Any:
    return container_of(stand, engine, ALICE)


# Not wider than a module: an open browser keeps an event loop in this thread, and all other tests from having theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser without any person's profile."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's profile for all cases of a module."""
    with person(browser) as opened:
        yield opened
