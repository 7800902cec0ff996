"""What tests in a browser share: the browser itself, and a reader's notebook server with the replay's page on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.chromium import chromium, person
from tests.support.dashboard_site import analyst_server
from tests.unit.dashboards.api_server import READER, serving
from tests.unit.dashboards.synthetic_cohort import Fixture


# Not wider than a module: an open browser keeps an event loop in this thread, and all other tests from having theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser without any person's profile."""
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's profile, with a window in which the whole replay has room."""
    with person(browser, width=1440, height=1300) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reader's files."""
    return tmp_path_factory.mktemp("analyst")


@pytest.fixture(scope="module")
def analyst(fixture: Fixture, home: Path) -> Iterator[str]:
    """The address of a reader's notebook server that sees the sittings of the module's `fixture`."""
    with serving(fixture) as api_url, analyst_server(api_url, READER, home) as url:
        yield url
