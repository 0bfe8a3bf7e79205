"""What a call waits for is given up (a bug of our own, eight times in a row): its caller hears of it, and nothing waits
for ever."""

from datetime import timedelta

import pytest

from bot.ledger import Tx
from bot.sandbox.faults import Kind, Road
from bot.work import Claimed, LookAfresh, Prepare, PutCall, Work
from tests.scenarios.conftest import EVERYWHERE, Stage
from tests.scenarios.openings import incoming

PLAN = '/ring @ben "Retro" tomorrow 9:30'


def bug(stage: Stage, *kinds: type[Work]) -> None:
    """From now on this kind of work fails, until the bot is started anew."""

    async def fails(claimed: Claimed) -> None:
        raise ValueError("a bug")

    stage.trouble_expected = True
    assert stage.world.app is not None
    worker = stage.world.app.worker
    worker.handlers = {**worker.handlers, **dict.fromkeys(kinds, fails)}


async def mended(stage: Stage) -> None:
    await stage.world.stop_bot()
    await stage.world.start_bot()


async def minutes_pass(stage: Stage, minutes: int = 2) -> None:
    for _ in range(minutes * 6):
        await stage.world.after(seconds=10)


async def what_was_given_up_is_tried_again(stage: Stage) -> int:
    def revive(tx: Tx) -> int:
        return tx.revive([dead.id for dead in tx.dead(100)], stage.world.clock.now())

    assert stage.world.app is not None
    revived = await stage.world.app.store.commit(revive)
    stage.world.app.worker.nudge()
    await minutes_pass(stage)
    return revived


async def nobody_was_rung(stage: Stage) -> None:
    told = await stage.ana.sees("Nobody was rung")
    assert "Something went wrong on my side, so nobody was rung." in stage.ana.reads(told)
    assert stage.ana.buttons(told) == ["Try again"]


@EVERYWHERE
@pytest.mark.parametrize("kind", [Prepare, PutCall])
async def test_a_plan_that_cannot_be_prepared_is_told_to_its_planner_and_try_again_plans_it(
    stage: Stage, kind: type[Work]
) -> None:
    bug(stage, kind)
    await stage.ana.types(PLAN, at="#support")
    await minutes_pass(stage)
    await nobody_was_rung(stage)
    await stage.ana.opens_home()
    await stage.world.settled()
    assert "Being planned" not in stage.ana.screen()
    assert stage.ben.messages() == [] and stage.support.messages == []

    await mended(stage)
    assert await what_was_given_up_is_tried_again(stage) == 1
    assert stage.world.cids == [] and stage.ben.messages() == []
    await stage.ana.presses("Try again", on="Nobody was rung")
    await stage.ben.sees("@ana invites you to a call for tomorrow at 09:30")
    assert incoming(stage, stage.ben) == []


@pytest.mark.parametrize("kind", [LookAfresh, PutCall])
async def test_a_plan_that_cannot_be_rung_at_its_time_is_told_to_all_and_try_again_rings(
    stage: Stage, kind: type[Work]
) -> None:
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.ben.sees("invites you")
    bug(stage, kind)
    await stage.world.after(minutes=29, seconds=59)
    await minutes_pass(stage)
    await stage.ana.sees("Nobody was rung")
    await stage.ana.sees("nobody was rung", at="#support")
    await mended(stage)
    await what_was_given_up_is_tried_again(stage)
    assert incoming(stage, stage.ben) == []
    await stage.ana.presses("Try again", on="Nobody was rung")
    await stage.ben.sees("@ana is ringing you")


async def test_a_plan_that_stream_refuses_is_planned_by_try_again_and_not_rung_at_once(stage: Stage) -> None:
    stage.trouble_expected = True
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_400, times=None)
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.ana.sees("Stream refused the call, so nobody was rung.")
    await minutes_pass(stage)
    stage.world.mends()
    await stage.ana.presses("Try again", on="Nobody was rung")
    await stage.ben.sees("invites you")
    assert incoming(stage, stage.ben) == []
    await stage.world.after(minutes=28, seconds=1)
    assert incoming(stage, stage.ben) != []


async def test_a_notify_that_cannot_be_prepared_is_told_to_its_caller(stage: Stage) -> None:
    bug(stage, Prepare)
    await stage.ana.types("/notify @ben at 15:00", at="#support")
    await minutes_pass(stage)
    told = await stage.ana.sees("Nobody was told")
    assert stage.ana.buttons(told) == ["Try again"]


async def test_a_plan_whose_preparing_is_gone_without_a_trace_does_not_wait_for_ever(stage: Stage) -> None:
    """As where a newer version owed it in words that this one cannot read."""
    bug(stage, Prepare)
    await stage.ana.types(PLAN, at="#support")
    assert stage.world.app is not None

    def forget(tx: Tx) -> None:
        for claimed in tx.claim(stage.world.clock.now() + timedelta(minutes=1), 10, 10.0):
            tx.finish(claimed)

    await stage.world.app.store.commit(forget)
    await stage.world.after(days=1, seconds=1)
    told = await stage.ana.sees("Nobody was rung")
    assert stage.ana.buttons(told) == ["Try again"]
