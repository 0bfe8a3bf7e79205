"""Applies what Stream reported, as soon as it was kept, and again whenever somebody asks."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


class Intake:
    def __init__(self, apply: Callable[[], Awaitable[int]]) -> None:
        self._apply = apply
        """Applies a batch; returns how many it was."""
        self._nudged = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._busy = False

    def nudge(self) -> None:
        self._nudged.set()

    @property
    def idle(self) -> bool:
        return not self._busy and not self._nudged.is_set()

    def start(self) -> None:
        self.nudge()
        self._loop = asyncio.create_task(self._run(), name="intake")

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._nudged.wait()
            self._nudged.clear()
            self._busy = True
            await self._drain()
            self._busy = False

    async def _drain(self) -> None:
        """What cannot be applied now (the database is away) is tried again at the next tick."""
        try:
            while await self._apply():
                pass
        except Exception:
            log.exception("webhooks could not be applied", action="intake_failed")
