"""Fixtures of the service's tests: every store test runs on SQLite and on PostgreSQL."""

from tests.support.stores import empty_store, postgres_server, store, store_url

__all__ = ["empty_store", "postgres_server", "store", "store_url"]
