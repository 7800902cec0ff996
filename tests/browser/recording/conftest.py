"""One stand for many scripts; a script that fails gets the next one a new stand."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.recording.attribution import Confusion
from tests.support.recording.stand import Stand, running_stand

SEED = os.environ.get("NBASSESS_RECORDING_SEED") or secrets.token_hex(4)


def pytest_report_header() -> str:
    """Say how to get the same faults again."""
    return f"recording faults: NBASSESS_RECORDING_SEED={SEED}"


@pytest.fixture(scope="session")
def seed() -> str:
    """What decides about all faults of this run."""
    return SEED


@pytest.fixture(scope="session")
def confusion() -> Confusion:
    """What every edit was and what it was called, over all scripts."""
    return Confusion()


class Stands:
    """The stand in use."""

    def __init__(self, browser: Browser, folders: Callable[[], Path]) -> None:
        self._browser = browser
        self._folders = folders
        self._stack = ExitStack()
        self._stand: Stand | None = None

    def current(self) -> Stand:
        """Return the stand, a new one after a failure."""
        if self._stand is None or self._stand.is_spoiled:
            self.close()
            self._stand = self._stack.enter_context(running_stand(self._browser, self._folders()))
        return self._stand

    def close(self) -> None:
        """End the stand in use."""
        self._stack.close()
        self._stand = None


@pytest.fixture(scope="module")
def stands(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stands]:
    found = Stands(browser, lambda: tmp_path_factory.mktemp("sitting"))
    yield found
    found.close()


@pytest.fixture
def stand(stands: Stands) -> Stand:
    return stands.current()
