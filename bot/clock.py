"""APScheduler, as a clock and nothing else: it ticks, wakes at the next due time, reconciles and prunes.

It holds nothing durable: what is due is read from the ledger at every tick, so a restart or another replica goes on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ledger import Clock
from bot.store import StoreError

log = structlog.get_logger()

TICK = 1.0
AGAIN = 0.1
RECONCILE = 60.0
PRUNE = 3600.0
"""Seconds."""
SET_BACK = timedelta(seconds=2)
"""By more than this is not the unevenness of a timer."""


class SystemClock:
    """Real time, set by the database's clock where several replicas share one (`set_by`)."""

    def __init__(self, machine: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._machine = machine
        """This machine's own clock."""
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._machine() + self._ahead

    def set_by(self, right: datetime) -> None:
        self._ahead = right - self._machine()

    def on_turn(self, listener: Callable[[], None]) -> Callable[[], None]:
        return lambda: None  # Real time is never turned.


def wakes_in(due: datetime, now: datetime) -> float | None:
    """Seconds until the clock ticks for what is due then; None: the next ordinary tick is soon enough. What is overdue
    came due while the tick looked, or still waits for hands: that is looked at again soon, but not all the time."""
    wait = (due - now).total_seconds()
    if wait >= TICK:
        return None
    return wait if wait > 0 else AGAIN


class Clockwork:
    """Runs `tick`, `reconcile` and `prune` at their times, and all of them when somebody turns the clock."""

    def __init__(
        self,
        clock: Clock,
        *,
        tick: Callable[[], Awaitable[datetime | None]],
        reconcile: Callable[[], Awaitable[None]],
        prune: Callable[[], Awaitable[None]],
    ) -> None:
        self.clock = clock
        self._tick = tick
        """Does what is due; returns when something is due next."""
        self._reconcile = reconcile
        self._prune = prune
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._ticking = asyncio.Lock()
        self._turned: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._stopping = False
        self._looking: asyncio.TimerHandle | None = None
        self.machine: Callable[[], float] = time.monotonic
        """What tells how long ago something was; tests turn it."""
        self.ticked_at = self.tried_at = self.machine()

    def start(self) -> None:
        self._every(TICK, self.tick, next_run_time=datetime.now(UTC))
        self._every(RECONCILE, self.reconcile, next_run_time=datetime.now(UTC))
        self._every(PRUNE, self.prune)
        self._scheduler.start()
        self._unsubscribe = self.clock.on_turn(self._clock_turned)
        self._look_after()

    def _look_after(self) -> None:
        self._keep_up()
        self._looking = asyncio.get_running_loop().call_later(TICK, self._look_after)

    def _keep_up(self) -> None:
        """The scheduler goes by the time of day: where that is set back, it would wait until it is as late again."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > getattr(job.trigger, "interval", timedelta()) + SET_BACK:
                log.warning("the clock was set back", action="clock_set_back")
                job.modify(next_run_time=now)

    def _every(self, seconds: float, job: Callable[[], Awaitable[None]], **first: datetime) -> None:
        self._scheduler.add_job(
            self._unless_stopped,
            "interval",
            [job],
            seconds=seconds,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # A tick that comes late is still a tick.
            **first,
        )

    async def stop(self) -> None:
        self._unsubscribe()
        self._stopping = True
        if self._looking is not None:
            self._looking.cancel()
        self._scheduler.shutdown(wait=False)
        for task in tuple(self._turned):
            task.cancel()
        await asyncio.gather(*self._turned, return_exceptions=True)
        async with self._ticking:  # A tick on its way is let finish.
            return

    @property
    def idle(self) -> bool:
        """What the last turn of the clock brought is done."""
        return not self._turned

    @property
    def seconds_since_tick(self) -> float:
        return self.machine() - self.ticked_at

    @property
    def seconds_since_try(self) -> float:
        """Since a tick ended, be it because the database is away: such a clock lives, one that hangs does not."""
        return self.machine() - self.tried_at

    async def tick(self) -> None:
        """One tick. That it fails is logged and not the end of the clock: the next one comes in a second."""
        async with self._ticking:
            try:
                next_at = await self._tick()
            except StoreError as away:
                log.error("the clock cannot tick without its database", action="tick_failed", why=str(away))
                self.tried_at = self.machine()
                return
            except Exception:
                log.exception("a tick failed", action="tick_failed")
                return
            self.ticked_at = self.tried_at = self.machine()
            if next_at is not None:
                self._wake_at(next_at)

    async def reconcile(self) -> None:
        try:
            await self._reconcile()
        except Exception:
            log.exception("calls could not be reconciled with Stream", action="reconcile_failed")

    async def prune(self) -> None:
        try:
            await self._prune()
        except Exception:
            log.exception("what is old could not be pruned", action="prune_failed")

    async def _unless_stopped(self, job: Callable[[], Awaitable[None]]) -> None:
        """What stop() interrupts has not failed: the scheduler would log it with a traceback."""
        try:
            await job()
        except asyncio.CancelledError:
            if not self._stopping:
                raise

    def _wake_at(self, at: datetime) -> None:
        """Tick once more at that time, if it comes before the next ordinary tick."""
        wait = wakes_in(at, self.clock.now())
        if wait is None or not self._scheduler.running:
            return
        when = datetime.now(UTC) + timedelta(seconds=wait)
        self._scheduler.add_job(
            self._unless_stopped,
            "date",
            [self.tick],
            run_date=when,
            id="wake",
            replace_existing=True,
            misfire_grace_time=None,
        )

    def _clock_turned(self) -> None:
        task = asyncio.create_task(self._after_turn(), name="clock turned")
        self._turned.add(task)
        task.add_done_callback(self._turned.discard)

    async def _after_turn(self) -> None:
        await self.tick()
        await self.reconcile()
        await self.prune()
