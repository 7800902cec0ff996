"""Bring the tables to this release's shape."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from nbassess_hub.store.engine import Store

_ADVISORY_LOCK = 7_242_011


def upgrade(store: Store, *, revision: str = "head") -> None:
    """Apply every missing migration in one transaction; safe when two processes start at once."""
    with store.engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def is_current(store: Store) -> bool:
    """Tell whether the database has every migration of this release."""
    with store.engine.connect() as connection:
        have = MigrationContext.configure(connection).get_current_heads()
    return set(have) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
