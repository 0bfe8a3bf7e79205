"""Slack's limits under load: nothing avoidable is refused, what people wait for goes first (see tests/squeeze.py)."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace.limits import PER_MINUTE, POSTS_PER_MINUTE
from bot.slack.api import SlackApi, SlackBusy
from bot.slack.turns import Bucket
from bot.store import Store
from bot.work import IN_HAND, Claimed, Paint, Priority
from tests.databases import SqliteFiles
from tests.scenarios.conftest import Stage, with_settings
from tests.scenarios.conftest import stage as stage
from tests.squeeze import Plan, squeeze
from tests.still import StillClock
from tests.test_store.examples import NOW, a_call, add, after

IN_CI = Plan(minutes=0.5, drain=6)


async def test_fifty_rings_a_minute_are_not_refused_by_slack_and_come_at_once(
    tmp_path: Path, sqlite_files: SqliteFiles
) -> None:
    """The first half minute of it; `python -m tests.squeeze` plays all ten."""
    seen = await squeeze(IN_CI, database_url=sqlite_files.database(tmp_path))
    assert not seen.too_many
    assert seen.rings == 25 and len(seen.direct) == 125
    assert seen.half(seen.direct) <= 3
    assert seen.dead and max(seen.dead) <= 5 and not seen.alive
    assert seen.drained is not None and not seen.left


# --- the buckets


class Bare(SlackApi):
    """Its turns alone: nothing is sent."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        super().__init__(AsyncWebClient("xoxb-1"), store, clock, team="T1")

    async def turn(self, *buckets: Bucket, urgency: Priority = Priority.RELAY, whose: str = "") -> float:
        """0.0: it was taken; else the seconds to wait. Each is another piece of work, but for those named the same."""
        IN_HAND.set(Claimed(1, Paint(whose or uuid4().hex, "call", urgency), fence=1, attempts=1))
        try:
            await self._take_turn("chat.update", buckets)
        except SlackBusy as busy:
            assert busy.after and not busy.counts
            return busy.after
        return 0.0


@pytest.fixture
def clock() -> SandboxClock:
    return StillClock()


@pytest.fixture
def api(store: Store, clock: SandboxClock) -> Bare:
    return Bare(store, clock)


FEW = Bucket("few", per_minute=60, burst=5, shared=True)


@pytest.mark.parametrize("tier", [2, 3, 4])
async def test_no_minute_sees_more_than_a_tier_lets_through(api: Bare, tier: int) -> None:
    (bucket,) = api._tier("chat.update", tier)
    assert bucket.per_minute + bucket.burst <= PER_MINUTE[f"t{tier}"]


async def test_no_minute_sees_more_posts_than_slack_lets_through(api: Bare) -> None:
    workspace, _ = api._posts("C1")
    assert workspace.per_minute + workspace.burst <= POSTS_PER_MINUTE
    assert workspace.burst >= 27, "a ring of 25 goes out at once: its people, its caller, its card"


async def test_the_less_urgent_leaves_some_to_the_more_urgent(api: Bare) -> None:
    many = replace(FEW, burst=20)
    for urgency, taken in {
        Priority.THREAD: 8,
        Priority.CARD: 4,
        Priority.DIRECT_MESSAGE: 6,
        Priority.RELAY: 2,
    }.items():
        assert [await api.turn(many, urgency=urgency) for _ in range(taken)] == [0.0] * taken
        assert await api.turn(many, urgency=urgency) > 0


async def test_a_conversations_own_bucket_serves_whoever_comes_first(api: Bare) -> None:
    own = replace(FEW, shared=False)
    assert [await api.turn(own, urgency=Priority.HOME) for _ in range(5)] == [0.0] * 5


async def test_those_who_wait_come_back_one_by_one(api: Bare, clock: SandboxClock) -> None:
    for _ in range(5):
        await api.turn(FEW)
    waits = [await api.turn(FEW) for _ in range(4)]
    assert all(0.9 < later - sooner <= 1.01 for sooner, later in pairwise(waits))
    clock.turn(timedelta(seconds=1))
    assert await api.turn(FEW) == 0.0
    assert await api.turn(FEW) > 3, "behind those who wait already"


async def test_whoever_asks_again_before_their_turn_keeps_it(api: Bare, clock: SandboxClock) -> None:
    for _ in range(5):
        await api.turn(FEW)
    assert [await api.turn(FEW, whose="eager") <= 1.01 for _ in range(10)] == [True] * 10
    assert 1.5 < await api.turn(FEW) <= 2.01, "the next in line, behind one"
    clock.turn(timedelta(seconds=1))
    assert await api.turn(FEW, whose="eager") == 0.0


async def test_a_more_urgent_line_is_a_line_of_its_own(api: Bare) -> None:
    for _ in range(5):
        await api.turn(FEW)
    for _ in range(10):
        await api.turn(FEW, urgency=Priority.THREAD)
    assert await api.turn(FEW, urgency=Priority.DEAD_BUTTONS) <= 1.01


async def test_where_one_bucket_has_no_room_nothing_is_taken_from_the_others(api: Bare) -> None:
    scarce = Bucket("scarce", per_minute=1, burst=1)
    assert await api.turn(FEW, scarce) == 0.0
    for _ in range(20):
        assert await api.turn(FEW, scarce) > 0
    assert [await api.turn(FEW) for _ in range(4)] == [0.0] * 4


# --- how many calls may be begun


@with_settings(rings_per_minute=0, rings_per_minute_workspace=3)
async def test_a_workspace_begins_so_many_calls_a_minute(stage: Stage) -> None:
    for caller, callee in ((stage.ana, "ben"), (stage.ben, "cy"), (stage.cy, "dee")):
        await caller.types(f"/ring @{callee}", at="#support")
    await stage.world.settled()
    await stage.dee.types('/ring @ana "one more"', at="#support")
    await stage.dee.sees("Too many calls were started in this workspace")
    assert len(stage.world.cids) == 3
    await stage.world.after(seconds=61)
    await stage.dee.types('/ring @ana "one more"', at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 4


@with_settings(rings_per_minute=1, rings_per_minute_workspace=0)
async def test_one_persons_limit_is_their_own(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ana.types("/ring @cy", at="#support")
    await stage.ana.sees("You have started many calls within a minute")
    await stage.dee.types("/ring @cy", at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 2


async def test_another_workspaces_calls_do_not_count(store: Store) -> None:
    await add(store, a_call("c1"), a_call("c2", caller="UBEN"), a_call("c3", team="T2"))
    assert await store.look(lambda tx: tx.all_commands_since("T1", after(seconds=-1))) == 2
    assert await store.look(lambda tx: tx.all_commands_since("T1", NOW + timedelta(seconds=1))) == 0
