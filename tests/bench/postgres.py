"""A real Postgres of one's own, that waits for its disk as one in earnest does."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from tests.databases import PostgresServer


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        with server._admin().connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = on"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield server
    finally:
        server.stop()
