"""Keeps what Stream reports before it is acknowledged, and applies it as soon as it is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.batch import Batch
from bot.ledger import Delivery, LedgerAway

log = structlog.get_logger()


class Intake:
    def __init__(
        self, keep_all: Callable[[Sequence[Delivery]], Awaitable[int]], apply: Callable[[], Awaitable[int]]
    ) -> None:
        self._keep_all = keep_all
        """Once each; returns how many are new."""
        self._keeping = Batch(self._kept, name="keeping")
        self._apply = apply
        """Applies a batch; returns how many it was."""
        self._nudged = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._busy = False

    async def keep(self, delivery: Delivery) -> None:
        """Returns once it is durable. What arrives while others are being kept is kept with the rest of these in one
        transaction."""
        await self._keeping.do(delivery)

    async def _kept(self, deliveries: Sequence[Delivery]) -> Sequence[None]:
        if await self._keep_all(deliveries):
            self.nudge()
        return [None] * len(deliveries)

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
            try:
                await self._drain()
            finally:
                self._busy = False

    async def _drain(self) -> None:
        """What cannot be applied now (the database is away) is tried again at the next tick."""
        try:
            while await self._apply():
                pass
        except LedgerAway as away:
            log.error("webhooks wait for the database", action="intake_waits", why=str(away))
        except Exception:
            log.exception("webhooks could not be applied", action="intake_failed")
