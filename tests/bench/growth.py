"""What many calls cost: the same ring and the same claim, in tables that are empty and in tables that are full."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from bot.call.values import CallKind, Rules
from bot.clock import SystemClock
from bot.ringer import Ringer
from bot.ringer.press import Asked
from bot.store import Store, migrate, open_store
from bot.store.address import database_at, engine_for
from bot.store.columns import EPOCH
from bot.store.saving import call_values, member_values
from bot.store.tables import calls, members, metadata
from bot.work import Claimed
from tests.bench.engine import planned
from tests.bench.measuring import median
from tests.bench.table import Row

RINGS, CLAIMED = 50, 50
A_MONTH = 30 * 24 * 3600 * 10**6
"""In microseconds: what is kept."""


async def growth(folder: Path, *, quick: bool) -> list[Row]:
    rounds, finished, later = (5, 20_000, 5_000) if quick else (15, 1_000_000, 100_000)
    full, empty = (f"sqlite:///{folder / name}.db" for name in ("full", "empty"))
    for url in (full, empty):
        migrate(url)
    fill(full, finished, later)
    return [await _compared(empty, full, rounds, f"{finished:,} finished and {later:,} future calls")]


async def _compared(empty: str, full: str, rounds: int, what: str) -> Row:
    stores = [open_store(empty), open_store(full)]
    shares = []
    for number in range(rounds + 2):
        one, other = [await _ring_and_claim(store, number) for store in stores]
        shares.append(other / one)
    for store in stores:
        await store.close()
    share = median(shares[2:])
    return Row(
        f"claim and ring with {what} in the tables, beside empty ones, SQLite",
        "≤ 1.3 ×",
        f"{share:.2f} ×",
        share <= 1.3,
        share > 2.0,
    )


async def _ring_and_claim(store: Store, number: int) -> float:
    ringer = Ringer(store, SystemClock(), Rules(), rings_per_minute_workspace=0)
    began = time.perf_counter()
    for at in range(RINGS):
        user = f"U{number:03}{at:04}"
        await ringer.ask(Asked("T1", user, "C1", CallKind.RING, ("U0000000001", f"{user}B"), text=user))
    claimed: list[Claimed] = await store.commit(lambda tx: tx.claim(datetime.now(UTC), CLAIMED, 10))
    assert len(claimed) == CLAIMED
    for one in claimed:
        await store.commit(lambda tx, one=one: tx.finish(one))  # type: ignore[misc]
    return time.perf_counter() - began


def fill(database_url: str, finished: int, later: int) -> None:
    """Calls of three with their timelines and messages, spread over the last month (and the next), copied from one."""
    engine = engine_for(database_at(database_url))
    pattern = planned(datetime.now(UTC))
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE n (n INTEGER PRIMARY KEY)"))
        connection.execute(
            text(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :most) "
                "INSERT INTO n SELECT n FROM c"
            ),
            {"most": finished + later},
        )
        connection.execute(
            insert(calls), {**call_values(pattern), "due_at": pattern.starts_at, "heard_at": pattern.created_at}
        )
        rows = [member_values(pattern, member, position) for position, member in enumerate(pattern.members)]
        connection.execute(insert(members), rows)
        now = (datetime.now(UTC) - EPOCH) // timedelta(microseconds=1)
        known = {"id": pattern.id, "finished": finished, "now": now, "month": A_MONTH, "all": finished + later}
        for table in ("calls", "members"):
            connection.execute(text(_copied(table)), known)
        for table in ("calls", "members"):
            column = "id" if table == "calls" else "call_id"
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = :id"), known)
        connection.execute(text(_TIMELINE), known)
        connection.execute(text(_MESSAGES), known)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


_ID = "printf('%012x%020x', (:now - :month + n * (:month / :all)) / 1000, n)"
"""As `new_id` makes them: in the order of their making."""
_AT = "(:now - :month + n * (:month / :all))"
_OVER = "n <= :finished"


def _copied(table: str) -> str:
    later = "(:now + :month / 10 + n * 1000)"
    changed = {
        "id": _ID,
        "call_id": _ID,
        "created_at": _AT,
        "heard_at": _AT,
        "caller": "printf('U%010d', n % 5000)",
        "status": f"CASE WHEN {_OVER} THEN 'ended' ELSE status END",
        "end_reason": f"CASE WHEN {_OVER} THEN 'ended' END",
        "ended_at": f"CASE WHEN {_OVER} THEN {_AT} END",
        "call_ended_at": f"CASE WHEN {_OVER} THEN {_AT} END",
        "due_at": f"CASE WHEN {_OVER} THEN NULL ELSE {later} END",
        "starts_at": f"CASE WHEN {_OVER} THEN NULL ELSE {later} END",
        "user": "printf('U%010d', (n + position * 7) % 5000)",
    }
    columns = metadata.tables[table].c
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(changed.get(column.name, f't."{column.name}"') for column in columns)
    key = "id" if table == "calls" else "call_id"
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM n, {table} t WHERE t.{key} = :id"


_TIMELINE = f"""INSERT INTO timeline (call_id, seq, event, at, "user", users, "text")
SELECT {_ID}, 1, 'rang', {_AT}, NULL, '[]', '' FROM n WHERE :id <> ''"""
_MESSAGES = f"""INSERT INTO messages
(id, call_id, kind, "user", nth, channel, ts, told, response_url, response_uses, gone)
SELECT {_ID}, {_ID}, 'card', '', 0, 'C1', '1.1', 0, '', 0, 0 FROM n WHERE :id <> ''"""
