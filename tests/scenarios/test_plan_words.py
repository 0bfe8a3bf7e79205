"""What is said of a plan stays true when it is moved, comes too late, or is slept through."""

from datetime import timedelta

from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import EVERYWHERE, Stage
from tests.scenarios.openings import thread
from tests.scenarios.test_plans import HALF_PAST_TEN, TOMORROW, moved, planned


async def test_the_reminder_of_a_plan_that_was_moved_since_offers_nothing_for_now(stage: Stage) -> None:
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    reminder = await stage.ben.sees("@ana's call starts at 10:30")
    assert stage.ben.buttons(reminder) == ["Join early", "Snooze", "Can't make it"]
    await stage.ben.presses("Snooze")
    await stage.world.settled()
    await moved(stage, TOMORROW)
    await stage.ben.sees("@ana's call starts tomorrow at 10:30")
    assert stage.ben.buttons("@ana's call starts tomorrow") == []
    assert stage.ana.buttons("Your call with @ben and @cy starts tomorrow") == []
    await stage.world.at(TOMORROW - timedelta(minutes=10))
    await stage.ben.sees("@ana's call starts at 10:30")
    assert stage.ben.buttons("@ana's call starts at 10:30") == ["Join early", "Snooze", "Can't make it"]


async def test_a_plan_whose_people_slack_tells_too_late_is_not_said_to_have_found_nobody_at_work(stage: Stage) -> None:
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_503, "users.info", times=None)
    await stage.ana.types("/ring @ben in 1 minute", at="#support")
    for _ in range(18):
        await stage.world.after(seconds=10)
    stage.world.mends()
    for _ in range(3):
        await stage.world.after(seconds=10)
    await stage.ana.sees("The call was not ready at that time, so nobody was rung.")
    stage.ana.sees_not("was not running")
    assert not stage.world.workspace.dm(stage.ben).messages
    assert all(stage.world.on_stream(cid).ended_at for cid in stage.world.cids)


@EVERYWHERE
async def test_a_plan_slept_through_while_somebody_was_in_it_was_missed_by_the_others(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await stage.world.joins(ben)
    await stage.world.stop_bot()
    stage.world.clock.turn(timedelta(minutes=20))
    await stage.world.start_bot()
    missed = await cy.sees("You missed a call from @ana, planned for today at 10:30")
    assert "The ringer was not running at that time, so nobody was rung. It is on: you can join." in cy.reads(missed)
    assert cy.buttons(missed) == ["Join"]
    await stage.world.after(seconds=3)
    for person in (ana, ben, cy):
        person.sees_not("changed the plan")
    assert [line for line in thread(stage) if "@cy missed it" in line]
    await stage.world.leaves(ben)
    await stage.world.after(minutes=20)
    await cy.sees("You missed a call from @ana, planned for today at 10:30")
    cy.sees_not("you can join")
