"""The tables hold their promises on both databases."""

import threading
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from nbassess_hub.store.engine import Store, open_store
from nbassess_hub.store.migrate import is_current, upgrade
from nbassess_hub.store.models import APPEND_ONLY, AuditRow, Base, Candidate
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError


def test_migrations_produce_exactly_the_models(empty_store: Store) -> None:
    upgrade(empty_store)
    with empty_store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_is_not_current_and_a_migrated_one_is(empty_store: Store) -> None:
    before = is_current(empty_store)
    upgrade(empty_store)
    upgrade(empty_store)
    assert (before, is_current(empty_store)) == (False, True)


def test_two_processes_may_upgrade_at_once(store_url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        store = open_store(store_url)
        try:
            upgrade(store)
        except Exception as error:  # noqa: BLE001 - the test reports whatever the thread raised
            failures.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_append_only_tables_refuse_changes(store: Store, table: str, statement: str) -> None:
    insert_any_row(store, table)
    column = next(iter(Base.metadata.tables[table].columns)).name
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), store.write() as session:
        session.execute(text(statement.format(table=table, column=column)))
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Base.metadata.tables[table])) == 1


def test_postgresql_refuses_truncate_too(store: Store) -> None:
    if store.engine.dialect.name != "postgresql":
        return
    with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
        session.execute(text("TRUNCATE audit"))


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as session:
            session.add(a_candidate("c1"))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.read() as session:
        assert session.get(Candidate, "c1") is None


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    """A check of a recording whose rows are being dropped must not take them for lost."""
    count = select(func.count()).select_from(Candidate)
    with store.read() as reading:
        before = reading.scalar(count)
        with store.write() as session:
            session.add(a_candidate("c1"))
        assert reading.scalar(count) == before
    with store.read() as reading:
        assert reading.scalar(count) == 1


def test_writers_in_many_threads_lose_no_row(store: Store) -> None:
    def add(number: int) -> None:
        for step in range(5):
            with store.write() as session:
                session.add(
                    AuditRow(at_ms=step, actor=str(number), action="a", subject="s", before="", after="", reason="")
                )

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == 40


def test_sqlite_waits_for_the_disk_at_commit(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        return
    with store.engine.connect() as connection:
        answers = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert answers == ["wal", 2]


def a_candidate(candidate_id: str) -> Candidate:
    return Candidate(id=candidate_id, name="Ada", email=None, is_synthetic=False, created_ms=1)


def insert_any_row(store: Store, table: str) -> None:
    """Insert one made-up row; foreign keys are looked away from, they are not what is tested."""
    columns = Base.metadata.tables[table].columns
    row: dict[str, Any] = {column.name: _made_up(column.type.python_type) for column in columns}
    with store.engine.connect() as connection:
        switch_off = "PRAGMA foreign_keys=OFF" if connection.dialect.name == "sqlite" else "SELECT 1"
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        raw = connection.connection.dbapi_connection
        if connection.dialect.name == "sqlite" and raw is not None:
            connection.rollback()
            raw.execute(switch_off)
        connection.execute(insert(Base.metadata.tables[table]).values(**row))
        connection.commit()
        connection.invalidate()


def _made_up(kind: type) -> object:
    return {int: 1, float: 1.0, bool: True, str: "x", bytes: b"x"}[kind]
