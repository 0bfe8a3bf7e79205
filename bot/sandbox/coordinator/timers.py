"""Things to do at a time of the shared clock."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from ..clock import SandboxClock


class Timers:
    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self._waiting: dict[asyncio.Task[None], datetime] = {}

    def after(self, seconds: float, run: Callable[[], None]) -> Callable[[], None]:
        """Call `run` once in so many seconds; returns the function that calls it off."""
        return self.at(self.clock.now() + timedelta(seconds=seconds), run)

    def at(self, when: datetime, run: Callable[[], None]) -> Callable[[], None]:
        task = asyncio.create_task(self._run(when, run))
        self._waiting[task] = when
        task.add_done_callback(self._waiting.pop)
        return lambda: _cancel(task)

    async def _run(self, when: datetime, run: Callable[[], None]) -> None:
        await self.clock.until(when)
        run()

    def due(self, within: timedelta) -> list[asyncio.Task[None]]:
        """Those that run now or within this time, without anybody turning the clock."""
        soon = self.clock.now() + within
        return [task for task, when in self._waiting.items() if when <= soon]

    async def stop(self) -> None:
        for task in tuple(self._waiting):
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
