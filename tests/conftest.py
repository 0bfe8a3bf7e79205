"""Fixtures that tests everywhere may ask for."""

import gc

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


def pytest_collection_finish() -> None:
    """Thousands of tests are here to stay. A collection of garbage that walked over them all would stop the bot, the
    stand-ins and their clock for seconds at a time, which is longer than Slack waits."""
    gc.collect()
    gc.freeze()
