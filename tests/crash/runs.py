"""Many plays: a scene's points are recorded, and it is played once for each of them (or for a share of them)."""

import asyncio
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.plays import Played, Where, play
from tests.crash.points import Point, What
from tests.crash.scenes import Scene
from tests.databases import PostgresServer, SqliteFiles

AT_ONCE = 6
"""Plays side by side: most of their time they wait for a lease to end. That many keep two slow cores busy, ten two fast
ones; with more, each only takes longer, until handlers run out of their lease for want of processor time."""
MOST_REPLICAS = 36
"""In all plays together."""
CONNECTIONS = 20 * MOST_REPLICAS
"""Each replica has ten; then there are those of the dead, and the plays' own."""


@contextmanager
def databases() -> Iterator[tuple[Where, ...]]:
    """Where everything is to hold: SQLite with one process, Postgres with two and with three."""
    server = PostgresServer(CONNECTIONS)
    with tempfile.TemporaryDirectory(prefix="ringer-crash-") as folder:
        files = SqliteFiles(Path(folder))
        try:
            yield wheres(files, server)
        finally:
            server.stop()


def wheres(files: SqliteFiles, server: PostgresServer) -> tuple[Where, ...]:
    @contextmanager
    def on_sqlite(folder: Path) -> Iterator[str]:
        yield files.database(folder)

    @contextmanager
    def on_postgres(folder: Path) -> Iterator[str]:
        with server.lent() as url:
            yield url

    return (
        Where("SQLite, one process", on_sqlite),
        Where("Postgres, two", on_postgres, 2),
        Where("Postgres, three", on_postgres, 3),
    )


@dataclass
class Run:
    """A scene on a database, with all the deaths it was played with."""

    scene: Scene
    where: Where
    recorded: Played
    points: Sequence[Point]
    plays: list[Played] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failures(self) -> list[Played]:
        return [each for each in self.plays if each.wrong]

    @property
    def passed_by(self) -> list[Played]:
        """Plays in which the point did not come: fewer commits, since several were made together."""
        return [each for each in self.plays if not each.reached]


Share = Callable[[Sequence[Point]], Sequence[Point]]


def everything(points: Sequence[Point]) -> Sequence[Point]:
    return points


def each_nth(n: int, turn: int) -> Share:
    """A share of 1/n. As `turn` goes on, each point has its turn equally often."""
    return lambda points: [point for at, point in enumerate(points) if at % n == turn % n]


def one_of_each_road(seed: int) -> Share:
    """One point, before or after, of all that have the same road; the same ones from the same seed."""

    def share(points: Sequence[Point]) -> Sequence[Point]:
        drawn = random.Random(seed)
        roads: dict[str, list[Point]] = {}
        for point in points:
            roads.setdefault(point.road, []).append(point)
        return [drawn.choice(roads[road]) for road in sorted(roads)]

    return share


def turn_of_this_commit() -> int:
    """The same for all who run this commit, and another for the next; 0 where nobody can tell."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return int(asked.stdout.strip()[:8] or "0", 16) if asked.returncode == 0 else 0


def turns(where: Where, at_once: int = AT_ONCE) -> asyncio.Semaphore:
    """What all plays there wait for, of whichever scene."""
    return asyncio.Semaphore(min(at_once, MOST_REPLICAS // where.replicas))


async def run(
    scene: Scene,
    where: Where,
    share: Share,
    turns: asyncio.Semaphore,
    told: Callable[[Played], None] = lambda played: None,
) -> Run:
    async with turns:
        recorded = await play(scene, where)
    told(recorded)
    assert recorded.wrong or {point.what for point in recorded.points} == {*What}, "not all kinds of points were seen"
    found = Run(scene, where, recorded, share(recorded.points) if not recorded.wrong else ())
    began: list[float] = []

    async def one(point: Point) -> None:
        async with turns:
            began.append(time.monotonic())
            played = await play(scene, where, point, recorded)
        found.plays.append(played)
        told(played)

    await asyncio.gather(*(one(point) for point in found.points))
    found.seconds = time.monotonic() - min(began, default=time.monotonic())
    return found
