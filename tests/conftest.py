"""Fixtures that tests everywhere may ask for."""

from tests.databases import database_url, empty_database_url, postgres_server, sqlite_files, store

__all__ = ["database_url", "empty_database_url", "postgres_server", "sqlite_files", "store"]
