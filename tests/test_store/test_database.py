"""How transactions run: together or side by side, wholly or not at all, whoever stops waiting."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bot.store import Store, StoreUnavailable, Tx, open_store, pending
from bot.store.address import database_at, engine_for
from bot.work import PutCall
from tests.databases import PostgresServer
from tests.test_store.examples import NOW, a_call, over

SOON = 20


class Mistake(Exception):
    """A change fails for a reason of its own."""


def held_up(gate: Event) -> None:
    assert gate.wait(SOON)


async def test_what_a_change_returns_is_returned(store: Store) -> None:
    assert await store.commit(lambda tx: 7) == 7
    assert await store.look(lambda tx: "seven") == "seven"


async def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.add_call(a_call(), None)
        raise Mistake

    with pytest.raises(Mistake):
        await store.commit(fail)
    assert await store.look(lambda tx: tx.call("c1")) is None


class Aside(BaseException):
    """Not an Exception, as what pytest raises for a failed test."""


@pytest.mark.parametrize(("raised", "heard"), [(Aside, Aside), (StopIteration, RuntimeError)])
async def test_whatever_a_change_raises_is_heard_and_stops_nobody_else(
    store: Store, raised: type[BaseException], heard: type[BaseException]
) -> None:
    def change(tx: Tx) -> None:
        tx.add_call(a_call(), None)
        raise raised

    def look(tx: Tx) -> None:
        assert tx.call("c1") is None
        raise raised

    with pytest.raises(heard):
        await asyncio.wait_for(store.commit(change), SOON)
    with pytest.raises(heard):
        await asyncio.wait_for(store.look(look), SOON)
    assert await store.commit(lambda tx: tx.call("c1")) is None


async def test_a_change_that_fails_takes_none_of_its_group_with_it(store: Store) -> None:
    """All wait behind the first, and are then committed together where there is one writer."""
    gate = Event()

    def add(name: str, tx: Tx) -> None:
        tx.add_call(a_call(name), None)
        if name == "bad":
            raise Mistake

    first = asyncio.ensure_future(store.commit(lambda tx: held_up(gate)))
    group = [
        asyncio.ensure_future(store.commit(lambda tx, name=name: add(name, tx)))  # type: ignore[misc]
        for name in ("a", "bad", "b", "a")
    ]
    await asyncio.sleep(0)
    gate.set()
    await first
    results = await asyncio.gather(*group, return_exceptions=True)
    failed = [error for error in results if error is not None]
    assert sorted(type(error).__name__ for error in failed) == ["IntegrityError", "Mistake"]
    assert await store.look(lambda tx: [tx.call(n) is not None for n in ("a", "b", "bad")]) == [True, True, False]


async def test_who_stops_waiting_stops_nothing(store: Store) -> None:
    gate = Event()

    def slow(tx: Tx) -> None:
        tx.add_call(a_call("slow"), None)
        held_up(gate)

    impatient = asyncio.ensure_future(store.commit(slow))
    queued = asyncio.ensure_future(store.commit(lambda tx: tx.add_call(a_call("queued"), None)))
    await asyncio.sleep(0)
    for waiting in (impatient, queued):
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    gate.set()
    await store.commit(lambda tx: tx.add_call(a_call("next"), None))
    await store.close()
    assert store_holds(store, "slow", "queued", "next")


def store_holds(store: Store, *names: str) -> bool:
    with store._engine.connect() as connection:
        return {*connection.execute(text("SELECT id FROM calls")).scalars()} == {*names}


async def test_a_look_sees_one_moment(store: Store) -> None:
    call = a_call()
    await store.commit(lambda tx: tx.add_call(call, None))
    looking, changed = Event(), Event()

    def look(tx: Tx) -> tuple[object, object]:
        first = tx.call("c1")
        looking.set()
        held_up(changed)
        return first, tx.call("c1")

    look_twice = asyncio.ensure_future(store.look(look))
    await asyncio.to_thread(looking.wait, SOON)
    await store.commit(lambda tx: tx.save_all([(call, over(call), None)]))
    changed.set()
    first, second = await look_twice
    assert first == second == call


async def test_a_look_cannot_change_anything(store: Store) -> None:
    with pytest.raises((StoreUnavailable, DBAPIError), match=r"may not be written to|read-only"):
        await store.look(lambda tx: tx.add_call(a_call(), None))
    assert await store.look(lambda tx: tx.call("c1")) is None


async def test_closing_finishes_what_was_begun_and_takes_nothing_more(store: Store) -> None:
    begun = [
        asyncio.ensure_future(store.commit(lambda tx, n=n: tx.add_call(a_call(f"c{n}"), None)))  # type: ignore[misc]
        for n in range(20)
    ]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*begun)
    assert store_holds(store, *(f"c{n}" for n in range(20)))
    for ask in (store.commit, store.look):
        with pytest.raises(StoreUnavailable, match="closed"):
            await ask(lambda tx: None)
    await store.close()


async def test_many_at_once_all_become_durable(store: Store, database_url: str) -> None:
    await asyncio.gather(*(store.commit(lambda tx, n=n: tx.owe(PutCall(f"c{n}"))) for n in range(300)))  # type: ignore[misc]
    other = open_store(database_url)
    claimed = await other.commit(lambda tx: tx.claim(NOW, 1000, 60))
    await other.close()
    assert len(claimed) == 300


# --- a database that cannot be used


async def test_a_full_disk_is_said_and_got_over(tmp_path: Path, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("a file's own limit")
    store = open_store(database_url)
    await store.commit(lambda tx: None)
    limit_pages(store, 1)
    with pytest.raises(StoreUnavailable, match="disk of the database is full"):
        await store.commit(lambda tx: tx.add_call(a_call(topic="x" * 500_000), None))
    limit_pages(store, 2**30)
    await store.commit(lambda tx: tx.add_call(a_call(), None))
    assert await store.look(lambda tx: tx.call("c1")) == a_call()
    await store.close()


def limit_pages(store: Store, pages: int) -> None:
    """SQLite takes a full database for a full disk. The limit is one of the connection's."""
    connection = store._changes.runners[0]._held.connection()  # type: ignore[attr-defined]
    connection.connection.driver_connection.execute(f"PRAGMA max_page_count={pages}")


async def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look like one" * 100)
    store = open_store(str(path))
    for ask in (store.commit, store.look):
        with pytest.raises(StoreUnavailable, match="not a SQLite database"):
            await ask(lambda tx: tx.call("c1"))
    await store.close()


async def test_a_file_that_cannot_be_is_said(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "no such folder" / "ringer.db"))
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await store.commit(lambda tx: None)
    await store.close()


async def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    store = open_store(f"postgresql:///ringer?host={tmp_path}")
    for ask in (store.commit, store.look):
        with pytest.raises(StoreUnavailable, match="cannot be used"):
            await ask(lambda tx: None)
    await store.close()


async def test_who_was_led_to_a_standby_finds_the_server_that_took_its_place(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        engine = engine_for(database_at(url)).execution_options(isolation_level="AUTOCOMMIT")

        def only_reads(whether: str) -> None:
            name = database_at(url).database
            with engine.connect() as admin:
                admin.execute(text("SET default_transaction_read_only = off"))
                admin.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {whether}"))

        only_reads("on")
        store = open_store(url, writers=1)
        with pytest.raises(StoreUnavailable):
            await store.commit(lambda tx: tx.owe(PutCall("c1")))
        with pytest.raises(StoreUnavailable, match="can only be read"):
            pending(url)
        only_reads("off")
        await store.commit(lambda tx: tx.owe(PutCall("c1")))
        assert pending(url) == []
        await store.close()
        engine.dispose()


async def test_a_connection_that_was_cut_is_made_anew(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        store = open_store(url, writers=1, readers=1)
        await store.commit(lambda tx: tx.add_call(a_call("before"), None))
        await store.look(lambda tx: tx.call("before"))
        cut_all_connections(url)
        await store.commit(lambda tx: tx.add_call(a_call("after"), None))
        assert await store.look(lambda tx: [tx.call(n) is not None for n in ("before", "after")]) == [True, True]
        await store.close()


async def test_a_connection_that_is_cut_in_the_middle_keeps_nothing_of_the_first_try(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as url:
        store = open_store(url, writers=1)
        cut = iter([True])

        def change(tx: Tx) -> None:
            tx.note("c1", [])
            tx.add_call(a_call(), None)
            if next(cut, False):
                cut_all_connections(url)
            tx.owe(PutCall("c1"))

        await store.commit(change)
        assert len(await store.commit(lambda tx: tx.claim(NOW, 9, 60))) == 1
        await store.close()


async def test_a_transaction_in_which_nothing_was_heard_of_us_for_long_is_run_again(
    postgres_server: PostgresServer,
) -> None:
    """As where this machine was asleep. Postgres ends it, so that nobody waits for what it has locked."""
    with postgres_server.database() as url:
        store, engine = open_store(url, writers=1), engine_for(database_at(url))
        first = iter([True])

        def change(tx: Tx) -> None:
            tx.add_call(a_call(), None)
            if next(first, False):
                mine = tx._connection
                assert mine.scalar(text("SHOW idle_in_transaction_session_timeout")) == "10s"
                backend = mine.scalar(text("SELECT pg_backend_pid()"))
                mine.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
                with engine.connect() as observer:
                    while observer.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}")):
                        observer.rollback()
            tx.owe(PutCall("c1"))

        await store.commit(change)
        assert await store.look(lambda tx: tx.call("c1")) == a_call()
        await store.close()
        engine.dispose()


def cut_all_connections(url: str) -> None:
    engine = engine_for(database_at(url))
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


# --- addresses


def test_what_the_store_need_not_import_it_does_not() -> None:
    """Each costs every start of the program a fifth of a second and more."""
    heavy = ["sqlalchemy.orm", "sqlalchemy.ext.asyncio", "psycopg"]
    code = f"import sys, bot.store; sys.exit(' '.join(name for name in {heavy} if name in sys.modules) or None)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        pytest.param("ringer.db", "sqlite:///ringer.db", id="a bare path"),
        pytest.param("/var/lib/ringer.db", "sqlite:////var/lib/ringer.db", id="a bare absolute path"),
        pytest.param("sqlite:///ringer.db", "sqlite:///ringer.db", id="a file"),
        pytest.param("postgresql://h/d", "postgresql+psycopg://h/d", id="a server"),
        pytest.param("postgres://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d", id="the older name"),
        pytest.param("postgresql:///d?host=/sock", "postgresql+psycopg:///d?host=%2Fsock", id="a socket"),
        pytest.param("postgresql+asyncpg://h/d", "postgresql+psycopg://h/d", id="another driver"),
    ],
)
def test_what_a_database_url_means(said: str, meant: str) -> None:
    assert database_at(said).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize("said", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "http://h/d"])
def test_a_database_url_that_will_not_do(said: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        open_store(said)


def test_sqlite_waits_for_the_disk_at_each_commit(database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("SQLite's own settings")
    engine = engine_for(database_at(database_url))
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        assert driver.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert driver.execute("PRAGMA synchronous").fetchone() == (2,)
    engine.dispose()


async def test_a_postgres_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = open_store(f"postgresql://ringer@127.0.0.1:{port}/ringer?connect_timeout=2")
        async with asyncio.timeout(SOON):
            with pytest.raises(StoreUnavailable):
                await store.look(lambda tx: tx.next_work_at())
            await store.close()


@pytest.mark.parametrize(("said", "wait"), [("", "5"), ("?connect_timeout=2", "2")])
def test_how_long_postgres_is_waited_for_may_be_said(said: str, wait: str) -> None:
    engine = engine_for(database_at(f"postgresql://ringer@127.0.0.1/ringer{said}"))
    asked: dict[str, object] = {}

    @event.listens_for(engine, "do_connect")
    def connect(dialect: object, record: object, args: object, given: dict[str, object]) -> None:
        asked.update(given)
        raise Mistake

    with pytest.raises(Mistake):
        engine.connect()
    assert str(asked["connect_timeout"]) == wait
