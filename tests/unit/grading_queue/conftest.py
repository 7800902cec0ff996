"""Queue tests run on SQLite and on PostgreSQL."""

from tests.support.stores import empty_store, postgres_server, store, store_url

__all__ = ["empty_store", "postgres_server", "store", "store_url"]
