"""Fifty rings a minute in one workspace, by a turned clock: what Slack's limits leave, measured.

`uv run python -m tests.squeeze` rings for ten minutes and prints what it saw; CI plays the first half minute.
"""

import argparse
import asyncio
import heapq
import itertools
import json
import logging
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.logs import set_up_logging
from bot.sandbox.workspace import Person
from bot.sandbox.workspace.records import Message
from bot.sandbox.world import World, world

STEP = 0.5
"""Seconds by which the clock is turned; then all that can be done is done."""
TYPED_AT_MOST = 3
"""Whoever hears from Slack that there was no answer within its 3 seconds, on a machine that busy, types it again."""


@dataclass(frozen=True)
class Plan:
    minutes: float = 10
    rings_per_minute: int = 50
    callees: int = 5
    callers: int = 60
    pool: int = 200
    channels: int = 25
    silent: float = 0.04
    """How many do not answer."""
    accepts: float = 0.3
    """How many of those who answer accept; they talk for a minute."""
    drain: float = 10
    """Minutes after the last ring."""
    seed: int = 1


@dataclass
class Seen:
    """What came of it, in seconds of the turned clock."""

    rings: int = 0
    direct: list[float] = field(default_factory=list)
    """From a command to each callee's direct message."""
    dead: list[float] = field(default_factory=list)
    """From a press to the same buttons' end."""
    alive: int = 0
    """Pressed, and the buttons never went."""
    too_many: Counter[str] = field(default_factory=Counter)
    """429s, by method."""
    calls: Counter[str] = field(default_factory=Counter)
    drained: float | None = None
    """From the last ring until nothing is owed; None: not in time."""
    left: dict[str, Any] = field(default_factory=dict)
    backlog: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    real: float = 0.0

    @staticmethod
    def half(values: list[float]) -> float:
        """The median."""
        return statistics.median(values)

    def told(self) -> str:
        rows = {
            "rings": self.rings,
            "direct messages to callees": len(self.direct),
            "command → direct message, median": _seconds(_at(self.direct, 0.5)),
            "command → direct message, 95 %": _seconds(_at(self.direct, 0.95)),
            "command → direct message, the slowest": _seconds(_at(self.direct, 1)),
            "presses": len(self.dead) + self.alive,
            "press → dead buttons, median": _seconds(_at(self.dead, 0.5)),
            "press → dead buttons, 99 %": _seconds(_at(self.dead, 0.99)),
            "press → dead buttons, the slowest": _seconds(_at(self.dead, 1)),
            "pressed buttons that stayed": self.alive,
            "429s": dict(self.too_many) or "none",
            "last ring → nothing owed": _seconds(self.drained),
            "still owed": self.left or "nothing",
            "requests to Slack": dict(self.calls.most_common()),
            "took": f"{self.real:.0f} s of real time",
        }
        return "\n".join(f"{name:40} {value}" for name, value in rows.items())


def _at(values: list[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


class Squeeze:
    def __init__(self, made: World, plan: Plan) -> None:
        self.world = made
        self.plan = plan
        self.seen = Seen()
        self.random = random.Random(plan.seed)
        self.callers = [made.workspace.person(f"caller{n}") for n in range(plan.callers)]
        self.pool = {p.id: p for p in (made.workspace.person(f"callee{n}") for n in range(plan.pool))}
        self.rooms = [f"room{n}" for n in range(plan.channels)]
        for room in self.rooms:
            made.workspace.channel(room, *self.callers)
        self._due: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._numbers = itertools.count()
        self._came: list[Message] = []
        self._pressed: dict[str, datetime] = {}
        self._typed: dict[str, datetime] = {}
        made.workspace.watch(self._notice)

    def _notice(self, kind: str, payload: Any) -> None:
        if kind == "message":
            message: Message = payload["message"]
            if message.metadata and _rings(message):
                self._came.append(message)
        if kind == "message_changed":
            message = payload["message"]
            if message.ts in self._pressed and not _rings(message):
                pressed_at = self._pressed.pop(message.ts)
                self.seen.dead.append((self.world.clock.now() - pressed_at).total_seconds())

    def at(self, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        when = self.world.clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._due, (when, next(self._numbers), do))

    # --- what people do

    async def ring(self, number: int) -> None:
        caller = self.callers[number % len(self.callers)]
        whom = self.random.sample(list(self.pool.values()), self.plan.callees)
        names = " ".join(f"@{person.name}" for person in whom)
        line, room = f'/ring {names} "ring {number}"', f"#{self.rooms[number % len(self.rooms)]}"
        for _ in range(TYPED_AT_MOST):
            typed = await caller.types(line, at=room)
            if typed and typed.ok:
                self.seen.rings += 1
                return

    async def _received(self, message: Message) -> None:
        """A ring came to somebody: how long it took, and what they will do."""
        assert message.metadata and self.world.app
        message_id = message.metadata["event_payload"]["message_id"]
        found = await self.world.app.store.look(lambda tx: tx.message(message_id))
        call = await self.world.app.ringer.call(found.call_id) if found else None
        assert found and call
        came = datetime.fromtimestamp(float(message.ts), call.created_at.tzinfo)
        self.seen.direct.append((came - call.created_at).total_seconds())
        if self.random.random() < self.plan.silent:
            return
        person = self.pool[found.key.user]
        accepts = self.random.random() < self.plan.accepts
        self.at(self.random.uniform(2, 15), lambda: self._answers(person, message, call.cid, accepts=accepts))

    async def _answers(self, person: Person, message: Message, cid: str, *, accepts: bool) -> None:
        if not _rings(message):
            return
        self._pressed[message.ts] = self.world.clock.now()
        await person.presses("Accept" if accepts else "Decline", on=_topic(message))
        if accepts:
            self.at(3, lambda: self._in(person, cid))

    async def _in(self, person: Person, cid: str) -> None:
        stream_id = self.world.stream_id(person)
        if self.world.coordinator.call(cid).ended_at is None:
            await self.world.coordinator.joins(cid, stream_id)
            self.at(60, lambda: self._out(stream_id, cid))

    async def _out(self, stream_id: str, cid: str) -> None:
        await self.world.coordinator.leaves(cid, stream_id)

    # --- time

    async def play(self) -> Seen:
        began = time.monotonic()
        rings = round(self.plan.minutes * self.plan.rings_per_minute)
        for number in range(rings):
            self.at(number * 60 / self.plan.rings_per_minute, lambda number=number: self.ring(number))  # type: ignore[misc]
        last = self.world.clock.now() + timedelta(minutes=self.plan.minutes)
        end = last + timedelta(minutes=self.plan.drain)
        steps = 0
        while (now := self.world.clock.now()) < end:
            await self._do_what_is_due(now)
            await self.world.settled()
            steps += 1
            if steps % round(15 / STEP) == 0:
                self.seen.backlog.append(((now - last).total_seconds(), await self._depth()))
            if now > last and not self._due and not await self._depth():
                self.seen.drained = (now - last).total_seconds()
                break
            await self._turn(now)
        self._count()
        self.seen.left = await self._depth()
        self.seen.real = time.monotonic() - began
        return self.seen

    async def _do_what_is_due(self, now: datetime) -> None:
        doing = []
        while self._due and self._due[0][0] <= now:
            doing.append(heapq.heappop(self._due)[2]())
        await asyncio.gather(*doing)
        came, self._came = self._came, []
        for message in came:
            await self._received(message)

    async def _turn(self, before: datetime) -> None:
        """On by a step, or to the next moment at which there is anything to do."""
        assert self.world.app
        next_at = await self.world.app.tick() or before
        if self._due:
            next_at = min(next_at, self._due[0][0])
        left = max(next_at, before + timedelta(seconds=STEP)) - self.world.clock.now()
        if left > timedelta():
            self.world.clock.turn(left)

    async def _depth(self) -> dict[str, int]:
        assert self.world.app
        queue = await self.world.app.store.look(lambda tx: tx.queue(self.world.clock.now()))
        return {kind: sum(states.values()) for kind, states in queue.depth_by_kind.items()}

    def _count(self) -> None:
        self.seen.alive = len(self._pressed)
        for call in self.world.workspace.calls:
            self.seen.calls[call.method] += 1
            if call.status == 429:
                self.seen.too_many[call.method] += 1


def _rings(message: Message) -> bool:
    """It has buttons to answer a ring with."""
    written = json.dumps(message.blocks)
    return '"ringer:decline"' in written


def _topic(message: Message) -> str:
    return next(part for part in json.dumps(message.blocks, ensure_ascii=False).split("“")[1:]).split("”")[0]


async def squeeze(plan: Plan, **settings: Any) -> Seen:
    async with world(rings_per_minute=0, rings_per_minute_workspace=0, **settings) as made:
        return await Squeeze(made, plan).play()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=Plan.minutes)
    asked.add_argument("--channels", type=int, default=Plan.channels)
    asked.add_argument("--silent", type=float, default=Plan.silent)
    asked.add_argument("--trace", action="store_true")
    args = asked.parse_args()
    set_up_logging(level=logging.ERROR)
    logging.disable(logging.WARNING)  # A clock that is turned is late for its own jobs, and says so.
    seen = asyncio.run(squeeze(Plan(minutes=args.minutes, channels=args.channels, silent=args.silent)))
    sys.stdout.write(seen.told() + "\n")
    if args.trace:
        for at, depth in seen.backlog:
            sys.stdout.write(f"{at:7.0f} s {depth}\n")


if __name__ == "__main__":
    main()
