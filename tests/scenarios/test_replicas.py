"""Two bots on one Postgres, as behind a load balancer: either answers any press, and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.app import App, running
from bot.ringer.press import Asked, Press
from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import Person
from bot.sandbox.world import BOT_EVENTS, at_rest
from tests.scenarios.conftest import Stage, Where
from tests.scenarios.openings import ana_rings, asked, ids, rings, told

ON_POSTGRES = pytest.mark.parametrize("stage", [Where("postgres")], indirect=True, ids=["postgres"])


@dataclass
class Pair:
    """Both bots, and which of them Slack talks to."""

    stage: Stage
    one: App
    other: App

    def slack_talks_to(self, app: App) -> None:
        settings = self.stage.world.settings
        self.stage.world.workspace.install(
            request_url=f"{app.url}/slack/events",
            commands=(settings.ring_command, settings.notify_command),
            bot_events=BOT_EVENTS,
        )

    async def after(self, **by: float) -> None:
        await self.stage.world.after(**by)
        await self.settled()

    async def rings(self, by: App, caller: Person, callee: Person, topic: str) -> str:
        """They type it, and this one of the two bots hears it; what becomes of it."""
        asked = Asked("T0HUDDLE", caller.id, self.stage.support.id, users=(callee.id,), topic=topic, text=topic)
        return (await by.ringer.ask(asked)).how

    async def settled(self) -> None:
        """Neither has anything in hand or due."""
        calm = 0
        while calm < 2:
            await self.stage.world.settled()
            is_quiet = await at_rest(self.other, self.stage.world.clock) and self.one.idle
            calm = calm + 1 if is_quiet else 0


@pytest.fixture
async def pair(stage: Stage) -> AsyncIterator[Pair]:
    settings = stage.world.settings.model_copy(update={"port": 0})
    async with running(settings, clock=stage.world.clock) as other:
        stage.world.coordinator.hook(f"{other.url}/stream/events")
        assert stage.world.app and stage.world.app.url != other.url
        yield Pair(stage, stage.world.app, other)


@ON_POSTGRES
async def test_either_answers_a_press_and_nothing_is_doubled(stage: Stage, pair: Pair) -> None:
    await ana_rings(stage)
    await pair.settled()
    pair.slack_talks_to(pair.other)
    await stage.ben.presses("Decline")
    await pair.settled()
    pair.slack_talks_to(pair.one)
    await stage.cy.presses("Accept")
    await pair.after(seconds=2)
    await stage.ana.sees("@cy accepted: come in")

    session = stage.world.on_stream().session
    assert session and set(session.accepted_by) == ids(stage, stage.cy)
    assert len(asked(stage, "accept")) == len(asked(stage, "reject")) == 1
    assert len(rings(stage)) == 1
    for person in (stage.ben, stage.cy):
        assert len(stage.world.workspace.dm(person).messages) == 1
    assert told(stage, "is ringing") == told(stage, "@ben declined") == told(stage, "@cy accepted") == 1


@ON_POSTGRES
async def test_the_same_press_and_the_same_command_reach_both(stage: Stage, pair: Pair) -> None:
    await ana_rings(stage)
    pair.slack_talks_to(pair.other)
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.ana.sees("it is the same call", at="#support")
    await pair.settled()
    assert len(stage.world.cids) == 1

    await stage.ben.presses("Decline")
    pair.slack_talks_to(pair.one)
    await stage.ben.presses("Decline", stale=True)
    await pair.after(seconds=2)
    assert len(asked(stage, "reject")) == 1
    assert told(stage, "@ben declined") == 1


@ON_POSTGRES
async def test_deadlines_come_once_though_both_watch_them(stage: Stage, pair: Pair) -> None:
    await ana_rings(stage)
    await pair.settled()
    await pair.after(seconds=61)
    await pair.after(seconds=2)
    await stage.ana.sees("Nobody answered", at="#support")
    assert told(stage, "Nobody answered") == 1
    assert len(asked(stage, "mark_ended")) == 1
    for person in (stage.ben, stage.cy):
        assert len(stage.world.workspace.dm(person).messages) == 1


@ON_POSTGRES
async def test_one_stops_in_mid_ring_and_the_other_carries_on(stage: Stage, pair: Pair) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, times=3)
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.world.stop_bot()
    pair.slack_talks_to(pair.other)
    for _ in range(4):
        stage.world.clock.turn(stage.world.settings.ring_timeout / 6)
        await stage.world.coordinator.settled()
        await pair.other.tick()
    await stage.ben.sees("@ana is ringing you")
    await stage.ben.presses("Accept")
    await stage.ana.sees("@ben accepted: come in")
    assert len(stage.world.cids) == 1
    await stage.world.start_bot()


@ON_POSTGRES
async def test_people_who_ring_each_other_at_once_through_either_bot_are_in_one_call(stage: Stage, pair: Pair) -> None:
    for topic in ("one", "two", "three", "four", "five"):
        hows = await asyncio.gather(
            pair.rings(pair.one, stage.ana, stage.ben, topic), pair.rings(pair.other, stage.ben, stage.ana, topic)
        )
        assert sorted(hows) == ["glare", "ringing"]
        await pair.settled()
        await stage.world.phone(stage.ana).ends(stage.world.cids[-1])
        await pair.settled()
    assert len(stage.world.cids) == 5


@ON_POSTGRES
async def test_who_accepts_two_calls_at_once_through_either_bot_is_in_one_of_them(stage: Stage, pair: Pair) -> None:
    await ana_rings(stage, "@ben")
    await stage.dee.types("/ring @ben", at="#support")
    await pair.settled()
    first, second = (cid.partition(":")[2] for cid in stage.world.cids)
    press = Press("T0HUDDLE", stage.ben.id)
    await asyncio.gather(pair.one.ringer.accept(first, press), pair.other.ringer.accept(second, press))
    await pair.settled()
    calls = [await pair.one.ringer.call(call_id) for call_id in (first, second)]
    members = [call.member(stage.ben.id) for call in calls if call]
    assert sum(member.takes_part for member in members if member) == 1
