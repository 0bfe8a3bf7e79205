"""Somebody dies every second, whatever it is doing, while a crowd rings."""

import asyncio
import random
import time
from dataclasses import dataclass

from tests.crash import invariants
from tests.crash.crowd import Crowd, drained, time_flies
from tests.crash.plays import Where, errors, in_a_folder
from tests.crash.theatre import Theatre, theatre


@dataclass(frozen=True)
class Survived:
    where: str
    rings: int
    deaths: int
    seconds: float
    wrong: tuple[str, ...]


async def random_kills(where: Where, rings: int, *, seed: int = 1, every: float = 1.0, each: float = 0.04) -> Survived:
    started = time.monotonic()
    with in_a_folder() as folder, where.database(folder) as url:
        async with theatre(
            url,
            folder,
            replicas=where.replicas,
            restarts=True,
            rings_per_minute=0,
            rings_per_minute_workspace=0,
            patience=0.0,
        ) as place:
            crowd = Crowd(place, seed=seed)
            async with asyncio.timeout(3600):
                flying = asyncio.create_task(time_flies(place))
                killing = asyncio.create_task(_kill(place, random.Random(seed), every))
                try:
                    await crowd.ring(rings, each=each)
                finally:
                    for task in (killing, flying):
                        task.cancel()
                    await asyncio.gather(killing, flying, return_exceptions=True)
                deaths = place.deaths
                try:
                    await drained(place)
                    wrong = await invariants.broken(place, commands=rings, unanswered=len(crowd.failed))
                except (AssertionError, TimeoutError) as error:
                    wrong = [f"{type(error).__name__}: {error}"]
        if wrong:
            wrong += errors(folder)
    return Survived(where.name, rings, deaths, time.monotonic() - started, tuple(wrong))


async def _kill(place: Theatre, drawn: random.Random, every: float) -> None:
    while True:
        await place.up()  # A second of its life, however long it took to start on a busy machine.
        await asyncio.sleep(every)
        up = [each for each in place.replicas if each.is_up]
        if up:
            drawn.choice(up).kill()
