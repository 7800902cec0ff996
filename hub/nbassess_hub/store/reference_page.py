"""The reference page of the tables, read off the models."""

import inspect

from sqlalchemy import Column, Table

from nbassess_hub.store.models import APPEND_ONLY, Base

_HEAD = """<!-- Written by `python -m nbassess_hub.reference` from nbassess_hub/store/models.py; edit it there. -->

# The store

SQLite (write-ahead log, every commit on disk before it is acknowledged) in the state directory, or PostgreSQL by
`service.database_url`. The service brings the tables up to date when it starts; `alembic_version` says where they are.

Columns ending in `_ms` are epoch milliseconds of the server's clock, columns ending in `_hash` the SHA-256 of a secret
that is stored nowhere. Tables marked *append-only* refuse every update and delete by a trigger in the database.
"""


def store_page() -> str:
    """Return docs/reference/store.md."""
    lines = [_HEAD]
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.local_table.description):
        table = mapper.local_table
        assert isinstance(table, Table), "every model is a table"
        mark = " (append-only)" if table.name in APPEND_ONLY else ""
        lines += [f"## {table.name}{mark}\n", f"{inspect.getdoc(mapper.class_)}\n"]
        lines += ["| Column | Type | |", "|---|---|---|", *(_row(column) for column in table.columns), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(column: Column[object]) -> str:
    notes = []
    if column.primary_key:
        notes.append("key")
    notes += [
        f"of `{key.column.table.name}`" for key in sorted(column.foreign_keys, key=lambda key: key.target_fullname)
    ]
    if column.nullable:
        notes.append("may be null")
    return f"| `{column.name}` | {column.type} | {', '.join(notes)} |"
