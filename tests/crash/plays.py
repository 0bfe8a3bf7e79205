"""One play: a scene, on a database, with so many replicas, and a death at one point of it; and what came of it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash import invariants
from tests.crash.points import Point, Points
from tests.crash.scenes import RING, Scene
from tests.crash.theatre import cast, theatre

Database = Callable[[Path], AbstractContextManager[str]]
"""Makes a migrated database of one's own."""


@dataclass(frozen=True)
class Where:
    """A database, and how many processes share it."""

    name: str
    database: Database = field(repr=False, compare=False)
    replicas: int = 1


@dataclass(frozen=True)
class Played:
    scene: Scene
    where: Where
    point: Point | None
    reached: bool
    wrong: tuple[str, ...]
    picture: invariants.Picture | None
    points: tuple[Point, ...]

    def __str__(self) -> str:
        return f"{self.scene.name} · {self.where.name} · {self.point}: " + "; ".join(self.wrong)


async def play(scene: Scene, where: Where, point: Point | None = None, like: Played | None = None) -> Played:
    """`like`: the same scene with nobody dying, which this one must end like."""
    points = Points(point)
    with in_a_folder() as folder, where.database(folder) as url:
        try:
            async with theatre(url, folder, replicas=where.replicas, faults=points, ring_timeout_seconds=RING) as place:
                people = cast(place)
                await scene.play(place, people)
                await place.settled()
                wrong = await invariants.broken(place, commands=scene.commands)
                shown = invariants.picture(place)
        except (AssertionError, TimeoutError, KeyError, StopIteration) as error:
            wrong, shown = [f"{type(error).__name__}: {error}"[:2000]], None
        if like is not None and shown is not None and like.picture is not None:
            wrong += _differences(shown, like.picture)
        if wrong:
            wrong += errors(folder)
    return Played(scene, where, point, points.reached, tuple(wrong), shown, tuple(points.seen))


@contextmanager
def in_a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ringer-crash-") as folder:
        yield Path(folder)


def _differences(shown: invariants.Picture, like: invariants.Picture) -> list[str]:
    return [
        f"{what}: {getattr(shown, what)}\n   instead of {getattr(like, what)}"
        for what in ("conversations", "threads", "stream")
        if getattr(shown, what) != getattr(like, what)
    ]


def errors(folder: Path) -> list[str]:
    """What the processes complained of."""
    logs = [path.read_text() for path in sorted(folder.glob("replica-*.log"))]
    return [line for log in logs for line in log.splitlines() if '"level": "error"' in line][-5:]
