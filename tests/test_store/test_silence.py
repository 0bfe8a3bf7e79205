"""A database that does not answer: nobody waits for ever, and what was said to have failed does not happen later."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest
from sqlalchemy import text

from bot.ledger import patience
from bot.store import Store, StoreUnavailable, Tx, open_store
from bot.store.address import database_at, engine_for
from tests.databases import PostgresServer
from tests.forwarder import Forwarder, forwarder
from tests.test_store.examples import a_call

SOON = 20
SILENT = 1.0

Change = Callable[[Tx], object]


async def kept(store: Store, *names: str) -> list[bool]:
    return await store.look(lambda tx: [tx.call(name) is not None for name in names])


def add(name: str, gate: Event | None = None) -> Change:
    def change(tx: Tx) -> None:
        tx.add_call(a_call(name), None)
        assert gate is None or gate.wait(SOON)

    return change


async def is_given_up(store: Store, change: Change, seconds: float = 0.3) -> None:
    async with asyncio.timeout(SOON):
        with patience(seconds), pytest.raises(StoreUnavailable, match="has not answered in time"):
            await store.commit(change)


async def test_what_is_begun_and_given_up_is_not_committed_and_takes_nobody_with_it(store: Store) -> None:
    gate, held = Event(), Event()
    first = asyncio.ensure_future(store.commit(lambda tx: held.wait(SOON)))
    with patience(0.3):
        slow = asyncio.ensure_future(store.commit(add("slow", gate)))
    others = [asyncio.ensure_future(store.commit(add(name))) for name in ("a", "b")]
    await asyncio.sleep(0)
    held.set()
    async with asyncio.timeout(SOON):
        with pytest.raises(StoreUnavailable):
            await slow
        gate.set()
        await asyncio.gather(first, *others)
    await store.commit(lambda tx: None)
    assert await kept(store, "slow", "a", "b") == [False, True, True]


async def test_what_is_not_begun_before_it_is_given_up_is_never_begun(database_url: str) -> None:
    store, gate, begun = open_store(database_url, writers=1, readers=1), Event(), Event()
    for ask in (store.commit, store.look):
        gate.clear()
        busy = asyncio.ensure_future(ask(lambda tx: gate.wait(SOON)))
        await asyncio.sleep(0)
        async with asyncio.timeout(SOON):
            with patience(0.3), pytest.raises(StoreUnavailable):
                await ask(lambda tx: begun.set())
        gate.set()
        await busy
        await ask(lambda tx: None)
    await store.close()
    assert not begun.is_set()


async def test_what_waits_for_a_database_that_another_program_holds_is_given_up_for_good(
    store: Store, database_url: str
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("one file, one writer")
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    await is_given_up(store, add("never"))
    other.rollback()
    other.close()
    await store.commit(add("next"))
    assert await kept(store, "never", "next") == [False, True]


async def test_who_is_told_to_hurry_waits_no_longer_and_closing_is_done(store: Store) -> None:
    gate = Event()
    waiting = asyncio.ensure_future(store.commit(add("never", gate)))
    await asyncio.sleep(0)
    store.hurry(0.1)
    async with asyncio.timeout(SOON):
        with pytest.raises(StoreUnavailable):
            await waiting
        await store.close()
    gate.set()


# --- a Postgres that has gone silent


@pytest.fixture
async def wire(postgres_server: PostgresServer) -> AsyncIterator[Forwarder]:
    with postgres_server.database() as url:
        async with forwarder(url) as made:
            yield made


async def test_who_asks_a_silent_postgres_is_told_and_once_it_speaks_it_is_asked_again(wire: Forwarder) -> None:
    store = open_store(wire.url, writers=1, readers=1)
    await store.commit(add("before"))
    assert await kept(store, "before") == [True]
    wire.freeze()
    await is_given_up(store, add("never"))
    for ask in (store.look(lambda tx: tx.call("before")), store.behind()):
        with patience(0.3), pytest.raises(StoreUnavailable):
            await ask
    wire.thaw()
    await store.commit(add("after"))
    assert await kept(store, "before", "never", "after") == [True, False, True]
    assert await store.behind() == []
    await store.close()


async def test_a_connection_that_is_silent_is_given_up_and_a_new_one_made(wire: Forwarder) -> None:
    """Whoever still waits then is served by it."""
    store = open_store(wire.url, writers=1, readers=1, silent_seconds=SILENT)
    await store.commit(add("before"))
    wire.freeze()
    wire.taken.clear()
    with patience(SOON):
        waiting = asyncio.ensure_future(store.commit(add("after")))
    async with asyncio.timeout(SOON):
        await wire.taken.wait()
        wire.thaw()
        await waiting
    assert await kept(store, "before", "after") == [True, True]
    await store.close()


async def test_a_connection_that_cannot_be_made_is_not_tried_again_for_the_same(wire: Forwarder) -> None:
    wire.freeze()
    store = open_store(f"{wire.url}?connect_timeout=2", writers=1, readers=1)
    for ask in (store.commit, store.look):
        before = wire.connections
        with patience(SOON), pytest.raises(StoreUnavailable, match="cannot be used"):
            await ask(lambda tx: None)
        assert wire.connections == before + 1
    await store.close()


async def test_a_silent_postgres_keeps_nobody_from_closing(wire: Forwarder) -> None:
    store = open_store(wire.url, writers=2, readers=1)
    await store.commit(add("before"))
    wire.freeze()
    waiting = [asyncio.ensure_future(store.commit(add(f"never{n}"))) for n in range(4)]
    await asyncio.sleep(0)
    store.hurry(0.1)
    async with asyncio.timeout(SOON):
        await store.close()
        came = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(error) for error in came} == {StoreUnavailable}
    wire.thaw()


async def test_what_waits_for_a_lock_and_is_given_up_waits_no_more_in_postgres(postgres_server: PostgresServer) -> None:
    """Else each try would leave a backend behind, until no more are let in."""
    with postgres_server.database() as url:
        engine = engine_for(database_at(url))
        store = open_store(url, writers=1, readers=1, silent_seconds=SILENT)
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with engine.begin() as somebody, engine.connect() as observer:
            somebody.execute(text("LOCK TABLE calls"))
            for _ in range(3):
                with patience(1.5 * SILENT), pytest.raises(StoreUnavailable):
                    await store.commit(add("never"))
            assert observer.scalar(waits) <= 1
        await store.commit(add("after"))
        assert await kept(store, "never", "after") == [False, True]
        await store.close()
        engine.dispose()
