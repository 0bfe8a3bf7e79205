"""The bot's engine without an outside: ledger, verbs, worker and clock, with handlers that send nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.call.ids import new_id
from bot.call.values import Call, CallKind, CallStatus, Member, MemberState, Rules
from bot.clock import Clockwork, SystemClock
from bot.messages import wanted
from bot.ringer import Ringer
from bot.store import Store, Tx, open_store
from bot.work import KINDS, Claimed, LookAfresh
from bot.worker import Worker

AT_ONCE = 500
"""Calls put down in one transaction."""


@dataclass
class Engine:
    store: Store
    clock: SystemClock
    ringer: Ringer
    worker: Worker
    begun: dict[str, datetime] = field(default_factory=dict)
    """When, by its clock, the first thing was begun for each call whose time had come."""
    nothing: Callable[[], Awaitable[None]] | None = None
    """What stands for sending."""

    async def send(self, claimed: Claimed) -> None:
        if isinstance(claimed.work, LookAfresh):
            self.begun.setdefault(claimed.work.call_id, self.clock.now())
        if self.nothing is not None:
            await self.nothing()

    async def tick(self) -> datetime | None:
        """As `App.tick`, which also asks Stream."""
        await self.ringer.expiring_calls(limit=100)
        while await self.ringer.tick():
            pass
        self.worker.nudge()
        return await self.store.look(lambda tx: tx.next_work_at())


@asynccontextmanager
async def engine(database_url: str, *, ticking: bool = True) -> AsyncIterator[Engine]:
    store, clock = open_store(database_url), SystemClock()
    ringer = Ringer(store, clock, Rules(), rings_per_minute=0, rings_per_minute_workspace=0)
    made = Engine(store, clock, ringer, Worker(store, clock, {}))
    made.worker.handlers = {kind: made.send for kind in KINDS.values()}
    ringer.nudge = made.worker.nudge
    clockwork = Clockwork(clock, tick=made.tick, reconcile=_nothing, prune=_nothing)
    made.worker.start()
    if ticking:
        clockwork.start()
    yield made
    if ticking:
        await clockwork.stop()
    await made.worker.stop()
    await store.close()


async def _nothing() -> None:
    pass


def planned(starts_at: datetime) -> Call:
    """A call for later, of three."""
    callees = (Member(f"U{name}", f"t1-{name}", MemberState.INVITED) for name in ("BEN", "CY"))
    return Call(
        id=new_id(),
        type="default",
        team="T1",
        channel="C1",
        caller="UANA",
        kind=CallKind.RING,
        created_at=datetime.now(UTC),
        ring_timeout=timedelta(seconds=60),
        status=CallStatus.SCHEDULED,
        starts_at=starts_at,
        on_stream=True,
        members=(Member("UANA", "t1-ana", MemberState.CALLER), *callees),
    )


async def put_down(store: Store, calls: list[Call]) -> None:
    """With the messages that were posted of them: each is to be drawn anew once its call begins."""

    def add(tx: Tx, some: list[Call]) -> None:
        for call in some:
            tx.add_call(call, call.starts_at)
            tx.want(call.id, list(wanted(call)))

    for at in range(0, len(calls), AT_ONCE):
        some = calls[at : at + AT_ONCE]
        await store.commit(lambda tx, some=some: add(tx, some))  # type: ignore[misc]
