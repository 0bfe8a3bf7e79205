"""Wherever one of several processes dies in a scene, another takes over, and it ends as if nobody had.

A share of the points, the same every time: in each scene a quarter of its roads. All: `python -m tests.crash`.
"""

from tests.crash.plays import Where
from tests.crash.runs import Share, each_nth, one_of_each_road
from tests.crash.scenes import SCENES, Scene
from tests.crash.test_points import SEED, every_scene, played

A_QUARTER = 4
"""A play takes longer here, until a lease has ended; the next scene has the next quarter."""


@every_scene
async def test_one_of_two_dies_and_the_other_takes_over(scene: Scene, two: Where) -> None:
    await played(scene, two, _a_quarter(SCENES.index(scene)))


async def test_one_of_three_dies_and_the_others_take_over(three: Where) -> None:
    """One scene: three take no other road than two."""
    await played(SCENES[0], three, _a_quarter(1))


def _a_quarter(turn: int) -> Share:
    each, quarter = one_of_each_road(SEED), each_nth(A_QUARTER, turn)
    return lambda points: quarter(each(points))
