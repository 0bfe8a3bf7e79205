"""What a command comes to: the same one twice, two people ringing each other, too many, groups, a crowd."""

import asyncio

from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import Stage, with_settings
from tests.scenarios.openings import ana_rings, asked, ids


async def test_the_same_command_within_ten_seconds_is_the_same_call(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.after(seconds=9)
    await ana_rings(stage)
    await stage.ana.sees("it is the same call, and nobody is rung twice", at="#support")
    assert len(stage.world.cids) == 1
    assert len([m for m in stage.ben.messages() if "is ringing you" in stage.ben.reads(m)]) == 1


async def test_the_same_command_once_the_first_call_is_cancelled_is_another_call(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ana.presses("Cancel", at="#support")
    await stage.ben.sees("@ana cancelled the call")
    await ana_rings(stage, "@ben")
    await stage.ben.sees("@ana is ringing you")
    stage.ana.sees_not("it is the same call", at="#support")
    assert len(stage.world.cids) == 2
    await ana_rings(stage, "@ben")
    await stage.ana.sees("it is the same call", at="#support")
    assert len(stage.world.cids) == 2


async def test_the_same_command_once_nobody_was_rung_is_another_call(stage: Stage) -> None:
    stage.trouble_expected = True
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_403, "POST .*/users$")
    await ana_rings(stage, "@ben")
    await stage.ana.sees("nobody was rung")
    await ana_rings(stage, "@ben")
    await stage.ben.sees("@ana is ringing you")


async def test_a_command_that_slack_sends_again_when_its_call_is_over_begins_no_other(stage: Stage) -> None:
    stage.world.breaks(Road.SLACK_DELIVERY, Kind.LATE_DUPLICATE, "slash_commands", seconds=5)
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Decline")
    await stage.ana.sees("Everybody declined", at="#support")
    await stage.world.after(seconds=6)
    assert len(stage.world.cids) == 1


async def test_other_words_another_place_or_later_is_another_call(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await ana_rings(stage, '@ben "Prod"')
    await stage.ana.types("/ring @ben")
    await stage.world.after(seconds=11)
    assert len(stage.world.cids) == 3
    await ana_rings(stage, "@ben")
    assert len(stage.world.cids) == 4
    await stage.cy.types("/ring @ben", at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 5


async def test_a_command_that_slack_sends_twice_is_one_call(stage: Stage) -> None:
    await asyncio.gather(*(stage.ana.types("/ring @ben @cy", at="#support") for _ in range(3)))
    await stage.world.settled()
    assert len(stage.world.cids) == 1


async def test_ringing_back_who_is_ringing_is_an_accept(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.types("/ring @ana", at="#support")
    await stage.ben.sees("@ana was ringing you just now: you have accepted their call.", at="#support")
    await stage.ben.sees("Here is your way into the call", at="#support")
    await stage.ana.sees("@ben accepted: come in")
    await stage.world.settled()
    assert len(stage.world.cids) == 1
    session = stage.world.on_stream().session
    assert session and session.accepted_by.keys() == ids(stage, stage.ben)
    stage.ana.sees_not("@ben is ringing you")


async def test_two_people_ring_each_other_in_the_same_moment(stage: Stage) -> None:
    await asyncio.gather(stage.ana.types("/ring @ben", at="#support"), stage.ben.types("/ring @ana", at="#support"))
    await stage.world.after(seconds=2)
    assert len(stage.world.cids) == 1
    on_stream = stage.world.on_stream()
    assert on_stream.members.keys() == ids(stage, stage.ana, stage.ben)
    caller, callee = stage.ana, stage.ben
    if on_stream.created_by.id in ids(stage, stage.ben):
        caller, callee = callee, caller
    assert on_stream.session and on_stream.session.accepted_by.keys() == ids(stage, callee)
    await caller.sees("accepted: come in")
    link = await callee.presses("Join", on="This link is yours alone.")
    assert link.url
    assert not any(link.url in str(message.blocks) for message in caller.messages())
    await stage.world.joins(stage.ana, stage.ben)
    await stage.world.after(seconds=2)
    thread = stage.ana.screen(at="#support")
    assert f"@{caller.name} is ringing @{callee.name}." in thread
    assert thread.count(f"@{callee.name} accepted.") == 1
    assert "is on" in thread


async def test_two_people_ring_each_other_while_stream_refuses(stage: Stage) -> None:
    stage.trouble_expected = True
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "POST .*/call/default/[^/]*$", times=None)
    await asyncio.gather(stage.ana.types("/ring @ben", at="#support"), stage.ben.types("/ring @ana", at="#support"))
    await stage.world.after(seconds=61)
    await stage.world.after(seconds=2)
    told = [person for person in (stage.ana, stage.ben) if "Nobody was rung" in person.screen()]
    ended = [person for person in (stage.ana, stage.ben) if "This call is over." in person.screen()]
    assert {*told, *ended} == {stage.ana, stage.ben}
    for person in (stage.ana, stage.ben):
        person.sees_not("come in")
        person.sees_not("is on")


async def test_ringing_somebody_who_rings_several_is_a_call_of_its_own(stage: Stage) -> None:
    await ana_rings(stage, "@ben @cy")
    await stage.ben.types("/ring @ana", at="#support")
    await stage.world.settled()
    await stage.ana.sees("@ben is ringing you")
    assert len(stage.world.cids) == 2


@with_settings(rings_per_minute=2)
async def test_more_rings_than_a_minute_takes(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await ana_rings(stage, "@cy")
    await ana_rings(stage, "@dee")
    await stage.ana.sees("You have started many calls within a minute. Wait a moment, then try again.", at="#support")
    stage.dee.sees_not("is ringing you")
    assert len(stage.world.cids) == 2
    await stage.cy.types("/ring @dee", at="#support")
    await stage.dee.sees("@cy is ringing you")
    await stage.world.after(seconds=61)
    await ana_rings(stage, "@dee")
    await stage.dee.sees("@ana is ringing you")


@with_settings(rings_per_minute=0)
async def test_no_limit_of_rings_where_it_is_nought(stage: Stage) -> None:
    stage.world.coordinator.behaviour.limits_per_second = False
    for number in range(25):
        await stage.ana.types(f'/ring @ben "{number}"', at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 25


async def test_a_group_is_rung_by_its_members_without_doubles_bots_the_gone_or_the_caller(stage: Stage) -> None:
    make = stage.world.workspace
    robot, gone = make.person("robby", is_bot=True), make.person("gil")
    make.usergroup("oncall", stage.ana, stage.ben, stage.cy, robot, gone)
    gone.deactivate()
    await ana_rings(stage, "@oncall @ben")
    await stage.ana.sees("is ringing @ben and @cy", at="#support")
    skipped = await stage.ana.sees("Skipped @robby: a bot.", at="#support")
    assert "Skipped @gil: deactivated." in stage.ana.reads(skipped)
    assert stage.world.on_stream().members.keys() == ids(stage, stage.ana, stage.ben, stage.cy)
    assert len([m for m in stage.ben.messages() if "is ringing you" in stage.ben.reads(m)]) == 1


async def test_a_group_of_nobody_else_says_so(stage: Stage) -> None:
    stage.world.workspace.usergroup("lonely", stage.ana)
    await ana_rings(stage, "@lonely")
    await stage.ana.sees("There is nobody to ring", at="#support")
    assert stage.world.cids == []


async def test_ninety_nine_people_are_rung_at_once(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"guest{n}") for n in range(99)]
    stage.world.workspace.usergroup("everybody", *crowd)
    await ana_rings(stage, "@everybody")
    for _ in range(5):  # Slack lets some four messages a second be posted.
        await stage.world.after(seconds=5)
    on_stream = stage.world.on_stream()
    assert len(on_stream.members) == 100
    assert on_stream.ringing == ids(stage, *crowd)
    assert all(person.buttons("@ana is ringing you")[:2] == ["Accept", "Decline"] for person in crowd)
    await stage.ana.sees("99 ringing", at="#support")
    await crowd[0].presses("Accept")
    await crowd[1].presses("Decline")
    await stage.world.after(seconds=20)
    assert len(asked(stage, "accept")) == 1
    await stage.world.after(seconds=25)
    for _ in range(20):  # Slack lets some fifty messages a minute be changed.
        await stage.world.after(seconds=10)
    await stage.ana.sees("97 missed it · 1 accepted · 1 declined", at="#support")
    assert all("You missed a call from @ana" in person.screen() for person in crowd[2:])


async def test_a_hundred_people_are_too_many(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"guest{n}") for n in range(100)]
    stage.world.workspace.usergroup("everybody", *crowd)
    await ana_rings(stage, "@everybody")
    await stage.ana.sees("That is 100 people, and 99 is the most that one call can ring.", at="#support")
    assert stage.world.cids == []
