"""Fixtures that tests everywhere may ask for."""

from tests.databases import (
    database_url,
    empty_database_url,
    postgres_server,
    sqlite_files,
    sqlite_takes_no_datetime,
    store,
)
from tests.logged import out

__all__ = [
    "database_url",
    "empty_database_url",
    "out",
    "postgres_server",
    "sqlite_files",
    "sqlite_takes_no_datetime",
    "store",
]
