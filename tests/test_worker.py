"""The worker, on a real ledger: work is done, put off with full jitter, or buried; a lost lease is not believed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from bot.ledger import Ledger, Tx
from bot.sandbox.clock import SandboxClock
from bot.store import Store, StoreUnavailable
from bot.work import Claimed, Never, NotNow, PutCall, UpdateCall, Work
from bot.worker import FAILURES_AT_MOST, FIRST_WAIT, LONGEST_WAIT, Worker
from tests.still import StillClock

T = TypeVar("T")
WITHIN = 10.0


class Hands:
    """A handler that does what a test has planned for each try, and remembers the tries."""

    def __init__(self, *planned: Exception | None) -> None:
        self._planned = list(planned)
        self.tries: list[Claimed] = []
        self._tried = asyncio.Event()

    async def __call__(self, claimed: Claimed) -> None:
        self.tries.append(claimed)
        self._tried.set()
        if self._planned and (error := self._planned.pop(0)) is not None:
            raise error

    async def tried(self, times: int) -> None:
        async with asyncio.timeout(WITHIN):
            while len(self.tries) < times:
                self._tried.clear()
                await self._tried.wait()


@asynccontextmanager
async def working(
    store: Ledger, clock: SandboxClock, hands: Hands, *, jitter: Callable[[], float] = lambda: 1.0
) -> AsyncIterator[Worker]:
    worker = Worker(store, clock, {PutCall: hands, UpdateCall: hands}, random=jitter)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


class SlowToAnswer:
    """A ledger that has done what it was asked, and says so when it is let."""

    def __init__(self, store: Store) -> None:
        self.look = store.look
        self.done, self.let = asyncio.Event(), asyncio.Event()
        self._store = store

    async def commit(self, change: Callable[[Tx], T]) -> T:
        came = await self._store.commit(change)
        self.done.set()
        await self.let.wait()
        return came


async def owe(store: Store, *work: Work) -> None:
    await store.commit(lambda tx: tx.owe(*work))


async def waits(store: Store, clock: SandboxClock) -> float:
    """The seconds until the only piece of work is tried again, once it has been put back."""
    async with asyncio.timeout(WITHIN):
        while (at := await store.look(lambda tx: tx.next_work_at())) is None:
            continue
    return (at - clock.now()).total_seconds()


async def test_what_is_owed_is_done_once(store: Store) -> None:
    hands = Hands()
    async with working(store, SandboxClock(), hands) as worker:
        await owe(store, PutCall("c1"))
        worker.nudge()
        await hands.tried(1)
    assert [claimed.work for claimed in hands.tries] == [PutCall("c1")]
    assert await store.commit(lambda tx: tx.claim(SandboxClock().now(), 10, 10.0)) == []


@pytest.mark.parametrize("jitter", [0.5, 1.0])
async def test_waits_double_up_to_the_longest_each_times_the_jitter(store: Store, jitter: float) -> None:
    clock, hands = StillClock(), Hands(*(NotNow("Stream is away") for _ in range(9)))
    async with working(store, clock, hands, jitter=lambda: jitter) as worker:
        await owe(store, PutCall("c1"))
        worker.nudge()
        for attempt in range(1, 10):
            await hands.tried(attempt)
            longest = min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
            assert await waits(store, clock) == pytest.approx(jitter * longest, abs=0.01)
            clock.turn(timedelta(seconds=LONGEST_WAIT))
            worker.nudge()
        await hands.tried(10)


async def test_a_wait_that_was_asked_for_is_kept_without_jitter_and_is_no_attempt(store: Store) -> None:
    clock, hands = StillClock(), Hands(NotNow("Retry-After", after=30, counts=False))
    async with working(store, clock, hands) as worker:
        await owe(store, PutCall("c1"))
        worker.nudge()
        await hands.tried(1)
        assert await waits(store, clock) == pytest.approx(30, abs=0.01)
        clock.turn(timedelta(seconds=31))
        worker.nudge()
        await hands.tried(2)
    assert [claimed.attempts for claimed in hands.tries] == [1, 1]


async def test_what_can_never_be_done_is_buried_and_its_lane_moves_on(store: Store) -> None:
    hands = Hands(Never("no such call"))
    with capture_logs() as logs:
        async with working(store, SandboxClock(), hands) as worker:
            await owe(store, PutCall("c1"), UpdateCall("c1"))
            worker.nudge()
            await hands.tried(2)
    assert [claimed.work for claimed in hands.tries] == [PutCall("c1"), UpdateCall("c1")]
    (dead,) = await store.look(lambda tx: tx.dead(10))
    assert dead.error == "no such call"
    assert [entry["kind"] for entry in logs if entry.get("action") == "work_dead"] == ["PutCall"]


async def test_a_fault_of_our_own_is_tried_a_few_times_and_then_buried(store: Store) -> None:
    hands = Hands(*(ValueError("a bug") for _ in range(FAILURES_AT_MOST)))
    with capture_logs() as logs:
        async with working(store, SandboxClock(), hands, jitter=lambda: 0.0) as worker:
            await owe(store, PutCall("c1"), UpdateCall("c1"))
            worker.nudge()
            await hands.tried(FAILURES_AT_MOST + 1)
    assert len(await store.look(lambda tx: tx.dead(10))) == 1
    assert len([entry for entry in logs if entry.get("action") == "work_failed"]) == FAILURES_AT_MOST


async def test_what_stands_in_the_way_of_work_does_not_bury_it(store: Store) -> None:
    """Slack or Stream away, the database away, or all of it slow: not even with a fault of our own between."""
    away = [NotNow("Stream is away", after=0.0), TimeoutError(), StoreUnavailable("restarting")]
    hands = Hands(*(error for error in away for _ in range(FAILURES_AT_MOST)), ValueError("a bug"))
    with capture_logs():
        async with working(store, SandboxClock(), hands, jitter=lambda: 0.0) as worker:
            await owe(store, PutCall("c1"))
            worker.nudge()
            await hands.tried(len(away) * FAILURES_AT_MOST + 2)
    assert await store.look(lambda tx: tx.dead(10)) == []


async def test_one_that_hangs_is_cut_off_within_its_lease_and_tried_again(store: Store) -> None:
    tries: list[int] = []
    again = asyncio.Event()

    async def hangs_once(claimed: Claimed) -> None:
        tries.append(claimed.attempts)
        if len(tries) == 1:
            await asyncio.Event().wait()
        again.set()

    worker = Worker(store, SandboxClock(), {PutCall: hangs_once}, lease_seconds=0.3, random=lambda: 0.0)
    with capture_logs():
        worker.start()
        await owe(store, PutCall("c1"))
        worker.nudge()
        async with asyncio.timeout(WITHIN):
            await again.wait()
        await worker.stop()
    assert tries == [1, 2]


async def test_stopping_gives_back_what_is_in_hand(store: Store) -> None:
    begun = asyncio.Event()

    async def hangs(claimed: Claimed) -> None:
        begun.set()
        await asyncio.Event().wait()

    clock = SandboxClock()
    worker = Worker(store, clock, {PutCall: hangs})
    worker.start()
    await owe(store, PutCall("c1"))
    worker.nudge()
    async with asyncio.timeout(WITHIN):
        await begun.wait()
        await worker.stop(patience=0.05)
    (claimed,) = await store.commit(lambda tx: tx.claim(clock.now(), 10, 10.0))
    assert (claimed.work, claimed.attempts) == (PutCall("c1"), 2), "at once, not when its lease has run out"


async def test_who_lost_the_lease_is_not_believed(store: Store) -> None:
    """A process that slept too long wakes up, and finishes what another has taken over meanwhile."""
    clock = SandboxClock()
    await owe(store, PutCall("c1"))
    (late,) = await store.commit(lambda tx: tx.claim(clock.now(), 1, 0.01))
    async with asyncio.timeout(WITHIN):
        while not (taken := await store.commit(lambda tx: tx.claim(clock.now(), 1, 60.0))):
            continue
    assert not await store.commit(lambda tx: tx.finish(late))
    assert await store.commit(lambda tx: tx.finish(taken[0]))


async def test_who_has_claimed_work_and_does_not_know_yet_is_not_idle(store: Store) -> None:
    ledger, clock, hands = SlowToAnswer(store), StillClock(), Hands()
    await owe(store, PutCall("c1"))
    async with working(ledger, clock, hands) as worker, asyncio.timeout(WITHIN):
        await ledger.done.wait()
        idle = worker.idle
        ledger.let.set()
        await hands.tried(1)
    assert not idle


async def test_who_has_stopped_is_idle_whatever_comes_up(store: Store) -> None:
    async with working(store, SandboxClock(), Hands()) as worker:
        pass
    worker.nudge()
    assert worker.idle
