"""Slack, Stream, the database or the disk is gone for a while: what people are told is true; the rest comes later."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.doctor import examine
from bot.sandbox.faults import Fault, Kind, Road
from bot.sandbox.workspace import Person
from bot.sandbox.workspace.courier import Delivery
from tests.crash import invariants
from tests.crash.plays import Where
from tests.crash.theatre import Cast, Theatre, cast, theatre
from tests.databases import PostgresServer

DOWN = [Kind.ERROR_503, Kind.DROP_BEFORE]
IN_SUPPORT = "#support"


@dataclass(frozen=True)
class Stage:
    place: Theatre
    people: Cast

    def breaks(self, road: Road, kind: Kind, match: str = "") -> None:
        self.place.world.faults.add(Fault(road, kind, match, None))

    def mends(self) -> None:
        self.place.world.faults.clear()

    async def ring(self, caller: Person, *callees: Person) -> None:
        await self.place.types(caller, "/ring " + " ".join(f"@{each.name}" for each in callees))
        await self.place.rested()

    async def says(self, page: str) -> tuple[int, dict[str, Any]]:
        """What /healthz or /readyz answers."""
        async with aiohttp.ClientSession() as session, session.get(self.place.replicas[0].url + page) as answer:
            return answer.status, await answer.json()

    async def is_well_but_names(self, service: str) -> None:
        for page in ("/healthz", "/readyz"):
            status, said = await self.says(page)
            assert status == 200, said
            assert said[service]["down"] is True, said

    def lines(self) -> list[str]:
        """What the threads of #support tell, in the order it was posted."""
        replies = [message for message in self.people.support.messages if message.is_reply]
        return [line for message in replies for line in self.people.ana.reads(message).splitlines()]


@asynccontextmanager
async def stage(where: Where, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    with where.database(folder) as url:
        async with theatre(url, folder, replicas=where.replicas, lease_seconds=10, **settings) as place:
            yield Stage(place, cast(place))


@pytest.mark.parametrize("kind", DOWN)
async def test_slack_is_down_for_ten_minutes(sqlite: Where, tmp_path: Path, kind: Kind) -> None:
    """Its API is; what people press still comes in, as when a workspace's posts are held up."""
    async with stage(sqlite, tmp_path) as on:
        ana, ben, cy, dee = on.people.ana, on.people.ben, on.people.cy, on.people.dee
        await on.ring(ana, ben, cy)
        await on.place.settled()

        on.breaks(Road.SLACK_API, kind)
        await on.place.presses(ben, "Accept", "is ringing you")
        await on.place.rested()
        world = on.place.world
        assert world.on_stream().session.accepted_by.keys() == {world.stream_id(ben)}  # type: ignore[union-attr]
        await on.ring(cy, ben)  # whom it knows
        await on.ring(ana, dee)  # whom it has to ask Slack about
        await on.place.passes(minutes=3)
        await on.is_well_but_names("slack")
        first = world.cids[0]
        await world.coordinator.joins(first, world.stream_id(ben))
        await on.place.passes(minutes=3)
        await world.coordinator.leaves(first, world.stream_id(ben))
        await on.place.passes(minutes=4)
        assert "@ben accepted" not in ana.screen(at=IN_SUPPORT)

        on.mends()
        await on.place.passes(minutes=1)
        await on.place.settled()
        assert "You accepted" in ben.screen()
        assert "You missed a call from @ana" in cy.screen()
        assert "You missed a call from @cy" in ben.screen()
        assert not [note for note in ben.notifications if "@cy is ringing you" in note], "not rung an hour late"
        await ana.sees("nobody was rung")
        dee.sees_not("ringing you")
        told = [line for line in on.lines() if "@ben" in line]
        order = [next(n for n, line in enumerate(told) if what in line) for what in ("accepted", "joined", "left")]
        assert order == sorted(order)
        status, said = await on.says("/healthz")
        assert (status, said["slack"]["down"]) == (200, False)
        await on.place.after(minutes=20)
        assert not await invariants.broken(on.place, commands=3)


@pytest.mark.parametrize("kind", DOWN)
async def test_stream_is_down_for_ten_minutes(sqlite: Where, tmp_path: Path, kind: Kind) -> None:
    async with stage(sqlite, tmp_path) as on:
        ana, ben, cy, dee = on.people.ana, on.people.ben, on.people.cy, on.people.dee
        await on.place.types(dee, '/ring @cy "Retro" in 5 minutes')
        await on.place.settled()
        await on.ring(ana, ben)
        await on.place.settled()
        world = on.place.world
        ring = world.cids[-1]

        on.breaks(Road.STREAM_API, kind)
        await on.place.presses(ben, "Accept", "is ringing you")
        await on.place.rested()
        await ana.sees("@ben accepted")
        await on.ring(cy, dee)
        await on.place.passes(minutes=2)
        await cy.sees("nobody was rung")
        dee.sees_not("is ringing you")
        await on.is_well_but_names("stream")
        await on.place.passes(minutes=8)
        await dee.sees("nobody was rung")  # of the plan that came due meanwhile
        cy.sees_not("is ringing you")

        on.mends()
        await on.place.passes(minutes=1)
        await on.place.settled()
        call = world.on_stream(ring)
        assert call.session and call.session.accepted_by.keys() == {world.stream_id(ben)}
        done = [each.path for each in world.coordinator.requests if (each.status or 500) < 300]
        mine = [path.rpartition("/")[2] for path in done if f"/{call.id}/" in path]
        assert mine.index("accept") < mine.index("mark_ended")
        assert call.ended_at, "nobody had joined it"
        status, said = await on.says("/readyz")
        assert (status, said["stream"]["down"]) == (200, False)
        await on.place.after(minutes=20)
        assert not await invariants.broken(on.place, commands=3)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """One that nobody else is using, to be restarted."""
    server = PostgresServer()
    yield server
    server.stop()


async def test_the_database_is_restarted(own_server: PostgresServer, tmp_path: Path) -> None:
    with own_server.database() as url:
        async with theatre(url, tmp_path, replicas=2) as place:
            await _restarted(Stage(place, cast(place)), own_server)


async def _restarted(on: Stage, server: PostgresServer) -> None:
    ana, ben, cy = on.people.ana, on.people.ben, on.people.cy
    await on.ring(ana, ben, cy)
    await on.place.settled()
    await asyncio.to_thread(server.down)
    broke = await ana.types("/ring @dee", at=IN_SUPPORT)
    assert isinstance(broke, Delivery)
    await ana.sees("Something went wrong on my side", within=10)
    pressed = await ben.presses("Decline", on="is ringing you")
    assert pressed.delivery and not pressed.delivery.ok, "Slack warns at the button"
    assert (await on.says("/readyz"))[0] == 503
    on.place.world.clock.turn(timedelta(seconds=20))
    await asyncio.to_thread(server.up)

    await on.place.settled()
    await ben.presses("Decline", on="is ringing you")
    await on.place.settled()
    await cy.presses("Accept", on="is ringing you")
    await on.place.settled()
    assert (await on.says("/readyz"))[0] == 200
    await on.place.after(minutes=20)
    assert not await invariants.broken(on.place, commands=1)


async def test_the_disk_is_full(sqlite: Where, tmp_path: Path) -> None:
    """Of the process that is: no file of its may grow any more."""
    async with stage(sqlite, tmp_path) as on:
        ana, ben, cy = on.people.ana, on.people.ben, on.people.cy
        await on.ring(ana, ben, cy)
        await on.place.settled()
        (one,) = on.place.replicas
        assert one.process.pid
        before = resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (1, before[1]))
        await ana.types("/ring @dee", at=IN_SUPPORT)
        await ana.sees("Something went wrong on my side", within=10)
        pressed = await ben.presses("Decline", on="is ringing you")
        assert pressed.delivery and not pressed.delivery.ok, "Slack warns at the button"
        on.place.world.clock.turn(timedelta(seconds=30))
        assert (await on.says("/healthz"))[0] == 200

        resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, before)
        await on.place.settled()
        await ben.presses("Decline", on="is ringing you")
        await on.place.settled()
        await cy.presses("Accept", on="is ringing you")
        await on.place.settled()
        assert on.place.deaths == 0
        await on.place.after(minutes=20)
        assert not await invariants.broken(on.place, commands=1)


async def test_what_was_given_up_is_listed_and_tried_again(sqlite: Where, tmp_path: Path) -> None:
    async with stage(sqlite, tmp_path) as on:
        ana, ben, cy = on.people.ana, on.people.ben, on.people.cy
        await on.ring(ana, ben, cy)
        on.breaks(Road.STREAM_API, Kind.ERROR_403, "/accept$")
        await on.place.presses(ben, "Accept", "is ringing you")
        await on.place.settled()
        await on.place.presses(cy, "Decline", "is ringing you")
        await on.place.settled()
        world = on.place.world
        assert world.on_stream().reject_reasons.keys() == {world.stream_id(cy)}, "its lane has moved on"

        said: list[str] = []
        assert await examine(world.settings, said.append) == 1
        assert [line for line in said if "Accept" in line and "tried once" in line], said

        on.mends()
        said.clear()
        await examine(world.settings, said.append, retry_dead=True)
        assert [line for line in said if "1 given up, owed again now" in line], said
        await on.place.settled()
        session = world.on_stream().session
        assert session and session.accepted_by.keys() == {world.stream_id(ben)}
        await on.place.after(minutes=20)
        assert not await invariants.broken(on.place, commands=1)


async def test_many_posts_of_unknown_outcome_are_looked_up_in_turn(sqlite: Where, tmp_path: Path) -> None:
    """Each card is looked for in three conversations, and Slack allows few look-ups a minute: all come to their end."""
    async with stage(sqlite, tmp_path, rings_per_minute=0, rings_per_minute_workspace=0) as on:
        workspace = on.place.world.workspace
        callers = [workspace.person(f"caller{n}") for n in range(20)]
        workspace.channel("crowd", *callers)
        on.breaks(Road.SLACK_API, Kind.DROP_AFTER, "chat.postMessage")
        for caller in callers:
            await on.place.types(caller, "/ring @ben", at="#crowd")
        await on.place.rested()
        on.mends()
        await on.place.passes(minutes=20)
        assert on.place.owed() == 0, on.place.all_owed()
        assert not await invariants.broken(on.place, commands=20)
