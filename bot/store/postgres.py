"""Transactions on Postgres: a few threads, each with a connection, each transaction by itself.

READ COMMITTED, with the rows that matter locked. What Postgres rolled back for the sake of others is run again; so is
what lost its connection before its commit, as long as somebody waits for it. A connection that could not be made is not
tried again before the next transaction.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.store.errors import StoreUnavailable
from bot.store.held import Held
from bot.store.jobs import Job
from bot.store.ledger import Tx

TRIES = 6
LONGEST_PAUSE = 0.2

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNAVAILABLE = ("08", "25006", "53", "57", "58")
"""Connection, read-only (a standby), resources (disk full), operator (restarting), system."""
_FOR_OTHERS = ("40", "23505")
"""A deadlock, a serialization failure, a row that somebody else has just added: gone when it is run again."""


class Writer:
    def __init__(self, engine: Engine) -> None:
        self._held = Held(engine)
        self._committing = False

    def run(self, jobs: list[Job]) -> None:
        for job in jobs:
            try:
                job.result = self._tried(job)
            except Exception as error:
                job.error = _plainly(error)

    def close(self) -> None:
        self._held.drop()

    def _tried(self, job: Job) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                return self._transaction(job)
            except Exception as error:
                again = self._may_be_run_again(error)
                if _is_lost(error) or _only_reads_there(error):
                    self.close()
                if tried == TRIES or job.is_late or not again:
                    raise
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**tried)))
        raise AssertionError

    def _transaction(self, job: Job) -> Any:
        self._committing = False
        connection = self._held.connection()
        job.check()  # Connecting may have taken long.
        with connection.begin():
            result = job.change(Tx(connection, writing=True))
            job.check()
            self._committing = True
        return result

    def _may_be_run_again(self, error: Exception) -> bool:
        """Not what broke in its commit: nobody can tell whether it was done."""
        if _state(error).startswith(_FOR_OTHERS) or _only_reads_there(error):
            return True
        return _is_lost(error) and self._held.is_connected and not self._committing


class Reader:
    def __init__(self, engine: Engine) -> None:
        self._held = Held(engine, _only_reads)

    def run(self, jobs: list[Job]) -> None:
        for job in jobs:
            try:
                job.result = self._tried(job)
            except Exception as error:
                job.error = _plainly(error)

    def close(self) -> None:
        self._held.drop()

    def _tried(self, job: Job) -> Any:
        try:
            return self._look(job.change)
        except DBAPIError as error:
            if not _is_lost(error):
                raise
            again = self._held.is_connected and not job.is_late
            self.close()
            if not again:
                raise
            return self._look(job.change)

    def _look(self, query: Callable[[Tx], Any]) -> Any:
        connection = self._held.connection()
        with connection.begin():
            return query(Tx(connection, writing=False))


def _only_reads(connection: Connection) -> None:
    """All queries of a look see the same moment."""
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _state(error: BaseException) -> str:
    return getattr(error.orig, "sqlstate", None) or "" if isinstance(error, DBAPIError) else ""


def _is_lost(error: BaseException) -> bool:
    """The connection is, or could not be made."""
    return isinstance(error, OperationalError) and _state(error)[:2] in ("", "08", "57")


def _only_reads_there(error: BaseException) -> bool:
    """The server of this connection has become a standby; a new connection may lead to the one that took its place."""
    return _state(error) == "25006"


def _plainly(error: BaseException) -> BaseException:
    """The driver's error as ours, where it says that the database cannot be used."""
    if not (_is_lost(error) or _state(error).startswith(_UNAVAILABLE)):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    unavailable = StoreUnavailable(f"The database cannot be used ({str(cause).strip()})")
    unavailable.__cause__ = error
    return unavailable
