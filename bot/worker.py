"""Claims what is due, hands it to its handler, then finishes it or puts it back. It knows no kind by name."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from bot.batch import Batch
from bot.ledger import Clock, Ledger, LedgerAway, Tx
from bot.work import IN_HAND, Claimed, Never, NotNow, Work

log = structlog.get_logger()

SLOTS = 64
"""Pieces of work in hand at once: each waits on the network most of its time."""
FAILURES_AT_MOST = 8
"""Unexpected failures in a row, in this process, that bury a piece of work."""
FAILING_AT_MOST = 1000
"""Pieces of work whose failures are remembered."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 15.0
"""Seconds: back-off with full jitter grows from the first to the longest; people are waiting."""

Handler = Callable[[Claimed], Awaitable[None]]
GivenUp = Callable[[Tx, Claimed], None]
"""What follows from it that this work is done never, written down together with that."""
Observe = Callable[[str, str, float], None]
"""Kind, outcome (`done`, `retry`, `wait` for a rate limit, `dead`), seconds; once it is durable."""


class Worker:
    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        handlers: Mapping[type[Work], Handler],
        *,
        lease_seconds: float = 10.0,
        random: Callable[[], float] = random.random,
        observe: Observe = lambda kind, outcome, seconds: None,
        given_up: GivenUp = lambda tx, claimed: None,
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.handlers = handlers
        self.lease_seconds = lease_seconds
        self._random = random
        self._observe = observe
        self._given_up = given_up
        self._finishing = Batch(self._finish_all, name="finishing")
        self._nudged = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._failures: dict[int, int] = {}
        """How often each of these has failed unexpectedly, the newest last."""
        self._loop: asyncio.Task[None] | None = None
        self._claiming = False
        self._stopping = False

    def nudge(self) -> None:
        """There may be something to do."""
        self._nudged.set()

    @property
    def idle(self) -> bool:
        may_claim = self._claiming or (self._nudged.is_set() and not self._stopping)
        return not self._in_hand and not may_claim

    def start(self) -> None:
        self.nudge()
        self._loop = asyncio.create_task(self._run(), name="worker")

    async def stop(self, patience: float = 3.0) -> None:
        """Finish what is in hand, or, once `patience` seconds are over, give it back."""
        self._stopping = True
        self.nudge()
        if self._loop is not None:
            await self._loop
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:
            await self._nudged.wait()
            self._nudged.clear()
            self._claiming = True
            try:
                await self._claim_all()
            except Exception:
                log.exception("work could not be claimed", action="claim_failed")
                self._nudge_in(1.0)
            self._claiming = False

    async def _claim_all(self) -> None:
        while not self._stopping and (free := SLOTS - len(self._in_hand)) > 0:
            claimed = await self.ledger.commit(lambda tx: tx.claim(self.clock.now(), free, self.lease_seconds))
            for one in claimed:
                self._take(one)
            if len(claimed) < free:
                return

    def _take(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._work(claimed), name=claimed.work.key)
        self._in_hand.add(task)
        task.add_done_callback(self._laid_down)

    def _laid_down(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self.nudge()
        if not task.cancelled() and (error := task.exception()):
            log.error("a piece of work could not be put down", action="work_stuck", error=repr(error))

    async def _work(self, claimed: Claimed) -> None:
        """One piece of work. Whatever happens, its row is finished, put back or buried (or its lease runs out)."""
        started = time.perf_counter()
        if outcome := await self._carried_out(claimed):
            self._observe(claimed.work.kind(), outcome, time.perf_counter() - started)

    async def _carried_out(self, claimed: Claimed) -> str:
        """What became of it, durably; nothing where its lease was lost."""
        IN_HAND.set(claimed)
        try:
            async with asyncio.timeout(self.lease_seconds * 0.9):
                await self.handlers[type(claimed.work)](claimed)
        except NotNow as wait:
            self._failures.pop(claimed.id, None)
            return await self._put_back(claimed, str(wait), wait.after, counts=wait.counts)
        except Never as never:
            return await self._bury(claimed, str(never))
        except (TimeoutError, LedgerAway) as slow:
            return await self._put_back(claimed, repr(slow), None, counts=True)
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(claimed, "stopped", 0.0, counts=True))
            raise
        except Exception as error:
            return await self._failed(claimed, error)
        self._failures.pop(claimed.id, None)
        return "done" if await self._finished(claimed) else ""

    async def _finished(self, claimed: Claimed) -> bool:
        return await self._finishing.do(claimed) or await self.ledger.commit(lambda tx: tx.finish(claimed))

    async def _finish_all(self, claimed: Sequence[Claimed]) -> list[bool]:
        finished = await self.ledger.commit(lambda tx: tx.finish_all(claimed))
        return [one.id in finished for one in claimed]

    async def _failed(self, claimed: Claimed, error: Exception) -> str:
        work = claimed.work
        log.exception("work failed", action="work_failed", kind=work.kind(), call=work.about, attempts=claimed.attempts)
        failures = self._failures.pop(claimed.id, 0) + 1
        if failures >= FAILURES_AT_MOST:
            return await self._bury(claimed, repr(error))
        self._failures[claimed.id] = failures
        if len(self._failures) > FAILING_AT_MOST:
            self._failures.pop(next(iter(self._failures)))
        return await self._put_back(claimed, repr(error), None, counts=True)

    async def _put_back(self, claimed: Claimed, why: str, after: float | None, *, counts: bool) -> str:
        wait = self._backoff(claimed.attempts) if after is None else after
        at = self.clock.now() + timedelta(seconds=wait)
        is_back = await self.ledger.commit(lambda tx: tx.put_back(claimed, at, why, counts=counts))
        self._nudge_in(wait)
        return ("retry" if counts else "wait") if is_back else ""

    def _backoff(self, attempts: int) -> float:
        longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts, 10))
        return self._random() * longest

    def _nudge_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds + 0.001, self.nudge)

    async def _bury(self, claimed: Claimed, why: str) -> str:
        work = claimed.work
        log.error("work was given up", action="work_dead", kind=work.kind(), call=work.about, why=why)
        now = self.clock.now()

        def bury(tx: Tx) -> bool:
            if is_dead := tx.bury(claimed, why, now):
                self._given_up(tx, claimed)
            return is_dead

        try:
            return "dead" if await self.ledger.commit(bury) else ""
        except LedgerAway:
            raise
        except Exception:  # The same bug again, perhaps: its lane is to move on all the same.
            log.exception("what follows from that could not be done", action="given_up_failed", call=work.about)
            return "dead" if await self.ledger.commit(lambda tx: tx.bury(claimed, why, now)) else ""
