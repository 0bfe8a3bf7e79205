"""Keeps what Stream reports before it is acknowledged, and applies it as soon as it is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.ledger import Delivery

log = structlog.get_logger()


class Intake:
    def __init__(
        self, keep_all: Callable[[Sequence[Delivery]], Awaitable[list[bool]]], apply: Callable[[], Awaitable[int]]
    ) -> None:
        self._keep_all = keep_all
        """Says of each whether it is new."""
        self._apply = apply
        """Applies a batch; returns how many it was."""
        self._arrived: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._keeping: asyncio.Task[None] | None = None
        self._nudged = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._busy = False

    async def keep(self, delivery: Delivery) -> bool:
        """Returns once it is durable; False if it came before. What arrives while others are being kept is kept with
        the rest of these in one transaction."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._arrived.append((delivery, kept))
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_arrived(), name="keeping")
        return await kept

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

    async def _keep_arrived(self) -> None:
        while self._arrived:
            arrived, self._arrived = self._arrived, []
            waiting = [kept for _, kept in arrived]
            try:
                new = await self._keep_all([delivery for delivery, _ in arrived])
            except Exception as error:
                for kept in waiting:
                    if not kept.done():  # Whoever sent it may have gone.
                        kept.set_exception(error)
            else:
                for kept, is_new in zip(waiting, new, strict=True):
                    if not kept.done():
                        kept.set_result(is_new)
        self._keeping = None

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
