"""A crowd rings while somebody dies every second. All 500 rings: `python -m tests.crash`."""

from tests.crash.kills import random_kills
from tests.crash.plays import Where

SEED = 1


async def test_a_crowd_rings_while_the_one_process_dies_every_second(sqlite: Where) -> None:
    survived = await random_kills(sqlite, 25, seed=SEED)
    assert not survived.wrong, survived
    assert survived.deaths


async def test_a_crowd_rings_while_one_of_two_dies_every_second(two: Where) -> None:
    survived = await random_kills(two, 40, seed=SEED)
    assert not survived.wrong, survived
    assert survived.deaths
