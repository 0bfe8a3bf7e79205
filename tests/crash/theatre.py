"""Where scenes are played: both stand-ins here, the bot in processes of its own, and between them a proxy."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Engine, bindparam, create_engine, func, or_, select

from bot.sandbox.faults import Faults
from bot.sandbox.workspace import Channel, Person
from bot.sandbox.workspace.courier import Delivery
from bot.sandbox.world import BOT_EVENTS, World, world
from bot.store.address import database_at, engine_for, is_sqlite
from bot.store.tables import inbox, work
from tests import replica
from tests.crash.points import Points, When
from tests.crash.proxy import Proxy
from tests.crash.replicas import Died, Replica

TUESDAY_TEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
QUIET_WITHIN = 120.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.15
"""Seconds between two looks: they cost, and many plays share a machine."""
ACKED_WITHIN = 30.0
"""Slack's three seconds are another test's: here a slow machine is no failure."""
LEASE = 5.0
"""Seconds, where several share the work: long enough on a slow machine, and the dead's is soon another's."""
LEASE_OF_ONE = 10.0
"""Where all are dead at once, nobody waits for it: see `_leases_run_out`."""
SOON = timedelta(minutes=1)
"""Work that waits this long or less, for another try say, is waited for before a scene goes on."""


OWED = select(
    select(func.count())
    .select_from(work)
    .where(
        work.c.dead_at.is_(None),
        or_(work.c.ready, work.c.leased_until.is_not(None), work.c.available_at <= bindparam("soon")),
    )
    .scalar_subquery(),
    select(func.count()).select_from(inbox).where(inbox.c.applied_at.is_(None)).scalar_subquery(),
    select(func.count()).select_from(work).where(work.c.leased_until.is_not(None)).scalar_subquery(),
    select(func.min(work.c.available_at)).where(work.c.dead_at.is_(None), ~work.c.ready).scalar_subquery(),
)


@dataclass(frozen=True)
class Owed:
    soon: int
    """How much is owed within a minute, or was kept and not applied."""
    waits_until: datetime | None
    """When the first of what is owed may be done, where all of it waits, for room in Slack's limits say."""


@dataclass
class Theatre:
    world: World
    replicas: list[Replica]
    proxy: Proxy
    folder: Path
    engine: Engine
    size: int
    restarts: bool
    """A process that died is started again at once; else only when none is left."""
    virtual: bool
    skews: tuple[float, ...]
    asks: bool
    revives: bool = True
    """Where all have died, one is started again."""
    deaths: int = 0
    retired: set[Replica] = field(default_factory=set)
    _came_up: asyncio.Event = field(default_factory=asyncio.Event)
    _keepers: set["asyncio.Task[None]"] = field(default_factory=set)
    _number: int = 0
    _closing: bool = False

    # --- the processes

    async def open(self) -> None:
        await self.proxy.start()
        self.world.workspace.install(
            request_url=f"{self.proxy.url}/slack/events", commands=("/ring", "/notify"), bot_events=BOT_EVENTS
        )
        self.world.coordinator.hook(f"{self.proxy.url}/stream/events")
        self.world.clock.on_turn(self._turned)
        await asyncio.gather(*(self.started() for _ in range(self.size)))

    async def close(self) -> None:
        self._closing = True
        for keeper in tuple(self._keepers):
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for each in self.replicas:
            each.close()
        await self.proxy.stop()
        self.engine.dispose()

    async def started(self) -> Replica | None:
        """One more replica, once it is up; None if it died on the way (somebody else sees to that)."""
        skew = self.skews[self._number % len(self.skews)]
        at = replica.Time(self.world.clock.now(), time.monotonic()) if self.virtual else None
        start = replica.Start(
            _plain(self.world.settings),
            str(self.folder / f"replica-{self._number}.log"),
            at,
            skew,
        )
        new = Replica(self._number, start, self._asked if self.asks else None, lambda one: one.kill())
        self._number += 1
        self.replicas.append(new)
        keeper = asyncio.create_task(self._keep(new))
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        try:
            await new.up()
        except Died:
            return None
        new.set_clock(self.world.clock)
        self._came_up.set()
        return new

    async def down(self) -> None:
        """All of them die at once, and nobody starts them again."""
        self.restarts, self.revives = False, False
        for each in self.alive:
            each.kill()
        await asyncio.gather(*(each.died.wait() for each in self.replicas))

    async def up_again(self) -> None:
        self.revives = True
        await asyncio.gather(*(self.started() for _ in range(self.size)))

    async def rolled(self, one: Replica) -> None:
        """A deploy: this replica ends as it is asked to, and another takes its place."""
        self.retired.add(one)
        await one.stop()
        await self.started()

    @property
    def alive(self) -> list[Replica]:
        return [each for each in self.replicas if not each.died.is_set()]

    async def up(self) -> None:
        """Somebody listens (again)."""
        async with asyncio.timeout(QUIET_WITHIN):
            while not any(each.is_up for each in self.replicas):
                self._came_up.clear()
                await self._came_up.wait()

    def kill_whoever(self, port: int) -> None:
        """The process at the other end of that port."""
        alive = self.alive
        for each in alive if len(alive) > 1 else ():
            if each.has(port):
                return each.kill()
        for each in alive[:1]:
            each.kill()
        return None

    async def _keep(self, one: Replica) -> None:
        await one.died.wait()
        if one in self.retired:
            return
        self.deaths += 1
        if self.asks and not self.alive:
            await asyncio.to_thread(self._leases_run_out)
        if not self._closing and (self.restarts or (self.revives and not self.alive)):
            await self.started()

    def _leases_run_out(self) -> None:
        """The dead hold them all: the time that this takes need not be waited for in each of a thousand plays."""
        held = work.c.leased_until.is_not(None)
        with self.engine.begin() as connection:
            connection.execute(work.update().where(held).values(leased_until=datetime.now(UTC)))

    def _asked(self, one: Replica, tables: str) -> str:
        assert isinstance(self.world.faults, Points)
        when = self.world.faults.commits(tables)
        if when is When.BEFORE:
            one.kill()
        return "and then" if when is When.AFTER else "go"

    def _turned(self) -> None:
        for each in self.alive:
            each.set_clock(self.world.clock)

    # --- time

    async def after(self, **by: float) -> None:
        await self.settled()
        self.world.clock.turn(timedelta(**by))
        await self.settled()

    async def settled(self) -> None:
        """Nothing is on its way, in hand, leased by the dead, or due by now."""
        try:
            async with asyncio.timeout(QUIET_WITHIN):
                calm, pause = 0, SHORTEST_PAUSE
                while calm < 2:
                    await self.world.workspace.settled()
                    await self.world.coordinator.settled()
                    calm = calm + 1 if await self._is_quiet(look=not calm) else 0
                    await asyncio.sleep(SHORTEST_PAUSE if calm else pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
        except TimeoutError:
            raise AssertionError(self._restless()) from None

    async def _is_quiet(self, *, look: bool) -> bool:
        """The ledger alone can say no, and for less: where a replica is to `look` what is due, it ticks."""
        if await self._is_something_owed_now() or not await self._are_quiet(look):
            return False
        owed = await asyncio.to_thread(self._owed)
        now = self.world.clock.now()
        if self.virtual and owed.waits_until and now < owed.waits_until <= now + SOON:
            self.world.clock.turn(owed.waits_until - now)
            return False
        return not owed.soon

    async def _are_quiet(self, look: bool) -> bool:
        """What is due is the same for all: one of them looks."""
        up = [each for each in self.replicas if each.is_up]
        if not up or (look and not await up[0].is_quiet()):
            return False
        return all([await each.is_idle() for each in up if each.is_up])

    async def _is_something_owed_now(self) -> bool:
        owed = await asyncio.to_thread(self._owed)
        return bool(owed.soon) and owed.waits_until is None

    def _restless(self) -> str:
        up = ", ".join(
            f"{each.number} (busy with {each.busy_with or 'nothing'})" for each in self.replicas if each.is_up
        )
        return f"it never comes to rest: up are {up or 'none'}, and owed is\n{self.all_owed()}"

    def all_owed(self) -> str:
        """For who wonders why."""
        wanted = (work.c.key, work.c.ready, work.c.available_at, work.c.leased_until, work.c.attempts, work.c.error)
        with self.engine.connect() as connection:
            return "\n".join(str(tuple(row)) for row in connection.execute(select(*wanted).limit(20)))

    async def passes(self, **by: float) -> None:
        """Let time pass in steps of twenty seconds while something is wrong: what is owed then stays so."""
        left = timedelta(**by)
        while left > timedelta():
            step = min(left, timedelta(seconds=20))
            self.world.clock.turn(step)
            left -= step
            await self.rested()

    async def rested(self) -> None:
        """Nothing is in hand, or due by now; it may be owed for later."""
        try:
            async with asyncio.timeout(QUIET_WITHIN):
                calm = 0
                while calm < 2:
                    await self.world.workspace.settled()
                    await self.world.coordinator.settled()
                    calm = calm + 1 if all([each.is_up and await each.is_quiet() for each in self.alive]) else 0
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(self._restless()) from None

    def owed(self) -> int:
        return self._owed().soon

    def _owed(self) -> "Owed":
        """Asked in one go: it is asked a hundred times in a play."""
        with self.engine.connect() as connection:
            soon, unapplied, leased, first = connection.execute(OWED, {"soon": self.world.clock.now() + SOON}).one()
        return Owed(soon + unapplied, first if first and not unapplied and not leased else None)

    # --- people, who try again where the app did not answer

    async def types(self, person: Person, line: str, at: str = "#support") -> Delivery:
        return await self._until_answered(lambda: person.types(line, at=at))

    async def _until_answered(self, act: Callable[[], Any]) -> Delivery:
        for _ in range(5):
            delivery = await act()
            assert isinstance(delivery, Delivery)
            if delivery.ok:
                return delivery
            await self.up()
        raise AssertionError(f"the app does not answer: {delivery.last}")

    async def presses(self, person: Person, label: str, on: str, at: str | None = None) -> None:
        """Presses; if the app did not answer, and the button is there still, once more."""
        await person.sees(on, at=at, within=QUIET_WITHIN)
        press = await person.presses(label, on=on, at=at)
        if press.delivery is not None and not press.delivery.ok:
            await self.up()
            await self.settled()
            if _offers(person, label, on, at):
                press = await person.presses(label, on=on, at=at)
                assert press.delivery is None or press.delivery.ok, press.delivery


def _offers(person: Person, label: str, on: str, at: str | None) -> bool:
    """Not the newest message alone: the thread's line says who is ringing whom too, and has no buttons."""
    return any(on in person.reads(shown) and label in person.buttons(shown) for shown in person.messages(at=at))


def _plain(settings: Any) -> dict[str, Any]:
    """Secrets as they are: the pipe is the process's own."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()}


def _engine(url: URL) -> Engine:
    """A connection to Postgres is dear, and kept. One to SQLite is not: its file is to be the process's alone."""
    return engine_for(url) if is_sqlite(url) else create_engine(url, pool_pre_ping=True)


@asynccontextmanager
async def theatre(
    database_url: str,
    folder: Path,
    *,
    replicas: int = 1,
    restarts: bool | None = None,
    faults: Faults | None = None,
    virtual: bool = True,
    skews: tuple[float, ...] = (0.0,),
    patience: float = 0.0,
    **settings: Any,
) -> AsyncIterator[Theatre]:
    """`virtual`: on the clock that scenes turn; else everything lives in real time."""
    start = TUESDAY_TEN if virtual else None
    settings = {"lease_seconds": LEASE_OF_ONE if replicas == 1 else LEASE, **settings}
    async with world(database_url=database_url, start=start, start_bot=False, faults=faults, **settings) as made:
        url = database_at(database_url)
        one = replicas == 1
        place = Theatre(
            made,
            [],
            Proxy(lambda: [each.url for each in place.replicas if each.is_up], patience=patience),
            folder,
            _engine(url),
            replicas,
            one if restarts is None else restarts,
            virtual,
            skews,
            asks=isinstance(faults, Points),
        )
        if isinstance(faults, Points):
            faults.kill = place.kill_whoever
        made.workspace.ack_seconds = ACKED_WITHIN
        try:
            await place.open()
            yield place
        finally:
            await place.close()


@dataclass(frozen=True)
class Cast:
    ana: Person
    ben: Person
    cy: Person
    dee: Person
    support: Channel


def cast(place: Theatre) -> Cast:
    ana, ben, cy, dee = (place.world.workspace.person(name) for name in ("ana", "ben", "cy", "dee"))
    return Cast(ana, ben, cy, dee, place.world.workspace.channel("support", ana, ben, cy, dee))
