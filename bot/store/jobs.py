"""Transactions on their way: handed over by the event loop, run in database threads, answered in the loop.

Nobody waits for ever. Whoever has waited as long as their patience lasts is told that the database is away, and what
was asked is then too late: it is not begun any more, and not committed where it was begun.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol

from bot.ledger import PATIENCE
from bot.store.aside import aside
from bot.store.errors import StoreUnavailable

LOOK_AFTER = 0.25
"""Seconds between two looks at who has waited too long: one timer for all costs a job nearly nothing."""


@dataclass(eq=False)
class Job:
    """A transaction someone awaits, and what came of it."""

    change: Callable[[Any], Any]
    future: asyncio.Future[Any]
    until: float
    """By `time.monotonic`: who awaits it is told, never before this, that it failed."""
    result: Any = None
    error: BaseException | None = None

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self.until

    def check(self) -> None:
        """Before it is begun, and last before it is committed: what was said to have failed must not happen."""
        if self.is_late:
            raise self.too_late()

    def too_late(self) -> StoreUnavailable:
        return StoreUnavailable("The database has not answered in time")

    def answer(self) -> None:
        """In the loop. Who was cancelled meanwhile hears nothing; what was committed stays committed."""
        future, error = self.future, self.error
        del self.future, self.error  # An error's traceback leads to this job; the two would wait for a collection.
        if future.done():
            return
        if isinstance(error, StopIteration):  # No future takes it, and whoever waits would wait for ever.
            future.set_exception(RuntimeError("a transaction raised StopIteration"))
        elif error is not None:
            future.set_exception(error)
        else:
            future.set_result(self.result)


class Runner(Protocol):
    """One database thread's; only that thread calls it."""

    def run(self, jobs: list[Job]) -> None:
        """Tells every job what came of it."""

    def close(self) -> None: ...


@dataclass(eq=False)
class Jobs:
    """A queue and the threads that work on it: each takes up to `at_once` of what is there and has its runner do it."""

    runners: list[Runner]
    """One for each thread."""
    at_once: int
    name: str
    _patience: float = math.inf
    """Nobody's is longer."""
    _queue: "SimpleQueue[Job | None]" = field(default_factory=SimpleQueue)
    _threads: list[Thread] = field(default_factory=list)
    _waiting: set[Job] = field(default_factory=set)
    _looks: asyncio.TimerHandle | None = None

    def start(self) -> None:
        for runner in self.runners:
            # A process that ends without closing the store must not hang: what was not committed never happened.
            thread = Thread(target=self._work, args=(runner,), name=self.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    async def done(self, change: Callable[[Any], Any]) -> Any:
        loop = asyncio.get_running_loop()
        job = Job(change, loop.create_future(), time.monotonic() + self._longest())
        self._waiting.add(job)
        if self._looks is None:
            self._looks = loop.call_later(LOOK_AFTER, self._look_after, loop)
        self._queue.put(job)
        try:
            return await job.future
        finally:
            self._waiting.discard(job)

    def hurry(self, seconds: float) -> None:
        """From now on nobody waits longer than this, nor does who waits already."""
        self._patience = seconds
        until = time.monotonic() + seconds
        for job in self._waiting:
            job.until = min(job.until, until)

    async def close(self) -> None:
        """Finishes what is queued. A thread that the database keeps waiting is left to end by itself."""
        for _ in self._threads:
            self._queue.put(None)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._longest()):
                await aside(self._join)

    def _longest(self) -> float:
        return min(PATIENCE.get(), self._patience)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _look_after(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tells whoever has waited too long; goes on while anybody waits."""
        for job in self._waiting:
            if job.is_late and not job.future.done():
                job.future.set_exception(job.too_late())
        self._looks = loop.call_later(LOOK_AFTER, self._look_after, loop) if self._waiting else None

    def _work(self, runner: Runner) -> None:
        stop = False
        while not stop and (job := self._queue.get()) is not None:
            jobs = [job]
            stop = self._more(jobs)
            if wanted := [one for one in jobs if not one.is_late]:
                self._run(runner, wanted)
            del job, jobs, wanted  # What they hold is not kept alive by a thread that waits.
        runner.close()

    def _run(self, runner: Runner, jobs: list[Job]) -> None:
        try:
            runner.run(jobs)
        except BaseException as error:  # A thread that died would leave everyone waiting.
            for waiting in jobs:
                waiting.error = error
        self._answer(jobs)

    def _answer(self, jobs: Iterable[Job]) -> None:
        """Tell everyone what came of theirs, with one wake-up for each loop."""
        asked: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in jobs:
            asked.setdefault(job.future.get_loop(), []).append(job)
        for loop, theirs in asked.items():
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                loop.call_soon_threadsafe(self._answer_all, theirs)

    def _answer_all(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._waiting.discard(job)
            job.answer()

    def _more(self, jobs: list[Job]) -> bool:
        """Adds what is queued behind the first; True if this thread is to stop after them."""
        while len(jobs) < self.at_once:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return False
            if job is None:
                return True
            jobs.append(job)
        return False
