"""Where the crash proofs are run: SQLite with one process, Postgres with two and three."""

import pytest

from tests.crash.plays import Where
from tests.crash.runs import wheres
from tests.databases import PostgresServer, SqliteFiles


@pytest.fixture
def sqlite(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[0]


@pytest.fixture
def two(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[1]


@pytest.fixture
def three(sqlite_files: SqliteFiles, postgres_server: PostgresServer) -> Where:
    return wheres(sqlite_files, postgres_server)[2]
