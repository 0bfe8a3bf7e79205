"""Databases are brought up to date, by several at once, and one that is ahead is left alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.store import StoreTooNew, migrate, pending
from bot.store.address import database_at, engine_for
from bot.store.tables import metadata


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = engine_for(database_at(url))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_new_database_is_brought_up_to_date_once(empty_database_url: str) -> None:
    assert pending(empty_database_url) == ["0001", "0002", "0003", "0004", "0005", "0006"]
    migrate(empty_database_url)
    assert pending(empty_database_url) == []
    migrate(empty_database_url)


def test_several_may_migrate_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as replicas:
        for migrated in [replicas.submit(migrate, empty_database_url) for _ in range(4)]:
            migrated.result(timeout=60)
    assert pending(empty_database_url) == []


def test_a_database_that_is_ahead_is_refused(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (migrate, pending):
        with pytest.raises(StoreTooNew, match="revision 9999, which this version of Huddle Ringer does not know"):
            ask(database_url)


def test_a_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    with connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_migrated_database_has_the_same_indexes_as_the_tables(database_url: str, empty_database_url: str) -> None:
    """Alembic does not compare which rows an index is for."""
    if database_url.partition(":")[0] != empty_database_url.partition(":")[0]:
        pytest.skip("two different databases")
    with connected(empty_database_url) as connection:
        metadata.create_all(connection)
        right = _indexes(connection)
    with connected(database_url) as connection:
        found = _indexes(connection)
    assert {name: said for name, said in found.items() if "alembic" not in name} == right
    assert "work_ready" in right


def _indexes(connection: Connection) -> dict[str, str]:
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }[connection.dialect.name]
    rows = connection.execute(text(query)).all()
    return {name: sql.replace("(work.", "(").replace("work.", "").replace("calls.", "") for name, sql in rows}
