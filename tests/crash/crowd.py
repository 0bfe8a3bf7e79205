"""Many people who ring one another at the same time: the load under which processes die and are replaced."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from bot.sandbox.workspace import Channel, Person
from bot.sandbox.workspace.courier import Delivery
from tests.crash.theatre import Theatre

SEES_WITHIN = 30.0
DRAINED_WITHIN = 3000.0
STEP = timedelta(seconds=20)
"""By which time is turned meanwhile: Slack takes 50 changes of messages a minute."""
TYPES_AGAIN_AFTER = 0.5
"""Seconds."""
PACE = 8
"""How much faster than real time the shared clock goes meanwhile: Slack takes 240 messages a minute, no more."""


@dataclass
class Crowd:
    """`size` callers, as many callees, and channels for ten callers each; who does what is drawn from `seed`."""

    place: Theatre
    size: int = 50
    seed: int = 1
    failed: list[Delivery] = field(default_factory=list)
    """Commands that the app did not answer, before they were typed again."""
    _callers: list[Person] = field(default_factory=list)
    _callees: list[Person] = field(default_factory=list)
    _channels: list[Channel] = field(default_factory=list)

    def __post_init__(self) -> None:
        workspace = self.place.world.workspace
        self._callers = [workspace.person(f"caller{n}") for n in range(self.size)]
        self._callees = [workspace.person(f"callee{n}") for n in range(self.size)]
        tens = [self._callers[at : at + 10] for at in range(0, self.size, 10)]
        self._channels = [workspace.channel(f"room{n}", *people) for n, people in enumerate(tens)]

    async def ring(self, rings: int, *, each: float = 0.0) -> None:
        """That many rings, one begun every `each` seconds, answered or not; returns when everybody has done theirs."""
        drawn = random.Random(self.seed)
        acts: list[asyncio.Task[None]] = []
        for caller, callee, channel in self._pairs(rings):
            acts.append(
                asyncio.create_task(self._one(caller, callee, channel, drawn.choice(("Accept", "Decline", ""))))
            )
            await asyncio.sleep(each)
        await asyncio.gather(*acts)

    def _pairs(self, rings: int) -> Iterator[tuple[Person, Person, Channel]]:
        """No two alike: the same words from the same person within ten seconds are one command."""
        assert rings <= self.size * self.size
        for n in range(rings):
            caller = n % self.size
            callee = (caller + n // self.size) % self.size
            yield self._callers[caller], self._callees[callee], self._channels[caller // 10]

    async def _one(self, caller: Person, callee: Person, channel: Channel, answer: str) -> None:
        line = f"/ring @{callee.name}"
        while True:
            delivery = await caller.types(line, at=channel)
            assert isinstance(delivery, Delivery)
            if delivery.ok:
                break
            self.failed.append(delivery)
            await asyncio.sleep(TYPES_AGAIN_AFTER)
            await self.place.up()
        if answer:
            await self._answer(caller, callee, answer)

    async def _answer(self, caller: Person, callee: Person, answer: str) -> None:
        """They press as soon as they see it, and once more if nothing came of that; or it is too late."""
        theirs = f"@{caller.name} is ringing you"
        try:
            await callee.sees(theirs, within=SEES_WITHIN)
        except AssertionError:
            return
        for _ in range(3):
            if answer not in callee.buttons(theirs):
                return
            press = await callee.presses(answer, on=theirs)
            if press.delivery is None or press.delivery.ok:
                return
            await self.place.up()


async def time_flies(place: Theatre, pace: float = PACE) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(0.25)
        place.world.clock.turn(timedelta(seconds=0.25 * pace))


async def drained(place: Theatre) -> None:
    """Let time pass until nothing is owed any more, and what was rung is answered, missed or over."""
    async with asyncio.timeout(DRAINED_WITHIN):
        while await asyncio.to_thread(place.owed):
            place.world.clock.turn(STEP)
            await place.rested()
    await place.after(minutes=4)
    await place.after(minutes=20)
