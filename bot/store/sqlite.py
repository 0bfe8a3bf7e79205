"""Transactions on SQLite: one writer that commits whatever is queued together, and readers beside it.

Where several changes are queued, each stands in a savepoint of its own, so that one that fails takes back only itself.
One commit, and so one fsync, then makes all of them durable, and only then is anybody told. What has become too late
for whoever asked, say because another program held the database, is left out.
"""

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.store.errors import StoreUnavailable
from bot.store.held import Held
from bot.store.jobs import Job
from bot.store.ledger import Tx

AT_ONCE = 64
"""Changes in one commit at most, so that the first does not wait long for the last."""

# https://www.sqlite.org/rescode.html
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "The database is locked by another program",
    sqlite3.SQLITE_LOCKED: "The database is locked",
    sqlite3.SQLITE_NOMEM: "There is no memory left for the database",
    sqlite3.SQLITE_READONLY: "The database may not be written to",
    sqlite3.SQLITE_IOERR: "The disk of the database has failed",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged",
    sqlite3.SQLITE_FULL: "The disk of the database is full",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened",
    sqlite3.SQLITE_NOTADB: "The database file is not a SQLite database",
}


class Writer:
    def __init__(self, engine: Engine) -> None:
        self._held = Held(engine)

    def run(self, jobs: list[Job]) -> None:
        try:
            self._commit(jobs)
        except Exception as error:
            for job in jobs:
                job.error = _plainly(error)
            self.close()

    def close(self) -> None:
        self._held.drop()

    def _commit(self, jobs: list[Job]) -> None:
        connection = self._held.connection()
        with connection.begin():
            driver = _driver(connection)
            driver.execute("BEGIN IMMEDIATE")
            if len(jobs) == 1:
                _change(jobs[0], connection, driver, "ROLLBACK")
                return
            for job in jobs:
                driver.execute("SAVEPOINT change")
                _change(job, connection, driver, "ROLLBACK TO change")
                driver.execute("RELEASE change")


def _change(job: Job, connection: Connection, driver: sqlite3.Connection, take_back: str) -> None:
    try:
        job.check()
        job.result = job.change(Tx(connection, writing=True))
        job.check()
    except Exception as error:
        if not driver.in_transaction:  # SQLite itself has rolled back, and with it all that came before in this group.
            raise
        driver.execute(take_back)
        job.error = _plainly(error)


class Reader:
    def __init__(self, engine: Engine) -> None:
        self._held = Held(engine, _only_reads)

    def run(self, jobs: list[Job]) -> None:
        for job in jobs:
            try:
                self._look(job)
            except Exception as error:
                job.error = _plainly(error)

    def close(self) -> None:
        self._held.drop()

    def _look(self, job: Job) -> None:
        connection = self._held.connection()
        with connection.begin():
            _driver(connection).execute("BEGIN")  # All its queries see the same moment.
            job.result = job.change(Tx(connection, writing=False))


def _only_reads(connection: Connection) -> None:
    _driver(connection).execute("PRAGMA query_only=ON")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _plainly(error: BaseException) -> BaseException:
    """The driver's error as ours, where it says that the database cannot be used."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    said = _UNAVAILABLE.get(code & 0xFF) if isinstance(code, int) else None
    if said is None:
        return error
    unavailable = StoreUnavailable(f"{said} ({cause})")
    unavailable.__cause__ = error
    return unavailable
