"""Things to do at a time of the shared clock."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from ..clock import SandboxClock

_SHORT_SECONDS = 1.0


class Timers:
    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self._waiting: dict[asyncio.Task[None], datetime] = {}
        self._short: set[asyncio.Task[None]] = set()

    def after(self, seconds: float, run: Callable[[], None]) -> None:
        """Call `run` once, in so many seconds."""
        task = self.at(self.clock.now() + timedelta(seconds=seconds), run)
        if seconds <= _SHORT_SECONDS:
            self._short.add(task)
            task.add_done_callback(self._short.discard)

    def at(self, when: datetime, run: Callable[[], None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._run(when, run))
        self._waiting[task] = when
        task.add_done_callback(self._waiting.pop)
        return task

    async def _run(self, when: datetime, run: Callable[[], None]) -> None:
        await self.clock.until(when)
        run()

    def due(self) -> list["asyncio.Task[None]"]:
        """Those whose time has come, and those that were set to run in less than a second."""
        now = self.clock.now()
        return [task for task, when in self._waiting.items() if when <= now or task in self._short]

    async def stop(self) -> None:
        for task in tuple(self._waiting):
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
