"""What goes on behind the page, and is turned or broken from there: the shared clock, the faults, the bot itself."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.faults import Fault, Kind, Road
from bot.sandbox.page.acts import Act, Asked, CannotDo
from bot.sandbox.world import World

HURRIES_EVERY = 0.25
FASTEST = 600.0
FARTHEST = timedelta(days=400)


class Behind:
    def __init__(self, world: World) -> None:
        self._world = world
        self.speed = 1.0
        self._next: datetime | None = None
        self._hurrying: asyncio.Task[None] | None = None

    def table(self) -> dict[str, Act]:
        return {
            "turn": self.turn,
            "skip": self.skip,
            "speed": self.set_speed,
            "break": self.break_,
            "mend": self.mend,
            "bot": self.bot,
        }

    async def stop(self) -> None:
        if self._hurrying is not None:
            self._hurrying.cancel()
            with suppress(asyncio.CancelledError):
                await self._hurrying

    # --- time

    def clock(self) -> Asked:
        """`next` is when the bot has something to do, of which nobody sees anything before."""
        due = self._next.timestamp() if self._next else None
        return {"now": self._world.clock.now().timestamp(), "speed": self.speed, "next": due}

    async def look(self) -> None:
        """Ask the bot's ledger what is due next."""
        self._next = await self._world.next_due()

    async def turn(self, asked: Asked) -> Asked:
        """{seconds}: turn the shared clock forward."""
        by = timedelta(seconds=float(asked["seconds"]))
        if not timedelta() <= by <= FARTHEST:
            raise CannotDo("The clock turns forward only, and not by years.")
        self._world.clock.turn(by)
        return {}

    async def skip(self, asked: Asked) -> Asked:
        """{}: turn the clock to the next thing that is due."""
        await self.look()
        left = self._next - self._world.clock.now() if self._next else None
        if left is None:
            raise CannotDo("Nothing is waiting for its time.")
        self._world.clock.turn(max(timedelta(), left) + timedelta(seconds=0.05))
        return {}

    async def set_speed(self, asked: Asked) -> Asked:
        """{times}: let the clock run that many times as fast as a real one."""
        times = float(asked["times"])
        if not 1 <= times <= FASTEST:
            raise CannotDo(f"From 1 to {FASTEST:.0f} times.")
        self.speed = times
        if times > 1 and self._hurrying is None:
            self._hurrying = asyncio.create_task(self._hurry())
        return {}

    async def _hurry(self) -> None:
        while True:
            await asyncio.sleep(HURRIES_EVERY)
            if self.speed > 1:
                self._world.clock.turn(timedelta(seconds=HURRIES_EVERY * (self.speed - 1)))

    # --- trouble

    def trouble(self) -> Asked:
        faults = self._world.faults
        return {
            "planned": [_fault(each) for each in faults.planned],
            "struck": len(faults.struck),
            "last": faults.struck[-1][1] if faults.struck else "",
            "running": self._world.app is not None,
        }

    async def break_(self, asked: Asked) -> Asked:
        """{road, kind, match?, times?, seconds?}: from now on this goes wrong; times null: until mended."""
        times = asked.get("times", 1)
        fault = Fault(
            Road(asked["road"]),
            Kind(asked["kind"]),
            str(asked.get("match", "")),
            None if times is None else int(times),
            float(asked.get("seconds", 0)),
        )
        self._world.faults.add(fault)
        return {}

    async def mend(self, asked: Asked) -> Asked:
        """{}: nothing goes wrong any more."""
        self._world.mends()
        return {}

    async def bot(self, asked: Asked) -> Asked:
        """{running}: stop the bot, or start it again on the same ledger."""
        if asked["running"] and self._world.app is None:
            await self._world.start_bot()
        elif not asked["running"]:
            await self._world.stop_bot()
        return {}


def _fault(one: Fault) -> dict[str, Any]:
    return {"road": one.road, "kind": one.kind, "match": one.match, "times": one.times, "seconds": one.seconds}
