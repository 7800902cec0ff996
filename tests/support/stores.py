"""Fixtures that give each test an empty, migrated database, once on SQLite and once on PostgreSQL.

Import `postgres_server`, `store_url`, `empty_store` and `store` into the conftest of the folder that uses them.
"""

import atexit
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade
from sqlalchemy.engine import make_url

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
    yield from _opened(store_url)


@pytest.fixture
def store(request: pytest.FixtureRequest, store_url: str) -> Iterator[Store]:
    """The same database with this release's tables: filled from one that was migrated once."""
    url = make_url(store_url)
    assert url.database is not None
    if url.get_backend_name() == "sqlite":
        Path(url.database).write_bytes(_migrated_file().read_bytes())
    else:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        server.refill(url.database, like=_migrated_database(server))
    yield from _opened(store_url)


def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


def _migrate(url: str) -> None:
    store = open_store(url)
    upgrade(store)
    store.close()


@cache
def _migrated_file() -> Path:
    folder = Path(mkdtemp(prefix="nbassess-store-"))
    atexit.register(rmtree, folder)
    _migrate(database_url("", folder))
    return next(folder.glob("*.sqlite"))


@cache
def _migrated_database(server: postgres.Server) -> str:
    url = database_url(server.new_database(), Path())
    _migrate(url)
    return make_url(url).database or ""
