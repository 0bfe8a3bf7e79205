"""One process of the bot, as `running(settings, clock=…)` starts it, on a clock that its parent turns.

The parent holds the other ends of two pipes. By one it says what time it is, asks whether all is quiet, and has the
process stop. By the other, where it wants that, it is asked before each commit that writes something, and answers with
leave, with a kill, or with leave to commit and then be killed.
"""

import asyncio
import gc
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

from bot.app import App, running
from bot.clock import SystemClock
from bot.ledger import Clock
from bot.logs import set_up_logging
from bot.sandbox.world import at_rest
from bot.settings import Settings

WRITERS = "store-writer"
LOOKS_WITHIN = 1.0
"""Seconds, after which it says that it is not quiet."""


@dataclass(frozen=True)
class Time:
    """What time it was by the shared clock, at a moment of the monotonic one that all processes share."""

    at: datetime
    monotonic: float


@dataclass(frozen=True)
class Start:
    settings: dict[str, Any]
    log: str
    time: Time | None = None
    """None: it lives in real time."""
    skew: float = 0.0
    """Seconds by which this machine's own clock is wrong, in real time."""


class FollowingClock:
    """Fits `bot.ledger.Clock`: the parent's clock, wherever it is turned."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._time.at + timedelta(seconds=time.monotonic() - self._time.monotonic)

    def set_to(self, time: Time) -> None:
        self._time = time
        for listener in tuple(self._listeners):
            listener()

    def on_turn(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def main(start: Start, pipe: Pipe, commits: Pipe | None) -> None:
    """What the process runs, from its beginning to its end."""
    gc.freeze()  # What it was forked with stays shared with the others: no collection writes to it.
    _write_to(start.log)
    set_up_logging("json")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's.
    if commits is not None:
        _ask_before_commits(commits)
    asyncio.run(_serve(start, pipe))


def _write_to(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)


async def _serve(start: Start, pipe: Pipe) -> None:
    clock = FollowingClock(start.time) if start.time else _skewed(start.skew)
    stopped = asyncio.Event()
    apps: list[App] = []

    def hear() -> None:
        try:
            while pipe.poll():
                _obey(pipe.recv(), apps, clock, pipe, stopped)
        except (EOFError, OSError):
            stopped.set()  # The parent is gone.
            asyncio.get_running_loop().remove_reader(pipe.fileno())

    asyncio.get_running_loop().add_reader(pipe.fileno(), hear)
    async with running(Settings.model_validate(start.settings), clock=clock) as app:
        apps.append(app)
        pipe.send(("ready", app.url))
        await stopped.wait()


def _obey(order: Any, apps: list[App], clock: Clock, pipe: Pipe, stopped: asyncio.Event) -> None:
    if isinstance(order, Time) and isinstance(clock, FollowingClock):
        clock.set_to(order)
    elif order == "stop":
        stopped.set()
    elif order == "quiet?":
        task = asyncio.ensure_future(_say_whether_quiet(apps[0], pipe))
        _asked.add(task)
        task.add_done_callback(_asked.discard)
    elif order == "idle?":
        pipe.send(("busy with", _in_hand(apps[0])))


_asked: set["asyncio.Future[None]"] = set()


async def _say_whether_quiet(app: App, pipe: Pipe) -> None:
    try:
        is_quiet = await at_rest(app, app.clock, within=LOOKS_WITHIN)
        pipe.send(("busy with", _in_hand(app) if is_quiet else "what is due"))
    except Exception as error:  # The database is away, say.
        pipe.send(("busy with", repr(error)))


def _in_hand(app: App) -> str:
    return "" if app.idle and app.clockwork.idle else "something in hand"


def _skewed(seconds: float) -> SystemClock:
    return SystemClock(lambda: datetime.now(UTC) + timedelta(seconds=seconds))


# --- around commits


def _ask_before_commits(pipe: Pipe) -> None:
    """Each commit of a transaction that wrote something waits for the parent's word."""
    turn = threading.Lock()
    written: dict[int, Written] = {}

    @event.listens_for(Engine, "connect")
    def connected(driver: Any, record: Any) -> None:
        written[id(driver)] = wrote = Written()
        if isinstance(driver, sqlite3.Connection):
            driver.set_trace_callback(wrote.note)
        else:
            driver.cursor_factory = _noting(wrote)

    @event.listens_for(Engine, "commit")
    def commits(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        tables = written[id(driver)].tables_of(driver)
        if not tables or not threading.current_thread().name.startswith(WRITERS):
            return
        with turn:
            pipe.send("+".join(sorted(tables)))
            if pipe.recv() == "and then":
                driver.commit()
                pipe.send("committed")
                signal.pause()

    @event.listens_for(Engine, "rollback")
    def rolled_back(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        written[id(driver)].tables_of(driver)


WRITES = re.compile(r"(?:INSERT INTO|DELETE FROM|UPDATE(?= \w+ SET\b)) (\w+)")


@dataclass
class Written:
    """Which tables the transaction of one connection has written to."""

    tables: set[str] = field(default_factory=set)
    changes: int = 0

    def note(self, sql: str) -> None:
        self.tables |= set(WRITES.findall(sql))

    def tables_of(self, driver: Any) -> set[str]:
        """Since it was asked last; none where no row has changed."""
        tables, self.tables = self.tables, set()
        before, self.changes = self.changes, getattr(driver, "total_changes", -1)
        return tables if self.changes != before or self.changes < 0 else set()


def _noting(wrote: Written) -> type[psycopg.Cursor[Any]]:
    """sqlite3 counts the rows that changed; psycopg tells of each statement how many it changed."""

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **options: Any) -> "Noting":
            super().execute(query, *args, **options)
            if self.rowcount > 0:
                wrote.note(str(query))
            return self

        def executemany(self, query: Any, *args: Any, **options: Any) -> None:
            super().executemany(query, *args, **options)
            wrote.note(str(query))

    return Noting
