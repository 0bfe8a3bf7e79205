"""The whole bot, rung and answered without a pause at a pace that Slack's limits bear: does it go on growing?

`python -m tests.bench soak` takes two hours, and is part of nothing else.
"""

import asyncio
import itertools
import sys
import time
from contextlib import suppress
from pathlib import Path

from bot.sandbox.workspace import Person
from bot.sandbox.world import BOT_EVENTS, World, world
from tests.bench.measuring import MIB, resident, until
from tests.bench.processes import line, process
from tests.bench.start import environment
from tests.bench.table import Row

MINUTES, WARM = 120, 10
RINGS_A_MINUTE = 5
"""Each is some fifteen messages and changes of messages; of changes Slack bears fifty a minute."""
TRIOS = 30
"""A caller and two callees; each trio rings every six minutes."""
PATIENCE = 120.0
"""Seconds for anything to be seen."""


async def soak(folder: Path, *, quick: bool) -> list[Row]:
    minutes, warm = (3, 1) if quick else (MINUTES, WARM)
    async with world(start_bot=False) as made:
        trios = _people(made)
        async with process("bot", "serve", env=environment(made, f"sqlite:///{folder / 'soak.db'}")) as bot:
            _wire(made, int((await line(bot)).rpartition(":")[2]))
            told, sizes = await _load(made, trios, bot.pid, minutes)
    more = sizes[-1] - sizes[warm]
    work = f"memory: the whole bot, {told} calls rung, answered and ended, from minute {warm} to minute {minutes}"
    return [Row(work, "none (≤ 2 MB)", f"{more / MIB:.1f} MB of {sizes[warm] / MIB:.0f}", more <= 2 * MIB)]


def _people(made: World) -> list[tuple[Person, Person, Person]]:
    names = itertools.count()
    trios = [tuple(made.workspace.person(f"p{next(names)}") for _ in range(3)) for _ in range(TRIOS)]
    made.workspace.channel("support", *(caller for caller, *_ in trios))
    return trios  # type: ignore[return-value]


def _wire(made: World, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    made.workspace.install(request_url=f"{url}/slack/events", commands=("/ring", "/notify"), bot_events=BOT_EVENTS)
    made.coordinator.hook(f"{url}/stream/events")


async def _load(
    made: World, trios: list[tuple[Person, Person, Person]], pid: int, minutes: int
) -> tuple[int, list[int]]:
    """How many calls went as they should, and how large the bot was at each minute's end (and at the beginning)."""
    ended, sizes, began, stories = 0, [resident(pid)], time.monotonic(), set[asyncio.Task[None]]()
    for number in range(minutes * RINGS_A_MINUTE):
        stories.add(asyncio.create_task(_story(made, *trios[number % TRIOS], f"soak {number}")))
        await asyncio.sleep(max(0.0, began + (number + 1) * 60 / RINGS_A_MINUTE - time.monotonic()))
        for over in [story for story in stories if story.done()]:
            stories.discard(over)
            over.result()
            ended += 1
        if (number + 1) % RINGS_A_MINUTE == 0:
            sizes.append(resident(pid))
            sys.stderr.write(f"minute {len(sizes) - 1}: {sizes[-1] / MIB:.1f} MB, {ended} calls\n")
    for story in stories:
        story.cancel()
        with suppress(asyncio.CancelledError):
            await story
    return ended, sizes


async def _story(made: World, caller: Person, first: Person, second: Person, topic: str) -> None:
    """One accepts and one declines; the two who are left meet, and hang up."""
    await caller.types(f'/ring @{first.name} @{second.name} "{topic}"', at="#support")
    for callee in (first, second):
        await callee.sees(topic, within=PATIENCE)
    await first.presses("Accept", on=topic)
    await second.presses("Decline", on=topic)
    (cid,) = [cid for cid, call in made.coordinator.calls.items() if call.custom.get("topic") == topic]
    for person in (caller, first):
        await made.coordinator.joins(cid, made.stream_id(person))
    await caller.types("/ring list", at="#support")
    for person in (first, caller):
        await made.coordinator.leaves(cid, made.stream_id(person))
    await until(
        lambda: any(topic in text and " is over" in text for text in _texts(caller)), within=PATIENCE, every=0.5
    )


def _texts(person: Person) -> list[str]:
    return [person.reads(message) for message in person.messages(at="#support")[-100:]]
