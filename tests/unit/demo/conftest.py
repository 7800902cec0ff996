"""The demo is tested against the service on SQLite: what it does to a database is the service's business."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade

from tests.support.house import House, open_house


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(database_url("", tmp_path))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return open_house(store, tmp_path)
