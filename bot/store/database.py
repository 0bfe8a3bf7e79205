"""The store: transactions handed to database threads, and their results to whoever awaits them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Engine

from bot.call.values import Call
from bot.store import postgres, sqlite
from bot.store.address import database_at, engine_for, is_sqlite
from bot.store.errors import StoreUnavailable
from bot.store.jobs import Job, Jobs
from bot.store.ledger import Tx

T = TypeVar("T")


class Runner(Protocol):
    def run(self, jobs: list[Job]) -> None: ...

    def close(self) -> None: ...


class Store:
    """Fits `bot.ledger.Ledger`."""

    def __init__(self, engine: Engine, writers: Sequence[Runner], readers: Sequence[Runner], *, at_once: int) -> None:
        self._engine = engine
        self._runners = (*writers, *readers)
        self._changes = Jobs([writer.run for writer in writers], at_once, "store-writer")
        self._queries = Jobs([reader.run for reader in readers], 1, "store-reader")
        self._closed = False
        self.on_saved: Callable[[Call, Call], None] = lambda before, call: None
        """Told of each change of a call, before and after, once it is durable."""

    def start(self) -> None:
        self._changes.start()
        self._queries.start()

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

    async def close(self) -> None:
        """Finishes what was begun; nothing more is taken on."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(self._changes.close(), self._queries.close())
        for runner in self._runners:
            runner.close()
        self._engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The store is closed")


def open_store(database_url: str, *, writers: int = 8, readers: int = 2) -> Store:
    """A store on a migrated database; it connects when it is first asked something. SQLite has always one writer."""
    url = database_at(database_url)
    engine = engine_for(url)
    store = _on_sqlite(engine, readers) if is_sqlite(url) else _on_postgres(engine, writers, readers)
    store.start()
    return store


def _on_sqlite(engine: Engine, readers: int) -> Store:
    return Store(
        engine, [sqlite.Writer(engine)], [sqlite.Reader(engine) for _ in range(readers)], at_once=sqlite.AT_ONCE
    )


def _on_postgres(engine: Engine, writers: int, readers: int) -> Store:
    return Store(
        engine,
        [postgres.Writer(engine) for _ in range(writers)],
        [postgres.Reader(engine) for _ in range(readers)],
        at_once=1,
    )
