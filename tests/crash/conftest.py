"""Where the crash proofs are run: SQLite with one process, Postgres with two and three."""

from collections.abc import Iterator

import pytest

from tests.crash.plays import Where
from tests.crash.runs import CONNECTIONS, wheres
from tests.databases import PostgresServer, SqliteFiles


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One that takes many processes at once."""
    server = PostgresServer(CONNECTIONS)
    yield server
    server.stop()


@pytest.fixture
def sqlite(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[0]


@pytest.fixture
def two(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[1]


@pytest.fixture
def three(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[2]
