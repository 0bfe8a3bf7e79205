"""The bot stops in the middle of things and starts again on the same ledger: deadlines hold, nothing is doubled."""

import asyncio
from datetime import timedelta

from bot.sandbox.faults import Kind, Road
from bot.sandbox.world import world
from bot.work import Never
from bot.worker import Worker
from tests.scenarios.conftest import EVERYWHERE, Stage
from tests.scenarios.noticing import strikes
from tests.scenarios.openings import ana_and_ben_are_in, ana_rings, asked, ids, incoming, rings, thread, told


async def restarts(stage: Stage, **meanwhile: float) -> None:
    """It stops, that much time passes, and it starts again."""
    await stage.world.stop_bot()
    if meanwhile:
        await stage.world.after(**meanwhile)
    await stage.world.start_bot()
    await stage.world.settled()


@EVERYWHERE
async def test_a_ring_survives_a_restart_and_its_deadline_holds(stage: Stage) -> None:
    asked_at = stage.world.clock.now()
    await ana_rings(stage)
    await restarts(stage, seconds=20)
    assert len(incoming(stage, stage.ben)) == 1
    await stage.ben.presses("Decline")
    await stage.ana.sees("@ben declined", at="#support")
    await stage.world.at(asked_at + timedelta(seconds=55))
    stage.cy.sees_not("You missed")
    await stage.world.after(seconds=10)
    await stage.cy.sees("You missed a call from @ana")
    await stage.ana.sees("Nobody answered", at="#support")
    assert len(rings(stage)) == 1
    assert len(stage.world.cids) == 1
    assert told(stage, "@ben declined") == told(stage, "is ringing") == 1


async def test_the_deadline_passes_while_it_is_stopped(stage: Stage) -> None:
    await ana_rings(stage)
    await restarts(stage, minutes=10)
    await stage.ben.sees("You missed a call from @ana")
    await stage.ana.sees("Nobody answered", at="#support")
    assert stage.world.on_stream().ended_at
    assert "at 10:01" in stage.ben.screen(), "when the ring ran out, not when somebody noticed"
    missed = [line for line in thread(stage) if "missed it" in line]  # Both at once, or one after the other.
    assert all("missed it at 10:01" in line for line in missed)
    for name in ("@ben", "@cy"):
        assert sum(name in line for line in missed) == 1


async def test_it_stops_before_anything_was_put_to_stream(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, times=None)
    await ana_rings(stage)
    await stage.world.stop_bot()
    stage.world.mends()
    await stage.world.start_bot()
    await stage.world.after(seconds=16)
    await stage.ben.sees("@ana is ringing you")
    assert len(incoming(stage, stage.ben)) == 1
    assert len(stage.world.cids) == 1


async def test_it_sleeps_past_ring_by_and_nobody_is_rung_late(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, times=None)
    await ana_rings(stage)
    await stage.world.stop_bot()
    stage.world.mends()
    await stage.world.after(minutes=5)
    await stage.world.start_bot()
    await stage.ana.sees("Nobody was rung")
    await stage.world.after(seconds=30)
    assert incoming(stage, stage.ben) == []
    assert not rings(stage)


async def test_it_stops_between_posting_and_hearing_that_it_posted(stage: Stage) -> None:
    stage.world.breaks(Road.SLACK_API, Kind.DROP_AFTER, "chat.postMessage", times=5)
    await ana_rings(stage)
    await restarts(stage)
    for _ in range(5):
        await stage.world.after(seconds=8)
    for person in (stage.ben, stage.cy):
        assert len(incoming(stage, person)) == 1
    assert len([message for message in stage.support.messages if not message.is_reply]) == 1
    assert told(stage, "is ringing") == 1


async def test_people_answer_and_leave_in_other_clients_while_it_is_stopped(stage: Stage) -> None:
    """Its webhooks were lost: at its start it asks Stream."""
    await ana_rings(stage)
    await stage.world.stop_bot()
    await stage.world.phone(stage.ben).accepts(stage.world.cids[0])
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(minutes=3)
    await stage.world.start_bot()
    await stage.world.settled()
    await stage.ana.sees("@ben in the call", at="#support")
    assert "@ben accepted" in stage.ana.screen()
    await stage.cy.sees("You missed a call")


async def test_what_happened_in_the_seconds_it_was_stopped_is_heard_of_at_its_start(stage: Stage) -> None:
    """A restart takes less than the minute after which Stream would be asked anyway."""
    await ana_rings(stage)
    await stage.world.stop_bot()
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.phone(stage.ben).accepts(stage.world.cids[0])
    await stage.world.after(seconds=10)
    stage.world.mends()
    await stage.world.start_bot()
    await stage.ana.sees("@ben accepted", at="#support")
    await stage.ana.sees("@ben accepted: come in")


async def test_a_planned_call_rings_at_its_time_after_a_restart(stage: Stage) -> None:
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.world.settled()
    await restarts(stage, minutes=15)
    await stage.world.after(minutes=5, seconds=1)
    await stage.ben.sees("starts at")
    await stage.world.after(minutes=10)
    await stage.ben.sees("@ana is ringing you")
    assert len(asked(stage, "ring")) == 1


async def test_a_planned_call_whose_time_passed_while_it_was_stopped_is_a_missed_one(stage: Stage) -> None:
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.world.settled()
    await restarts(stage, hours=2)
    await stage.world.after(minutes=2)
    assert incoming(stage, stage.ben) == []
    await stage.ben.sees("You missed a call from @ana")
    await stage.ana.sees("could not ring when it was due")


async def test_a_call_that_is_on_goes_on(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await restarts(stage, minutes=12)
    await stage.world.leaves(stage.ben, stage.ana)
    await stage.world.after(minutes=1)
    await stage.ana.sees("the call ended after 12 min", at="#support")
    assert told(stage, "@ben joined") == 1


async def test_it_is_restarted_again_and_again_and_tells_everything_once(stage: Stage) -> None:
    await ana_rings(stage)
    await restarts(stage)
    await stage.ben.presses("Accept")
    await restarts(stage)
    await stage.world.joins(stage.ben, stage.ana)
    await restarts(stage)
    await stage.cy.presses("Decline")
    await restarts(stage)
    await stage.world.after(minutes=2)
    await stage.world.leaves(stage.ben, stage.ana)
    await restarts(stage)
    await stage.world.after(minutes=1)
    for words in ("is ringing", "@ben accepted", "@ben joined", "@cy declined", "the call ended"):
        assert told(stage, words) == 1, words
    session = stage.world.on_stream().session
    assert session and set(session.accepted_by) == ids(stage, stage.ben)
    assert len(asked(stage, "accept")) == len(asked(stage, "reject")) == 1


async def test_stopping_takes_little_though_stream_hangs(stage: Stage) -> None:
    """What is in hand is given back, and done after the next start."""
    stage.world.breaks(Road.STREAM_API, Kind.DELAY, "POST .*/users", times=1, seconds=30)
    asked_for_users = strikes(stage.world)
    await stage.ana.types("/ring @ben", at="#support")
    assert stage.world.app
    worker: Worker = stage.world.app.worker
    async with asyncio.timeout(5):
        await asked_for_users.wait()
        assert not worker.idle
        await stage.world.stop_bot()
    await stage.world.start_bot()
    await stage.world.after(seconds=16)
    await stage.ben.sees("@ana is ringing you")


async def test_what_can_never_be_done_is_visible_and_holds_up_nothing(stage: Stage) -> None:
    """Slack says that a picture is wrong: that one is buried and logged, the rest of the story goes on."""
    stage.trouble_expected = True
    await ana_rings(stage)

    async def refuses(claimed: object) -> None:
        raise Never("Slack does not take this picture")

    assert stage.world.app
    kind = next(kind for kind in stage.world.app.worker.handlers if kind.kind() == "TellThread")
    handlers = dict(stage.world.app.worker.handlers)
    stage.world.app.worker.handlers = {**handlers, kind: refuses}
    await stage.ben.presses("Decline")
    await stage.world.settled()
    dead = await stage.world.app.store.look(lambda tx: tx.dead(10))
    assert len(dead) == 1
    assert any(entry.get("action") == "work_dead" for entry in stage.errors())
    stage.world.app.worker.handlers = handlers
    await stage.cy.presses("Decline")
    await stage.ana.sees("Everybody declined", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_what_is_due_twice_is_done_once(stage: Stage) -> None:
    """Two ticks at the same moment: the database lets one of them do it."""
    await ana_rings(stage)
    assert stage.world.app
    stage.world.clock.turn(stage.world.settings.ring_timeout * 2)
    await asyncio.gather(*(stage.world.app.ringer.tick() for _ in range(5)))
    await stage.world.settled()
    assert told(stage, "@cy missed") == told(stage, "Nobody answered") == 1
    assert len(asked(stage, "mark_ended")) == 1


@EVERYWHERE
async def test_it_starts_while_slack_is_down_and_tells_what_happened_when_slack_is_back(stage: Stage) -> None:
    """Stream goes on meanwhile, and people join; a rolling restart must not wait for Slack."""
    await ana_rings(stage)
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_503, times=None)
    await stage.world.stop_bot()
    app = await stage.world.start_bot()
    assert await app.ready() == ""
    assert await app.healthy() == ""
    await stage.world.phone(stage.ben).accepts(stage.world.cids[0])
    await stage.world.settled()
    stage.world.mends()
    await stage.world.after(seconds=20)
    await stage.ana.sees("@ben accepted", at="#support")


async def test_the_first_start_waits_until_slack_says_whose_its_token_is() -> None:
    async with world(start_bot=False) as made:
        made.breaks(Road.SLACK_API, Kind.ERROR_503, "auth.test", times=1)
        app = await made.start_bot()
        assert await app.ready() == ""
        assert [call.method for call in made.workspace.calls] == ["auth.test"] * 2
