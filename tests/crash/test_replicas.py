"""Replicas that share a database: one dies, all are replaced one by one, their clocks differ, and nobody notices."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash import invariants
from tests.crash.crowd import Crowd, drained, time_flies
from tests.crash.plays import Where
from tests.crash.points import Point, Points, What, When
from tests.crash.theatre import Cast, Theatre, cast, theatre

DEFAULT_LEASE = 10.0
TICK = 1.0


async def test_a_dead_replicas_work_is_taken_over_within_its_lease(two: Where, tmp_path: Path) -> None:
    points = Points(Point(What.REQUEST, "chat.postMessage", 1, When.BEFORE))
    with two.database(tmp_path) as url:
        async with theatre(url, tmp_path, replicas=2, faults=points, lease_seconds=DEFAULT_LEASE) as place:
            people = cast(place)
            await place.types(people.ana, "/ring @ben @cy")
            for person in (people.ben, people.cy):
                await person.sees("@ana is ringing you", within=DEFAULT_LEASE + 30)
            took = time.monotonic()
            await place.settled()
            died = next(each.died_at for each in place.replicas if each.died_at)
            assert took - died < DEFAULT_LEASE + TICK + 4.0
            assert place.deaths == 1
            assert not await invariants.broken(place, commands=1)


async def test_a_rolling_restart_under_load_fails_no_command(two: Where, tmp_path: Path) -> None:
    with two.database(tmp_path) as url:
        async with theatre(
            url, tmp_path, replicas=2, patience=20, rings_per_minute=0, rings_per_minute_workspace=0
        ) as place:
            crowd = Crowd(place, size=30)
            flying = asyncio.create_task(time_flies(place))
            ringing = asyncio.create_task(crowd.ring(60, each=0.1))
            for one in tuple(place.replicas):
                await asyncio.sleep(0.5)
                await place.rolled(one)
            await ringing
            flying.cancel()
            await drained(place)
            assert not crowd.failed
            assert [each.last for each in place.world.workspace.deliveries if not each.ok] == [], "presses too"
            assert {each.outcome for each in place.world.coordinator.webhooks} == {"delivered"}
            assert not await invariants.broken(place, commands=60)


async def test_clocks_that_differ_by_a_minute_change_nothing(two: Where, tmp_path: Path) -> None:
    """In real time: rings of five seconds, with one replica's clock half a minute ahead and the other's behind."""
    with two.database(tmp_path) as url:
        async with theatre(
            url, tmp_path, replicas=2, virtual=False, skews=(30.0, -30.0), ring_timeout_seconds=5, lease_seconds=3
        ) as place:
            people = cast(place)
            for caller, callee in ((people.ana, people.ben), (people.cy, people.dee)):
                await place.types(caller, f"/ring @{callee.name}")
                await callee.sees(f"@{caller.name} is ringing you", within=15)
                rung = time.monotonic()
                await callee.sees("You missed a call", within=20)
                assert 3.5 < time.monotonic() - rung < 12
            await place.settled()
            assert not await invariants.broken(place, commands=2)
            answered = [call.rings for call in place.world.coordinator.calls.values()]
            assert [len(rings) for rings in answered] == [1, 1]


@dataclass(frozen=True)
class Planned:
    """ana has planned a call with ben and cy for in half an hour."""

    place: Theatre
    people: Cast

    @property
    def rings(self) -> list[int]:
        """How many each request to Stream rang."""
        return [len(ring.user_ids) for call in self.place.world.coordinator.calls.values() for ring in call.rings]

    async def holds(self) -> None:
        assert not await invariants.broken(self.place, commands=1)


@asynccontextmanager
async def planned(where: Where, folder: Path) -> AsyncIterator[Planned]:
    with where.database(folder) as url:
        async with theatre(url, folder, replicas=where.replicas, restarts=False) as place:
            people = cast(place)
            await place.types(people.ana, '/ring @ben @cy "Retro" in 30 minutes')
            await place.after(minutes=1)
            yield Planned(place, people)


@pytest.mark.parametrize("dies", [0, 1])
async def test_a_planned_call_rings_once_whichever_replica_lives(two: Where, tmp_path: Path, dies: int) -> None:
    async with planned(two, tmp_path) as plan:
        plan.place.replicas[dies].kill()
        await plan.place.replicas[dies].died.wait()
        await plan.place.after(minutes=29)
        await plan.people.ben.sees("@ana is ringing you")
        assert plan.rings == [2]
        await plan.place.after(minutes=2)
        await plan.holds()
        assert plan.rings == [2]


async def test_a_planned_call_rings_once_where_all_live(three: Where, tmp_path: Path) -> None:
    async with planned(three, tmp_path) as plan:
        await plan.place.after(minutes=29)
        await plan.people.cy.sees("@ana is ringing you")
        assert plan.rings == [2]
        await plan.place.after(minutes=2)
        await plan.holds()


async def test_one_due_while_all_was_down_is_rung_within_its_window(sqlite: Where, tmp_path: Path) -> None:
    async with planned(sqlite, tmp_path) as plan:
        await plan.place.down()
        plan.place.world.clock.turn(timedelta(minutes=29, seconds=30))
        await plan.place.up_again()
        await plan.people.ben.sees("@ana is ringing you", within=15)
        await plan.place.settled()
        assert plan.rings == [2]
        await plan.place.after(minutes=2)
        await plan.people.ben.sees("You missed a call from @ana")
        await plan.holds()


async def test_one_due_too_long_ago_is_missed_and_said(sqlite: Where, tmp_path: Path) -> None:
    async with planned(sqlite, tmp_path) as plan:
        await plan.place.down()
        plan.place.world.clock.turn(timedelta(minutes=32))
        await plan.place.up_again()
        await plan.people.ben.sees("missed", within=15)
        await plan.people.ana.sees("nobody was rung", within=15)
        await plan.place.settled()
        assert plan.rings == []
        await plan.holds()
