"""Many calls for later whose times come within one second: how late they are begun, and what else has to wait."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.garbage import settle
from bot.store import migrate
from tests.bench.engine import engine, planned, put_down
from tests.bench.measuring import median, ms, percentile, until, watched
from tests.bench.postgres import postgres
from tests.bench.table import Row

A_SECOND = 10_000
"""Calls come due."""
Database = Callable[[], AbstractContextManager[str]]
"""A new one, migrated, for as long as it is needed; its address."""


async def due(folder: Path, *, quick: bool) -> list[Row]:
    count, rounds = (2_000, 1) if quick else (A_SECOND, 5)
    with postgres() as server:
        return [
            *await _rows(
                "SQLite", 1.5, count, rounds, lambda: _a_file(folder), lambda: _a_file(folder, migrated=False)
            ),
            *await _rows("Postgres", 2.5, count, rounds, server.database, server.database),
        ]


async def _rows(name: str, most: float, count: int, rounds: int, database: Database, untouched: Database) -> list[Row]:
    """Ours and theirs in turn, each on a database of its own of the same kind; theirs is as they make it (on SQLite
    without the write-ahead log that ours turns on)."""
    seen, ours, theirs = [], [], []
    for _ in range(rounds):
        with untouched() as url:
            theirs.append(await _apscheduler(url, count))
        with database() as url:
            ours.append((await _ours(url, count, within=0.0)).rate)
        with database() as url:
            seen.append(await _ours(url, count, within=count / A_SECOND))
    p99, held = median(one.late for one in seen), median(one.held for one in seen)
    share = median(our / their for our, their in zip(ours, theirs, strict=True))
    work = f"{count:,} calls due in {count / A_SECOND:g} s, claimed and begun, {name}"
    return [
        Row(f"{work}: p99 lateness", f"≤ {most} s", f"{p99:.2f} s", p99 <= most),
        Row(f"{work}: event loop held for", "≤ 50 ms", ms(held), held <= 0.05),
        Row(
            f"{count:,} due at one moment, {name}, beside as many jobs of APScheduler's SQLAlchemy job store there",
            "≥ 8 ×",
            f"{share:.1f} × ({median(ours):.0f}/s, {median(theirs):.0f}/s)",
            share >= 8,
            share < 1,
        ),
    ]


@contextmanager
def _a_file(folder: Path, *, migrated: bool = True) -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        url = f"sqlite:///{place}/due.db"
        if migrated:
            migrate(url)
        yield url


@dataclass(frozen=True)
class Begun:
    late: float
    """p99, seconds."""
    held: float
    """The event loop, seconds."""
    rate: float
    """Calls a second, from the first one's time on."""


async def _ours(database_url: str, count: int, *, within: float) -> Begun:
    """So many calls, whose times are spread over so many seconds."""
    async with engine(database_url) as ours:
        first = datetime.now(UTC) + timedelta(days=1)
        calls = [planned(first + timedelta(seconds=within * at / count)) for at in range(count)]
        await put_down(ours.store, calls)
        settle()
        ours.clock.set_by(first - timedelta(seconds=2))  # Time enough for a tick to see what comes.
        await asyncio.sleep(1.9)
        async with watched() as held:
            await until(lambda: len(ours.begun) >= count, every=0.02)
        late = [(ours.begun[call.id] - call.starts_at).total_seconds() for call in calls if call.starts_at]
        rate = count / (max(ours.begun.values()) - first).total_seconds()
        return Begun(percentile(late, 0.99), held.longest, rate)


_BEGUN: list[float] = []


def _begin() -> None:
    _BEGUN.append(time.time())


async def _apscheduler(database_url: str, count: int) -> float:
    """Calls a second, from their time on: as many jobs, all of one moment, in its persistent store."""
    scheduler = AsyncIOScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(database_url)})
    scheduler.start(paused=True)
    at = datetime.now(UTC)
    for _ in range(count):
        scheduler.add_job(_begin, "date", run_date=at, misfire_grace_time=None)
    _BEGUN.clear()
    began = time.time()
    scheduler.resume()
    await until(lambda: len(_BEGUN) >= count)
    scheduler.shutdown()
    return count / (max(_BEGUN) - began)
