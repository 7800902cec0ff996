"""Fixtures of the service's tests: everything that touches the store runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_hub.store.engine import Store

from tests.support.house import House, open_house
from tests.support.stores import empty_store, postgres_server, store, store_url

__all__ = ["empty_store", "house", "postgres_server", "store", "store_url"]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[House]:
    """The service with one published assessment."""
    house = open_house(store, tmp_path)
    house.publish()
    yield house
    # A start that is still under way must not meet a closed database.
    house.parts.boots.close(wait=True)
