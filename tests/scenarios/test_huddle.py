"""Slack's own huddle as the place to join: one that all can enter, and how a call ends that Stream sees nobody in."""

import pytest

from tests.scenarios.conftest import Stage, Where, with_settings
from tests.scenarios.openings import ana_rings

HUDDLE = "https://app.slack.com/huddle/{team}/{channel}"
APP = "https://meet.example.com/{type}/{id}"
in_a_huddle = with_settings(join_url_template=HUDDLE)
at_one_address = pytest.mark.parametrize(
    "stage",
    [Where(settings={"join_url_template": template}) for template in (HUDDLE, APP)],
    indirect=True,
    ids=["huddle", "app"],
)


def huddle(channel: str) -> str:
    return f"https://app.slack.com/huddle/T0HUDDLE/{channel}"


@in_a_huddle
async def test_people_of_a_channel_meet_in_its_huddle(stage: Stage) -> None:
    await ana_rings(stage)
    accept = await stage.ben.presses("Accept")
    assert accept.url == huddle(stage.support.id)
    await stage.world.after(seconds=2)
    join = await stage.ana.presses("Join", on="@ben accepted: come in")
    assert join.url == accept.url


@in_a_huddle
async def test_who_is_not_in_the_channel_meets_the_caller_in_a_group_message(stage: Stage) -> None:
    eve = stage.world.workspace.person("eve")
    await ana_rings(stage, "@ben @eve")
    group = stage.world.workspace.state.open_direct(
        [stage.world.workspace.state.bot.id, stage.ana.id, stage.ben.id, eve.id], creator=stage.ana.id
    )
    accepts = [await stage.ben.presses("Accept"), await eve.presses("Accept")]
    assert [accept.url for accept in accepts] == [huddle(group.id)] * 2
    await stage.world.after(seconds=2)
    join = await stage.ana.presses("Join", on="come in")
    assert join.url == huddle(group.id)


@in_a_huddle
async def test_a_ring_typed_where_only_the_caller_is_meets_in_a_group_message(stage: Stage) -> None:
    await stage.ana.types("/ring @ben")
    await stage.world.settled()
    accept = await stage.ben.presses("Accept")
    mine = {m.channel for m in stage.ana.messages()}
    assert accept.url and accept.url.rpartition("/")[2] not in mine
    group = stage.world.workspace.state.conversations[accept.url.rpartition("/")[2]]
    assert {stage.ana.id, stage.ben.id} <= set(group.members)
    assert [call.method for call in stage.world.workspace.calls if not call.ok] == [], "it asks for nothing it may not"


@in_a_huddle
async def test_everybody_still_meets_when_one_has_left_the_channel_meanwhile(stage: Stage) -> None:
    await ana_rings(stage)
    first = await stage.ben.presses("Accept")
    stage.support.kick(stage.cy)
    await stage.world.stop_bot()
    await stage.world.start_bot()
    await stage.world.settled()
    await stage.ana.presses("Join", at="#support")
    await stage.world.settled()
    mine = await stage.ana.presses("Join", on="Here is your way into the call.")
    assert mine.url == first.url


@at_one_address
async def test_an_address_that_everybody_shares_is_called_nobodys_own(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ana.sees("The link is here already: you are called in when somebody accepts.")
    await stage.ana.types("/notify @cy", at="#support")
    await stage.ana.sees("You told @cy about your call")
    for person in (stage.ana, stage.cy):
        await person.presses("Join", at="#support")
        await person.sees("Here is your way into the call.", at="#support")
        person.sees_not("yours alone")


@in_a_huddle
async def test_with_somebody_more_all_links_lead_to_where_they_can_enter_too(stage: Stage) -> None:
    eve = stage.world.workspace.person("eve")
    await ana_rings(stage, "@ben")
    first = await stage.ben.presses("Accept")
    await stage.world.settled()
    await stage.ana.presses("Add people", at="#support")
    await stage.ana.picks("Who else", eve)
    await stage.ana.submits()
    await stage.world.after(seconds=2)
    accept = await eve.presses("Accept")
    again = await stage.ben.presses("Join", on="You accepted @ana's call")
    assert accept.url and accept.url != first.url
    assert again.url == accept.url


@in_a_huddle
async def test_too_many_for_a_group_message_are_sent_to_the_channel(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"guest{n}") for n in range(9)]
    stage.world.workspace.usergroup("crew", *crowd)
    await ana_rings(stage, "@crew")
    accept = await crowd[0].presses("Accept")
    assert accept.url == huddle(stage.support.id)


@in_a_huddle
async def test_a_huddle_ends_by_end_for_all(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=30)
    assert not stage.world.on_stream().ended_at
    await stage.ana.presses("End for all", at="#support")
    ended = await stage.dee.sees("@ana ended the call for all after 30 min", at="#support")
    assert "Accepted: @ben." in stage.dee.reads(ended)
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


@in_a_huddle
async def test_a_huddle_ends_after_an_hour(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=59)
    assert not stage.world.on_stream().ended_at
    await stage.world.after(minutes=1, seconds=1)
    ended = await stage.dee.sees("The call ended after 1 h", at="#support")
    assert "Accepted: @ben." in stage.dee.reads(ended)
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


@in_a_huddle
async def test_who_leaves_a_huddle_ends_it_for_nobody_else(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=10)
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben left.", at="#support")
    assert not stage.world.on_stream().ended_at
    assert "End for all" in stage.ana.buttons("is on", at="#support")
    await stage.world.after(minutes=50)
    await stage.dee.sees("The call ended after 1 h", at="#support")


@in_a_huddle
async def test_stream_is_not_asked_who_is_in_a_huddle(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=10)
    assert not [each for each in stage.world.coordinator.requests if each.path.endswith("/video/calls")]


@in_a_huddle
async def test_who_is_in_a_huddle_nobody_claims_to_know(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    await stage.world.settled()
    await stage.ana.sees("@ana called\n@ben accepted\n@cy declined", at="#support")
    await stage.ana.presses("End for all", at="#support")
    ended = await stage.dee.sees("Accepted: @ben. Did not accept: @cy (declined).", at="#support")
    stage.dee.sees_not("not in yet", at="#support")
    assert "ot there" not in stage.dee.reads(ended)
