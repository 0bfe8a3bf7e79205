"""The bot's processes, seen from outside: started, asked, stopped, killed with -9, started again."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from bot.sandbox.clock import SandboxClock
from tests import replica

# Forked from a process that has imported everything and done nothing: a replica is up in a moment.
_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["tests.replica"])

UP_WITHIN = 120.0
ANSWERS_WITHIN = 120.0

Asked = Callable[["Replica", str], str]
"""Before a commit: which tables it wrote to. Answers `go`, or `and then` for: commit, and then say so and wait."""


class Died(Exception):
    """The process was gone before it answered."""


class Replica:
    def __init__(self, number: int, start: replica.Start, asked: Asked | None, committed: Callable[["Replica"], None]):
        self.number = number
        self.url = ""
        self.died = asyncio.Event()
        self.died_at: float | None = None
        self._killed = False
        self._asked, self._committed = asked, committed
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self.busy_with = ""
        self._pipe, theirs = _forking.Pipe()
        self._commits: Pipe | None = None
        their_commits: Pipe | None = None
        if asked:
            self._commits, their_commits = _forking.Pipe()
        self.process = _forking.Process(target=replica.main, args=(start, theirs, their_commits), daemon=True)
        self.process.start()
        theirs.close()
        if their_commits:
            their_commits.close()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pipe.fileno(), self._heard)
        if self._commits:
            loop.add_reader(self._commits.fileno(), self._commit_asked)
        loop.add_reader(self.process.sentinel, self._is_dead)

    @property
    def is_up(self) -> bool:
        return bool(self.url) and not self._killed and not self.died.is_set()

    async def up(self) -> None:
        async with asyncio.timeout(UP_WITHIN):
            await self._ready

    def kill(self) -> None:
        """kill -9; from now on it does nothing more."""
        if not self.died.is_set() and self.process.pid:
            self._killed = True  # That it is gone is heard a moment later.
            os.kill(self.process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Asks it to end, as a deploy does."""
        self._say("stop")
        async with asyncio.timeout(ANSWERS_WITHIN):
            await self.died.wait()

    def set_clock(self, clock: SandboxClock) -> None:
        self._say(replica.Time(clock.now(), time.monotonic()))

    async def is_quiet(self) -> bool:
        """Nothing is being done there, and nothing is due by now in the ledger: it ticks to find out."""
        return await self._answers_that_it_is("quiet?")

    async def is_idle(self) -> bool:
        """Nothing is being done there."""
        return await self._answers_that_it_is("idle?")

    async def _answers_that_it_is(self, asked: str) -> bool:
        self._say(asked)
        async with asyncio.timeout(ANSWERS_WITHIN):
            answer, dead = asyncio.ensure_future(self._answers.get()), asyncio.ensure_future(self.died.wait())
            try:
                await asyncio.wait({answer, dead}, return_when=asyncio.FIRST_COMPLETED)
                self.busy_with = answer.result() if answer.done() else "dying"
                return not self.busy_with
            finally:
                answer.cancel()
                dead.cancel()

    def close(self) -> None:
        self.kill()
        self.process.join()
        self._is_dead()
        self.process.close()

    def has(self, port: int) -> bool:
        """Whether the connection from this local port is this process's."""
        return not self.died.is_set() and self.process.pid is not None and _holds(self.process.pid, port)

    def _say(self, what: Any) -> None:
        with suppress(OSError):
            self._pipe.send(what)

    def _heard(self) -> None:
        for what, value in _all(self._pipe):
            if what == "ready":
                self.url = value
                if not self._ready.done():
                    self._ready.set_result(None)
            elif what == "busy with":
                self._answers.put_nowait(value)

    def _commit_asked(self) -> None:
        assert self._commits is not None and self._asked is not None
        for tables in _all(self._commits):
            if tables == "committed":
                self._committed(self)
            else:
                answer = self._asked(self, tables)
                with suppress(OSError):
                    self._commits.send(answer)

    def _is_dead(self) -> None:
        if self.died.is_set():
            return
        loop = asyncio.get_running_loop()
        for end in (self._pipe, self._commits):
            if end is not None:
                loop.remove_reader(end.fileno())
                end.close()
        loop.remove_reader(self.process.sentinel)
        self.died.set()
        self.died_at = time.monotonic()
        if not self._ready.done():
            self._ready.set_exception(Died(f"replica {self.number}"))
            self._ready.exception()  # Nobody need have waited.


def _all(pipe: Pipe) -> list[Any]:
    found: list[Any] = []
    with suppress(EOFError, OSError):
        while pipe.poll():
            found.append(pipe.recv())
    return found


def _holds(pid: int, port: int) -> bool:
    """https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html"""
    sockets = set()
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = row.split()
        if int(columns[1].rpartition(":")[2], 16) == port:
            sockets.add(f"socket:[{columns[9]}]")
    for name in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if os.readlink(name) in sockets:
                return True
    return False
