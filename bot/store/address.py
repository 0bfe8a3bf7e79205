"""Where the database is: what DATABASE_URL may say, and an engine for it."""

import sqlite3
from functools import partial
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url

CHECKPOINT_PAGES = 4000
"""Sixteen megabytes of changes are gathered before they are carried over into SQLite's file: whoever commits then waits
for it, and a page that many have changed is carried over once.
https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint"""
BUSY_SECONDS = 5.0
"""How long SQLite waits for another process (a migration, a back-up) before it calls the database locked."""
SILENT_SECONDS = 5
"""How long Postgres may say nothing to whoever connects, or acknowledge nothing that was sent to it, unless the address
says otherwise. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""
IDLE_SECONDS = 10
"""How long Postgres keeps a transaction, with all it has locked, for somebody of whom it hears nothing."""


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


def engine_for(url: URL, *, silent_seconds: float | None = None) -> Engine:
    """Connections are held by whoever opens them, so there is no pool.

    `silent_seconds`: for so long one statement may take on Postgres; then its connection is given up.
    """
    if not is_sqlite(url):
        return _for_postgres(url, silent_seconds)
    # No isolation level: the driver begins no transaction of its own, we say BEGIN.
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _for_postgres(url: URL, silent_seconds: float | None) -> Engine:
    waits = {
        "connect_timeout": SILENT_SECONDS,
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "keepalives_idle": SILENT_SECONDS,
        "keepalives_interval": SILENT_SECONDS,
    }
    engine = create_engine(url, poolclass=NullPool, connect_args={k: v for k, v in waits.items() if k not in url.query})
    if silent_seconds is not None:
        event.listen(engine, "do_connect", partial(_impatient, silent_seconds))
    return engine


def _impatient(seconds: float, dialect: Any, record: Any, args: Any, given: dict[str, Any]) -> Any:
    """A connection of psycopg's on which nobody waits longer. TCP's own time-outs do not see a server that has stopped
    while its machine goes on, and are none on a Unix socket. Postgres, where it is well, ends a statement a little
    sooner: else one that waits for a lock would go on waiting there when we are gone, and with each try one more."""
    connection = dialect.connect(*args, **given)
    wait, failed = connection.wait, dialect.loaded_dbapi.OperationalError

    def impatient(generator: Any, *args: Any, **given: Any) -> Any:
        try:
            return wait(generator, *args, **{**given, "timeout": seconds})
        except failed as error:
            if error.sqlstate is not None or connection.closed:
                raise
            connection.close()
            raise failed(f"it has said nothing for {seconds:g} s") from error

    connection.wait = impatient
    try:
        connection.execute(
            f"SET statement_timeout = {int(seconds * 900)};"
            f"SET idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000}"
        )
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
