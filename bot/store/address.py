"""Where the database is: what DATABASE_URL may say, and an engine for it."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url

BUSY_SECONDS = 5.0
"""How long SQLite waits for another process (a migration, a back-up) before it calls the database locked."""
SILENT_SECONDS = 5
"""How long Postgres may say nothing to whoever connects, or acknowledge nothing that was sent to it, unless the address
says otherwise. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""


def database_at(database_url: str) -> URL:
    """`sqlite:///path`, a bare path, or `postgresql://…` with whatever it has behind the question mark."""
    if "://" not in database_url:
        return _sqlite_file(URL.create("sqlite", database=database_url))
    url = make_url(database_url)
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        return _sqlite_file(url.set(drivername="sqlite"))
    if kind in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    raise ValueError(f"DATABASE_URL begins with {kind}://; it takes a SQLite file or postgresql://…")


def _sqlite_file(url: URL) -> URL:
    if not url.database or ":memory:" in url.database:
        raise ValueError("DATABASE_URL names no file: a database in memory would lose everything at the first crash")
    return url


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def engine_for(url: URL) -> Engine:
    """Connections are held by whoever opens them, so there is no pool."""
    if not is_sqlite(url):
        waits = {"connect_timeout": SILENT_SECONDS, "tcp_user_timeout": SILENT_SECONDS * 1000}
        return create_engine(
            url, poolclass=NullPool, connect_args={k: v for k, v in waits.items() if k not in url.query}
        )
    # No isolation level: the driver begins no transaction of its own, we say BEGIN.
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA temp_store=MEMORY")
