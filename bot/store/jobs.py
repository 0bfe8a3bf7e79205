"""Transactions on their way: handed over by the event loop, run in database threads, answered in the loop."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any


@dataclass(eq=False)
class Job:
    """A transaction someone awaits, and what came of it."""

    change: Callable[[Any], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

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


def answer(jobs: Iterable[Job]) -> None:
    """Tell everyone what came of theirs, with one wake-up for each loop."""
    waiting: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        waiting.setdefault(job.future.get_loop(), []).append(job)
    for loop, theirs in waiting.items():
        try:
            loop.call_soon_threadsafe(_answer_all, theirs)
        except RuntimeError:  # The loop is closed: nobody waits any more.
            continue


def _answer_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.answer()


@dataclass(eq=False)
class Jobs:
    """A queue and the threads that work on it: each takes up to `at_once` of what is there and has `run` do it."""

    runners: list[Callable[[list[Job]], None]]
    """One for each thread; each tells every job what came of it."""
    at_once: int
    name: str
    _queue: "SimpleQueue[Job | None]" = field(default_factory=SimpleQueue)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        for runner in self.runners:
            # A process that ends without closing the store must not hang: what was not committed never happened.
            thread = Thread(target=self._work, args=(runner,), name=self.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    async def done(self, change: Callable[[Any], Any]) -> Any:
        job = Job(change, asyncio.get_running_loop().create_future())
        self._queue.put(job)
        return await job.future

    async def close(self) -> None:
        """Finishes what is queued."""
        for _ in self._threads:
            self._queue.put(None)
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _work(self, run: Callable[[list[Job]], None]) -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            stop = self._more(jobs)
            try:
                run(jobs)
            except BaseException as error:  # A thread that died would leave everyone waiting.
                for waiting in jobs:
                    waiting.error = error
            answer(jobs)
            del job, jobs  # What they hold is not kept alive by a thread that waits.
            if stop:
                return

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
