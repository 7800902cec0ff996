"""Open the database and hand out short transactions.

A writer takes the write lock when it begins (SQLite: BEGIN IMMEDIATE; PostgreSQL: row locks as it goes), so that it
never reads a state that it may not change any more. Commit returns when the data is on disk: an acknowledged event
survives a power cut. A reader sees one state all along: rows that are dropped or added meanwhile change nothing for it.

SQLite has one writer at a time and lets the others look again and again, asleep in between. Threads of one process
therefore take turns before they ask for its lock: many senders of small batches get about twice as much stored.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 15_000


def database_url(configured: str, state_dir: Path) -> str:
    """Return the URL to open: the configured one, or the embedded SQLite file in ``state_dir``."""
    url = configured or f"sqlite:///{state_dir / 'nbassess.sqlite'}"
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    return url


@dataclass(frozen=True, slots=True)
class Store:
    """The database. Cheap to share between threads; one session per unit of work.

    `turn` is held by the thread that writes; None where the database itself lets many write.
    """

    engine: Engine
    turn: threading.Lock | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the database from its first statement on, rolled back at the end."""
        with Session(self._snapshots()) as session:
            yield session

    def _snapshots(self) -> Engine:
        if self.engine.dialect.name == "sqlite":  # whose every transaction is one
            return self.engine
        return self.engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that holds the write lock; commit at the end, roll back on an exception."""
        with self._turn(), Session(self.engine.execution_options(writes=True)) as session, session.begin():
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # Whoever waits in vain goes on and is told by SQLite that the database is locked.
        is_held = self.turn is not None and self.turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            yield
        finally:
            if self.turn is not None and is_held:
                self.turn.release()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Connect to ``url``. Does not create tables: see ``migrate.upgrade``."""
    if make_url(url).get_backend_name() == "sqlite":
        return Store(_open_sqlite(url), threading.Lock())
    return Store(create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30))


def _open_sqlite(url: str) -> Engine:
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, pool_size=10, max_overflow=30)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: _begin_sqlite decides which kind.
    connection.isolation_level = None
    _keep_a_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _keep_a_write_ahead_log(connection: Any) -> None:
    # The mode stays with the file. Only its first change can meet another process doing the same, and for that one
    # statement SQLite does not wait for the busy timeout but refuses at once.
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as refusal:
            if refusal.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
