"""Bringing a database up to date, whoever else is just doing the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.store.address import SILENT_SECONDS, database_at, engine_for
from bot.store.aside import aside
from bot.store.errors import StoreTooNew, StoreUnavailable
from bot.store.jobs import Job

MIGRATING = 0x4D494752
"""The key of the advisory lock that replicas on Postgres migrate under ("MIGR")."""

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> None:
    """Bring the database up to date. Raises StoreTooNew if it is ahead of this program, StoreUnavailable if it is not
    to be had."""
    with _connection(database_url, begin="IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        config = _config()
        if _missing(connection, ScriptDirectory.from_config(config)):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


async def migrated(database_url: str) -> None:
    """`migrate`, however long it takes, or others take who are just doing it; a process may end meanwhile."""
    await aside(partial(migrate, database_url))


def pending(database_url: str, silent_seconds: float = SILENT_SECONDS) -> list[str]:
    """The migrations this database still needs, the next one first; none: it is up to date. Raises as `migrate`."""
    with _connection(database_url, begin="", silent_seconds=silent_seconds) as connection:
        if connection.dialect.name == "postgresql" and connection.scalar(text("SHOW transaction_read_only")) == "on":
            raise StoreUnavailable("The database can only be read: it is a standby, or was set so")
        return _missing(connection, ScriptDirectory.from_config(_config()))


class Checker:
    """Says `pending` of a database, for whoever asks whether it can be used: on a new connection each time."""

    def __init__(self, database_url: str, silent_seconds: float) -> None:
        self._pending = partial(pending, database_url, silent_seconds)

    def run(self, jobs: list[Job]) -> None:
        for job in jobs:
            try:
                job.result = job.change(self._pending)
            except Exception as error:
                job.error = error

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _connection(database_url: str, *, begin: str, silent_seconds: float | None = None) -> Iterator[Connection]:
    """In one transaction: a migration is done wholly or not at all, on both databases."""
    engine = engine_for(database_at(database_url), silent_seconds=silent_seconds)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"BEGIN {begin}")
            yield connection
    except DBAPIError as error:
        raise StoreUnavailable(f"The database cannot be used: {error.orig}") from error
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _missing(connection: Connection, scripts: ScriptDirectory) -> list[str]:
    known = [script.revision for script in scripts.walk_revisions()][::-1]
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return known
    if current not in known:
        raise StoreTooNew(current)
    return known[known.index(current) + 1 :]
