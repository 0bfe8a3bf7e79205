"""Wherever a process dies in a scene, the scene ends as if nobody had.

A share of the points, the same every time: in each scene one of each road, drawn once. All: `python -m tests.crash`.
"""

import pytest

from tests.crash.plays import Where
from tests.crash.points import Point, What, When
from tests.crash.runs import Share, each_nth, one_of_each_road, run, turns
from tests.crash.scenes import SCENES, Scene

SEED = 1
AT_ONCE = 4
"""Plays side by side."""

every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name.replace(" ", "-"))


@every_scene
async def test_on_sqlite_the_process_dies_and_starts_again(scene: Scene, sqlite: Where) -> None:
    await played(scene, sqlite, one_of_each_road(SEED))


async def played(scene: Scene, where: Where, share: Share) -> None:
    found = await run(scene, where, share, turns(where, AT_ONCE))
    assert not found.recorded.wrong, found.recorded
    assert not found.failures, "\n".join(map(str, found.failures))
    assert len(found.passed_by) < len(found.plays), "nobody died"


def test_a_share_has_one_point_of_each_road_and_is_the_same_again() -> None:
    commits = [
        Point(What.COMMIT, tables, nth, when) for nth, tables in enumerate(("work", "inbox+work")) for when in When
    ]
    requests = [Point(What.REQUEST, "chat.update", nth, when) for nth in range(9) for when in When]
    share = one_of_each_road(SEED)(commits + requests)
    assert [point.road for point in share] == ["chat.update", "commit of inbox", "commit of work"]
    assert share == one_of_each_road(SEED)(commits + requests)
    assert len({one_of_each_road(seed)(requests)[0] for seed in range(100)}) == len(requests), "any may be drawn"


def test_a_share_turns_so_that_each_point_has_its_turn() -> None:
    points = [Point(What.COMMIT, "work", nth, When.BEFORE) for nth in range(47)]
    shares = [each_nth(5, turn)(points) for turn in range(5)]
    assert sorted(point.nth for share in shares for point in share) == list(range(47))
