"""The whole bot in a process of its own, between stand-ins: from a command to the last message, a click to Stream."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.faults import Fault, Faults, Kind, Road
from bot.sandbox.workspace import Person
from bot.sandbox.world import BOT_EVENTS, World, world
from bot.slack.people import person_from
from bot.store import migrate, open_store
from tests.bench.client import send
from tests.bench.measuring import median, ms, percentile, until
from tests.bench.processes import line, process
from tests.bench.requests import accept, command
from tests.bench.start import environment
from tests.bench.table import Row

ANSWERS_IN = 0.05
"""Seconds a stand-in takes for any answer."""
CHAIN = ("users.list", "users (upsert)", "call (create and ring)", "chat.postMessage")
"""The shortest chain of calls that must follow each other: who they are has to be known before Stream can be told of
them, they have to be on Stream before they can be members, and nobody is told that it rings before it does."""
CALLEES = 25
A_MOMENT = 2.0
"""Seconds, after which the messages of one small ring count no more."""
CLICKS_A_SECOND = 25
PLENTY = 1_000_000
"""What Stream lets through a minute here: it lets few people be made known a second, and many calls are begun at once
to have some to click on."""


@dataclass
class Watched(Faults):
    """No faults, but each request that a stand-in gets is noted with the time it came in."""

    came: list[tuple[Road, str, float]] = field(default_factory=list)
    slow: bool = False

    def take(self, road: Road, what: str, *more: Any) -> Fault | None:
        self.came.append((road, what, time.perf_counter()))
        if self.slow and road in (Road.SLACK_API, Road.STREAM_API):
            return Fault(road, Kind.DELAY, seconds=ANSWERS_IN)
        return None

    def times(self, road: Road, match: str) -> list[float]:
        return [at for where, what, at in self.came if where is road and re.search(match, what)]


@dataclass
class Served:
    world: World
    seen: Watched
    port: int


async def ringing(folder: Path, *, quick: bool) -> list[Row]:
    rounds, clicks = (3, 50) if quick else (5, 250)
    shares = [await _to_the_last_of_many(folder / f"many{number}.db") for number in range(rounds)]
    late = [await _clicks(folder / f"clicks{number}.db", clicks) for number in range(1 if quick else rounds)]
    took, p50, p99 = median(shares), *(median([percentile(one, share) for one in late]) for share in (0.5, 0.99))
    share = took / (len(CHAIN) * ANSWERS_IN)
    chain = " → ".join(CHAIN)
    return [
        Row(
            f"from command to the last of {CALLEES} callees' DMs, stand-ins answering in 50 ms, beside {chain}",
            "≤ 1.25 ×",
            f"{share:.2f} × ({ms(took)})",
            share <= 1.25,
        ),
        Row(
            f"press Accept → `accept` sent to Stream, p99 at {CLICKS_A_SECOND} clicks a second",
            "≤ 20 ms",
            f"{ms(p99)} (p50 {ms(p50)})",
            p99 <= 0.02,
        ),
    ]


@asynccontextmanager
async def _served(database: Path, people: int, *, known: bool = False) -> AsyncIterator[tuple[Served, list[Person]]]:
    """`known`: the bot has asked Slack today who these people are, which Slack lets it do a hundred times a minute."""
    seen = Watched()
    async with world(start_bot=False, faults=seen) as sandbox:
        sandbox.coordinator.limits.per_minute.update(UpdateUsers=PLENTY, GetOrCreateCall=PLENTY, AcceptCall=PLENTY)
        everyone = [sandbox.workspace.person(f"p{number}") for number in range(people)]
        sandbox.workspace.channel("support", *everyone)
        env = environment(sandbox, f"sqlite:///{database}", RING_TIMEOUT_SECONDS="180")
        migrate(env["DATABASE_URL"])
        if known:
            await _remember(env["DATABASE_URL"], sandbox, everyone)
        async with process("bot", "serve", env=env) as started:
            port = int((await line(started)).rpartition(":")[2])
            url = f"http://127.0.0.1:{port}"
            sandbox.workspace.install(
                request_url=f"{url}/slack/events", commands=("/ring", "/notify"), bot_events=BOT_EVENTS
            )
            sandbox.coordinator.hook(f"{url}/stream/events")
            yield Served(sandbox, seen, port), everyone


async def _remember(database_url: str, sandbox: World, people: list[Person]) -> None:
    team, store = sandbox.workspace.state.team.id, open_store(database_url)
    shown = [{"id": person.id, "name": person.name, "team_id": team} for person in people]
    now = sandbox.clock.now()
    known = [person_from(one, team, sandbox.settings.stream_user_id_template, now) for one in shown]
    await store.commit(lambda tx: tx.save_people(known))
    await store.close()


async def _to_the_last_of_many(database: Path) -> float:
    """Seconds from the command to the answer to the last message: of a bot that has rung before, but none of these
    people, and not in the last seconds, of which Slack's limits would take something off. That answer comes when it
    should, not when the stand-in is done with the messages before it."""
    async with _served(database, 2) as (served, (caller, first)):
        workspace = served.world.workspace
        channel, secret = _channel(served), workspace.signing_secret
        await send(served.port, [command(caller.id, [first.id], channel=channel, secret=secret)], 1)
        await until(lambda: bool(workspace.dm(first).messages))
        await served.world.settled()
        await asyncio.sleep(A_MOMENT)
        callees = [workspace.person(f"callee{number}") for number in range(CALLEES)]
        served.seen.slow, before = True, len(served.seen.came)
        began = time.perf_counter()
        await send(served.port, [command(caller.id, [each.id for each in callees], channel=channel, secret=secret)], 1)
        await until(lambda: all(workspace.dm(callee).messages for callee in callees), every=0.02)
        posts = [at for road, what, at in served.seen.came[before:] if what.endswith("chat.postMessage")]
        return max(posts) - began + ANSWERS_IN


def _channel(served: Served) -> str:
    return next(iter(served.world.workspace.state.conversations))


async def _clicks(database: Path, clicks: int) -> list[float]:
    """Seconds from each click to the accept that came in at Stream; each in a call of its own."""
    async with _served(database, 2 * clicks, known=True) as (served, people):
        secret = served.world.workspace.signing_secret
        callers, callees = people[:clicks], people[clicks:]
        typed = [
            command(caller.id, [callee.id], channel=_channel(served), secret=secret)
            for caller, callee in zip(callers, callees, strict=True)
        ]
        for one in typed:  # Not at once: what is measured would be that burst, and not the clicks.
            await send(served.port, [one], 1)
            await asyncio.sleep(1 / CLICKS_A_SECOND)
        await until(lambda: len(served.world.coordinator.calls) >= clicks)
        rung = {str(call.custom["caller_slack_user_id"]): call.id for call in served.world.coordinator.calls.values()}
        presses = {rung[a.id]: accept(b.id, rung[a.id], secret=secret) for a, b in zip(callers, callees, strict=True)}
        return await _pressed(served, presses)


async def _pressed(served: Served, presses: dict[str, bytes]) -> list[float]:
    at: dict[str, float] = {}

    async def press(call_id: str, one: bytes) -> None:
        at[call_id] = time.perf_counter()
        await send(served.port, [one], 1)

    async with asyncio.TaskGroup() as pressing:
        for call_id, one in presses.items():
            pressing.create_task(press(call_id, one))
            await asyncio.sleep(1 / CLICKS_A_SECOND)
    await until(lambda: len(served.seen.times(Road.STREAM_API, "/accept$")) >= len(presses), every=0.05)
    return [served.seen.times(Road.STREAM_API, f"/{call_id}/accept$")[0] - began for call_id, began in at.items()]
