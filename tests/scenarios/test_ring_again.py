"""Ring again, Add people, Call back, Try again: the same people or more, in the same call while it lives, or anew."""

from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import Person
from tests.scenarios.conftest import EVERYWHERE, Stage, with_settings
from tests.scenarios.openings import ana_and_ben_are_in, ana_rings, asked, ids, rings


@EVERYWHERE
async def test_ring_again_rings_just_those_who_declined_or_missed_it(stage: Stage) -> None:
    await ana_rings(stage, "@ben @cy @dee")
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(seconds=61)
    await stage.dee.sees("You missed a call from @ana at")
    await stage.ana.presses("Ring again", at="#support")
    again = await stage.cy.sees("@ana is ringing you again")
    assert stage.cy.buttons(again)[:2] == ["Accept", "Decline"]
    await stage.dee.sees("@ana is ringing you again")
    await stage.world.after(seconds=2)
    stage.ben.sees_not("ringing you again")
    await stage.ana.sees("@ana is ringing @cy and @dee again.", at="#support")
    ((_, body),) = asked(stage, "ring")
    assert set(body["members_ids"]) == ids(stage, stage.cy, stage.dee)
    assert stage.world.on_stream().ringing == ids(stage, stage.cy, stage.dee)

    await stage.cy.presses("Accept", on=again)
    await stage.ana.sees("@cy accepted", at="#support")
    await stage.world.after(seconds=60)
    assert len([m for m in stage.dee.messages() if "You missed a call from @ana" in stage.dee.reads(m)]) == 1
    assert stage.dee.buttons("You missed a call from @ana") == ["Join"]
    assert len(stage.world.cids) == 1


async def test_ring_again_while_nobody_has_accepted_yet(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=50)
    await stage.ana.presses("Ring again", at="#support")
    await stage.ben.sees("@ana is ringing you again")
    await stage.world.after(seconds=11)
    await stage.cy.sees("You missed a call from @ana at")
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at
    await stage.world.after(seconds=50)
    ended = await stage.ana.sees("Nobody answered.", at="#support")
    assert "Not there" not in stage.ana.reads(ended)
    assert stage.world.on_stream().ended_at


async def test_the_answer_to_the_ring_before_is_not_taken_for_an_answer_to_this_one(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LATE_DUPLICATE, "call.rejected", seconds=30)
    await stage.cy.presses("Decline")
    await stage.world.after(seconds=5)
    await stage.ana.presses("Ring again", at="#support")
    await stage.cy.sees("@ana is ringing you again")
    await stage.world.after(seconds=26)
    assert stage.cy.buttons("ringing you again")[:2] == ["Accept", "Decline"]
    await stage.cy.presses("Accept", on="ringing you again")
    await stage.ana.sees("@cy accepted", at="#support")


async def test_a_decline_that_stream_would_hear_of_late_does_not_answer_the_ring_after_it(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Accept")
    await stage.world.settled()
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, "/reject$", seconds=8)
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=2)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.after(seconds=8)
    await stage.ben.sees("@ana is ringing you again")
    await stage.world.after(seconds=2)
    assert stage.ben.buttons("ringing you again")[:2] == ["Accept", "Decline"]
    assert stage.world.on_stream().ringing == ids(stage, stage.ben)


@with_settings(ring_timeout_seconds=120)
async def test_a_ring_missed_before_is_not_missed_at_once_again_when_stream_is_asked(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(seconds=121)
    await stage.cy.sees("You missed a call from @ana at")
    await stage.ana.presses("Ring again", at="#support")
    await stage.cy.sees("@ana is ringing you again")
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.after(seconds=62)
    assert asked(stage, "calls")
    assert stage.cy.buttons("ringing you again")[:2] == ["Accept", "Decline"]
    stage.world.mends()


async def test_ring_again_with_nobody_left_to_ring_says_so(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.cy.presses("Decline")
    await stage.world.settled()
    await stage.ana.presses("Ring again", at="#support")
    await stage.cy.sees("ringing you again")
    await stage.world.settled()
    await stage.ana.presses("Ring again", at="#support", stale=True)
    await stage.ana.sees("There is nobody to ring", at="#support")
    await stage.world.settled()
    assert len(asked(stage, "ring")) == 1


async def test_that_stream_finds_no_users_to_ring_is_no_error(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.cy.presses("Decline")
    await stage.world.settled()
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.joins(stage.cy)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.settled()
    assert [each.status for each in stage.world.coordinator.requests if each.path.endswith("/ring")] == [400]
    stage.ana.sees_not("could not be rung")
    stage.world.mends()
    await stage.world.after(seconds=61)
    await stage.ana.sees("@cy in the call", at="#support")
    stage.ana.sees_not("could not be rung")


async def ben_declines_and_is_rung_again(stage: Stage) -> None:
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=2)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.after(seconds=2)


@with_settings(rings_per_minute=3)
async def test_whoever_rings_again_and_again_has_to_wait_like_whoever_begins_many_calls(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Accept")
    for _ in range(3):
        await ben_declines_and_is_rung_again(stage)
    assert len(rings(stage)) == 3
    await stage.ana.sees("You have started many calls within a minute. Wait a moment, then try again.", at="#support")
    assert "@ben declined" in stage.ana.screen(at="#support")
    await stage.world.after(seconds=61)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.after(seconds=2)
    assert len(rings(stage)) == 4


@with_settings(rings_per_minute=0, rings_per_minute_workspace=2)
async def test_a_workspace_rings_again_so_often_a_minute(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Accept")
    for _ in range(2):
        await ben_declines_and_is_rung_again(stage)
    assert len(rings(stage)) == 2
    await stage.ana.sees("Too many calls were started in this workspace within a minute", at="#support")


async def test_ring_again_is_the_callers(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.cy.presses("Decline")
    await stage.world.settled()
    await stage.ben.presses("Ring again", at="#support")
    await stage.ben.sees("Only @ana can do that", at="#support")
    await stage.world.settled()
    assert asked(stage, "ring") == []


async def test_ring_again_after_the_end_is_a_fresh_call_with_all(stage: Stage) -> None:
    await ana_rings(stage, '@ben @cy "Prod is down" audio')
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=61)
    await stage.ana.presses("Ring again", at="#support")
    await stage.ana.sees("Ringing @ben and @cy…")
    await stage.world.after(seconds=2)
    await stage.ben.sees("@ana is ringing you")
    first, second = stage.world.cids
    assert first != second
    assert stage.world.on_stream(second).ringing == ids(stage, stage.ben, stage.cy)
    assert stage.world.on_stream(second).custom["topic"] == "Prod is down"
    rung = next(event for event in reversed(stage.world.coordinator.events) if event["type"] == "call.ring")
    assert rung["video"] is False
    await stage.ana.presses("Ring again", at="#support", stale=True)
    await stage.world.settled()
    assert len(stage.world.cids) == 2


async def test_ring_again_after_the_end_rings_those_added_too(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await _adds(stage, stage.ana, stage.dee)
    await stage.dee.sees("@ana is ringing you")
    await stage.world.after(seconds=62)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.after(seconds=2)
    assert stage.world.on_stream().ringing == ids(stage, stage.ben, stage.dee)
    assert len(stage.world.cids) == 2


async def test_who_was_deactivated_meanwhile_is_named_and_the_others_are_rung_again(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.after(seconds=61)
    stage.cy.deactivate()
    await stage.ana.presses("Ring again", at="#support")
    await stage.ana.sees("Skipped @cy: deactivated.")
    await stage.world.after(seconds=2)
    assert stage.world.on_stream().members.keys() == ids(stage, stage.ana, stage.ben)


async def test_where_slack_does_not_say_who_is_still_there_all_are_rung_again(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.after(seconds=61)
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_503, "users.info", times=None)
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.after(seconds=2)
    assert stage.world.on_stream().ringing == ids(stage, stage.ben, stage.cy)


async def _adds(stage: Stage, who: Person, *people: Person, at: str = "#support") -> None:
    await who.presses("Add people", at=at)
    await who.picks("Who else", people)
    await who.submits()
    await stage.world.settled()


async def test_people_are_added_to_a_live_call_and_rung_alone(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await _adds(stage, stage.ana, stage.cy, stage.dee)
    await stage.cy.sees("@ana is ringing you")
    await stage.dee.sees("@ana is ringing you")
    await stage.world.after(seconds=2)
    await stage.ben.sees("@ana added @cy and @dee.", at="#support")
    await stage.ben.sees("@ana is ringing @cy and @dee.", at="#support")
    on_stream = stage.world.on_stream()
    assert on_stream.members.keys() == ids(stage, stage.ana, stage.ben, stage.cy, stage.dee)
    assert on_stream.ringing == ids(stage, stage.cy, stage.dee)
    await stage.cy.presses("Accept")
    await stage.world.joins(stage.cy)
    await stage.ana.sees("@cy in the call", at="#support")
    await stage.world.after(seconds=61)
    await stage.ana.sees("@dee missed it at", at="#support")
    assert not on_stream.ended_at


async def test_who_accepted_may_add_people_too_and_nobody_else(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.cy.presses("Decline")
    await stage.cy.presses("Add people", at="#support")
    refused = await stage.cy.sees("Only @ana, who called, or whoever takes part in the call can add", at="#support")
    assert stage.cy.buttons(refused) == ["Join"]
    await _adds(stage, stage.ben, stage.dee)
    await stage.dee.sees("@ana is ringing you")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben added @dee.", at="#support")


async def test_who_adds_people_just_as_the_call_ends_is_told_that_it_is_over(stage: Stage) -> None:
    eve = stage.world.workspace.person("eve")
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.SLACK_API, Kind.TOO_MANY, "users.info", seconds=5)
    await _adds(stage, stage.ben, eve)
    await stage.ana.presses("End for all", at="#support")
    await stage.world.after(seconds=6)
    await stage.ben.sees("This call is over.")
    eve.sees_not("ringing you")


async def test_adding_those_who_are_in_the_call_already_says_so(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await _adds(stage, stage.ana, stage.ben, stage.cy)
    await stage.ana.sees("There is nobody to ring")
    await stage.world.settled()
    assert asked(stage, "ring") == []


async def test_who_adds_nobody_but_the_caller_is_told_whose_call_it_is(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await _adds(stage, stage.ben, stage.ana)
    await stage.ben.sees("This is @ana's own call. Name somebody else.")
    stage.ben.sees_not("nobody to ring but you")


async def test_who_cannot_be_rung_is_named_and_the_others_are_added(stage: Stage) -> None:
    robot = stage.world.workspace.person("robby", is_bot=True)
    await ana_and_ben_are_in(stage, "@ben")
    await _adds(stage, stage.ana, robot, stage.cy)
    await stage.ana.sees("Skipped @robby: a bot.")
    await stage.cy.sees("@ana is ringing you")
    assert stage.world.on_stream().members.keys() == ids(stage, stage.ana, stage.ben, stage.cy)


async def test_many_added_people_are_rung_by_twenty_five(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"guest{n}") for n in range(60)]
    await ana_and_ben_are_in(stage, "@ben")
    await _adds(stage, stage.ana, *crowd)
    await stage.world.after(seconds=30)
    assert [len(body["members_ids"]) for _, body in asked(stage, "ring")] == [25, 25, 10]
    assert stage.world.on_stream().ringing == ids(stage, *crowd)


async def test_call_back_rings_the_one_who_called(stage: Stage) -> None:
    await ana_rings(stage, '@ben @cy "Prod is down"')
    await stage.world.after(seconds=61)
    await stage.ben.presses("Call back")
    await stage.ben.sees("Ringing @ana…")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben is ringing you")
    on_stream = stage.world.on_stream()
    assert on_stream.created_by.id == stage.world.stream_id(stage.ben)
    assert on_stream.members.keys() == ids(stage, stage.ana, stage.ben)
    assert on_stream.custom["topic"] == "Prod is down"
    await stage.ana.presses("Accept")
    await stage.ben.sees("@ana accepted: come in")
    await stage.world.settled()
    stage.cy.sees_not("@ben is ringing you")


async def test_calling_back_twice_is_the_same_call(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.world.after(seconds=61)
    await stage.ben.presses("Call back")
    await stage.ben.presses("Call back", stale=True)
    await stage.ben.sees("You asked for exactly the same a moment ago: it is the same call, and nobody is rung twice.")
    await stage.world.settled()
    assert len(stage.world.cids) == 2


async def test_nobody_was_rung_and_try_again_rings_them(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "POST .*/call/default/[^/]*$", times=None)
    await ana_rings(stage)
    await stage.world.after(seconds=61)
    told = await stage.ana.sees("Nobody was rung")
    assert stage.ana.buttons(told) == ["Try again"]
    for person in (stage.ben, stage.cy):
        person.sees_not("ringing you")
        person.sees_not("missed")
    stage.world.mends()
    await stage.ana.presses("Try again")
    await stage.world.after(seconds=2)
    await stage.ben.sees("@ana is ringing you")
    assert stage.world.on_stream().ringing == ids(stage, stage.ben, stage.cy)
