"""Fixtures that give each test an empty, migrated database, once on SQLite and once on PostgreSQL.

Import `postgres_server`, `store_url`, `empty_store` and `store` into the conftest of the folder that uses them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade

from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A server for the whole test run; made when the first test asks for it."""
    with postgres.running_server(postgres.require_binaries()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of this test's own."""
    if request.param == "sqlite":
        return database_url("", tmp_path)
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return database_url(server.new_database(), tmp_path)


@pytest.fixture
def empty_store(store_url: str) -> Iterator[Store]:
    """A database without tables."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """A database with this release's tables."""
    upgrade(empty_store)
    return empty_store
