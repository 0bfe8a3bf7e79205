"""Wherever a process dies in a scene, the scene ends as if nobody had. A share of the points; all: `-m tests.crash`."""

import pytest

from tests.crash.plays import Where
from tests.crash.points import Point, What, When
from tests.crash.runs import run, some, turn_of_this_commit
from tests.crash.scenes import SCENES, Scene

every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name.replace(" ", "-"))


@every_scene
async def test_on_sqlite_the_process_dies_and_starts_again(scene: Scene, sqlite: Where) -> None:
    await _played(scene, sqlite, 4)


@every_scene
async def test_on_postgres_one_of_two_dies_and_the_other_takes_over(scene: Scene, two: Where) -> None:
    await _played(scene, two, 2)


async def test_on_postgres_one_of_three_dies_and_the_others_take_over(three: Where) -> None:
    """One scene for each commit: three take no other road than two."""
    await _played(SCENES[turn_of_this_commit() % len(SCENES)], three, 2)


async def _played(scene: Scene, where: Where, plays: int) -> None:
    found = await run(scene, where, some(plays, turn_of_this_commit()))
    assert not found.recorded.wrong, found.recorded
    assert not found.failures, "\n".join(map(str, found.failures))
    assert len(found.plays) >= plays
    assert len(found.passed_by) < len(found.plays), "nobody died"


def test_a_share_turns_so_that_each_point_has_its_turn() -> None:
    points = [Point(What.COMMIT, "work", nth, When.BEFORE) for nth in range(1, 48)]
    share = [set(some(5, turn)(points)) for turn in range(9)]
    assert set().union(*share) == set(points)
    assert sum(map(len, share)) == len(points)
    assert all(5 <= len(one) <= 6 for one in share)
