"""The store: transactions handed to database threads, and their results to whoever awaits them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Engine

from bot.call.values import Call
from bot.store import postgres, sqlite
from bot.store.address import SILENT_SECONDS, database_at, engine_for, is_sqlite
from bot.store.errors import StoreUnavailable
from bot.store.jobs import Jobs, Runner
from bot.store.ledger import Tx
from bot.store.migrating import Checker

T = TypeVar("T")


class Store:
    """Fits `bot.ledger.Ledger`."""

    def __init__(
        self, engine: Engine, writers: Sequence[Runner], readers: Sequence[Runner], checker: Checker, *, at_once: int
    ) -> None:
        self._engine = engine
        self._changes = Jobs([*writers], at_once, "store-writer")
        self._queries = Jobs([*readers], 1, "store-reader")
        self._checks = Jobs([checker], 1, "store-checker")
        self._all = (self._changes, self._queries, self._checks)
        self._closed = False
        self.on_saved: Callable[[Call, Call], None] = lambda before, call: None
        """Told of each change of a call, before and after, once it is durable."""

    def start(self) -> None:
        for jobs in self._all:
            jobs.start()

    async def commit(self, change: Callable[[Tx], T]) -> T:
        self._check_open()
        saved: list[tuple[Call, Call]]
        result: T
        result, saved = await self._changes.done(lambda tx: (change(tx), tx.saved))
        for before, call in saved:
            self.on_saved(before, call)
        return result

    async def look(self, query: Callable[[Tx], T]) -> T:
        self._check_open()
        result: T = await self._queries.done(query)
        return result

    async def behind(self) -> list[str]:
        """The migrations the database still needs, as `pending` says."""
        self._check_open()
        missing: list[str] = await self._checks.done(lambda pending: pending())
        return missing

    def hurry(self, seconds: float) -> None:
        """The end is near: from now on nobody waits longer than this."""
        for jobs in self._all:
            jobs.hurry(seconds)

    async def close(self) -> None:
        """Finishes what was begun, as far as the database lets it; nothing more is taken on."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*(jobs.close() for jobs in self._all))
        self._engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The store is closed")


def open_store(
    database_url: str, *, writers: int = 8, readers: int = 2, silent_seconds: float = SILENT_SECONDS
) -> Store:
    """A store on a migrated database; it connects when it is first asked something. SQLite has always one writer.

    `silent_seconds`: after so long without an answer from Postgres a connection is given up.
    """
    url = database_at(database_url)
    engine, checker = engine_for(url, silent_seconds=silent_seconds), Checker(database_url, silent_seconds)
    store = _on_sqlite(engine, readers, checker) if is_sqlite(url) else _on_postgres(engine, writers, readers, checker)
    store.start()
    return store


def _on_sqlite(engine: Engine, readers: int, checker: Checker) -> Store:
    writer = sqlite.Writer(engine)
    return Store(engine, [writer], [sqlite.Reader(engine) for _ in range(readers)], checker, at_once=sqlite.AT_ONCE)


def _on_postgres(engine: Engine, writers: int, readers: int, checker: Checker) -> Store:
    return Store(
        engine,
        [postgres.Writer(engine) for _ in range(writers)],
        [postgres.Reader(engine) for _ in range(readers)],
        checker,
        at_once=1,
    )
