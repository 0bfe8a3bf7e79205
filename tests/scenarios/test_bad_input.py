"""ana types what cannot be done as it stands: she reads a clear sentence, and nobody is rung who should not be."""

import re

import pytest

from bot.sandbox.workspace import Person
from tests.scenarios.conftest import Stage, with_settings


async def ana_reads(stage: Stage, line: str, said: str, *, at: str = "#support") -> str:
    """ana types this and reads that; returns the whole of what it stands in."""
    await stage.ana.types(line, at=at)
    await stage.world.settled()
    return stage.ana.reads(await stage.ana.sees(said, at=at))


def nobody_was_rung(stage: Stage) -> None:
    assert stage.world.cids == []
    for person in (stage.ben, stage.cy, stage.dee):
        assert person.messages() == []
    assert stage.support.messages == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('/ring "Prod is down"', "Nobody is named. Type @ and pick people or a group from Slack's list"),
        ("/ring in 10 minutes", "Nobody is named"),
        ("/ring me", "You cannot ring yourself. Name somebody else"),
        ("/ring @ana", "There is nobody to ring but you. Name somebody else."),
        ("/ring @bne", "I don't know @bne: pick the name from Slack's list while typing."),
        ("/ring @ben @bne", "I don't know @bne"),
        ("/ring @here", "/ring rings people, not channels. To tell a channel: /notify"),
        ("/ring @channel", "/ring rings people, not channels"),
        ("/ring @everyone", "/ring rings people, not channels"),
        ("/ring #support", "/ring rings people, not channels. To tell a channel: /notify #support"),
        ("/ring @ben #support", "/ring rings people, not channels"),
        ('/ring @ben "Prod is down', "A quotation mark is missing"),
        ("/ring @ben quickly", "A topic goes in quotation marks"),
        ("/ring @ben audio video", "A call is either audio or video"),
        ("/notify @here", "Name the channel itself"),
        ("/notify #nowhere", "I don't know #nowhere"),
        ("/notify #support @ben", "Either a channel or people"),
    ],
)
async def test_it_says_what_is_missing_or_wrong(stage: Stage, line: str, said: str) -> None:
    await ana_reads(stage, line, said)
    nobody_was_rung(stage)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/ring @ben today at 9:30", "9:30"),
        ("/ring @ben yesterday at 15:00", "15:00"),
        ("/ring @ben 2026-11-30 14:00", "14:00"),
        ("/ring @ben at 3", "Try"),
        ("/ring @ben 2028-01-01 10:00", "year"),
    ],
)
async def test_a_time_that_has_passed_or_is_unclear_is_said_back_with_a_better_one(
    stage: Stage, line: str, said: str
) -> None:
    whole = await ana_reads(stage, line, said)
    assert "Try" in whole, whole
    nobody_was_rung(stage)


async def test_a_bot_and_someone_deactivated_are_named_and_skipped(stage: Stage) -> None:
    stage.world.workspace.person("jira", is_bot=True)
    stage.world.workspace.person("old").deactivate()
    skipped = await ana_reads(stage, "/ring @ben @jira @old", "Skipped")
    assert "Skipped @jira: a bot." in skipped
    assert "Skipped @old: deactivated." in skipped
    assert members(stage) == {stage.ana.id, stage.ben.id}
    await stage.ben.sees("@ana is ringing you")


async def test_only_a_bot_is_named(stage: Stage) -> None:
    stage.world.workspace.person("jira", is_bot=True)
    whole = await ana_reads(stage, "/ring @jira", "There is nobody to ring.")
    assert "Skipped @jira: a bot." in whole
    nobody_was_rung(stage)


async def test_the_ringer_itself_is_named(stage: Stage) -> None:
    await ana_reads(stage, "/ring @ben @ringer", "Skipped @Ringer: a bot.")
    assert members(stage) == {stage.ana.id, stage.ben.id}


async def test_a_guest_of_the_workspace_is_rung_like_anyone(stage: Stage) -> None:
    gil = stage.world.workspace.person("gil", is_restricted=True)
    await ana_reads(stage, "/ring @gil", "Ringing @gil")
    await gil.sees("@ana is ringing you")
    assert members(stage) == {stage.ana.id, gil.id}


async def test_someone_rung_a_moment_ago_and_deactivated_since_is_skipped_too(stage: Stage) -> None:
    await ana_reads(stage, "/ring @ben", "Ringing @ben")
    await stage.ana.types("/ring cancel", at="#support")
    stage.ben.deactivate()
    await stage.world.settled()
    await ana_reads(stage, "/ring @ben @cy", "Skipped @ben: deactivated.")
    assert members(stage) == {stage.ana.id, stage.cy.id}


async def test_everybody_skipped_is_named_however_many_they_are(stage: Stage) -> None:
    old = [stage.world.workspace.person(f"former{n}") for n in range(97)]
    robots = [stage.world.workspace.person(f"robot{n}", is_bot=True) for n in range(97)]
    for person in old:
        person.deactivate()
    stage.world.workspace.usergroup("everyone", stage.ben, *old, *robots)
    whole = await ana_reads(stage, "/ring @everyone", "Skipped @former0, ")
    assert {f"@{person.name}" for person in (*old, *robots)} <= set(re.findall(r"@\w+", whole))
    assert (whole.count(": deactivated."), whole.count(": bots.")) == (2, 2)
    assert members(stage) == {stage.ana.id, stage.ben.id}


async def test_someone_of_another_organisation_is_rung_where_slack_lets_the_bot_message_them(stage: Stage) -> None:
    zoe = stage.world.workspace.person("zoe", foreign_team="T0OTHER")
    yan = stage.world.workspace.person("yan", foreign_team="T0OTHER")
    shared = stage.world.workspace.channel("shared", stage.ana, zoe, bot_in=True)
    whole = await ana_reads(stage, "/ring @ben @zoe @yan", "Skipped")
    assert whole == "Skipped @yan: Slack does not show them to me."
    await zoe.sees("@ana is ringing you")
    await zoe.presses("Decline")
    await stage.ana.sees("@zoe declined", at="#support")
    assert yan.messages() == []
    assert members(stage) == {stage.ana.id, stage.ben.id, zoe.id}

    shared.remove_bot()
    await ana_reads(
        stage, "/ring @cy @zoe", "Skipped @zoe: from another organisation, and Slack does not let me message"
    )
    assert members(stage) == {stage.ana.id, stage.cy.id}


async def test_a_group_of_more_than_99_people(stage: Stage) -> None:
    crowd = a_crowd(stage, 100)
    stage.world.workspace.usergroup("everybody", *crowd)
    await ana_reads(stage, "/ring @everybody", "That is 100 people, and 99 is the most that one call can ring.")
    nobody_was_rung(stage)
    assert not any(person.messages() for person in crowd)


async def test_a_channel_of_more_than_99_people(stage: Stage) -> None:
    stage.world.workspace.channel("all-hands", stage.ana, *a_crowd(stage, 100), bot_in=True)
    await ana_reads(stage, "/notify #all-hands", "That is 100 people, and 99 is the most that one call can tell.")
    nobody_was_rung(stage)


@with_settings(rings_per_minute=2)
async def test_too_many_calls_within_a_minute_and_after_it_again(stage: Stage) -> None:
    for name in ("@ben", "@cy"):
        await stage.ana.types(f"/ring {name}", at="#support")
    said = await ana_reads(stage, "/ring @dee", "Wait a moment, then try again.")
    assert "You have started many calls within a minute." in said
    await stage.world.settled()
    assert len(stage.world.cids) == 2
    assert stage.dee.buttons("is ringing you") == []
    await stage.ben.types("/ring @dee", at="#support")
    await stage.dee.sees("@ben is ringing you")
    await stage.world.after(minutes=1, seconds=1)
    await stage.ana.types("/ring @dee", at="#support")
    await stage.dee.sees("@ana is ringing you")


@with_settings(rings_per_minute=2)
async def test_what_cannot_be_read_is_not_counted(stage: Stage) -> None:
    for line in ("/ring @bne", "/ring", "/ring help", '/ring "x"'):
        await stage.ana.types(line, at="#support")
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("@ana is ringing you")


def a_crowd(stage: Stage, count: int) -> list[Person]:
    return [stage.world.workspace.person(f"p{number}") for number in range(count)]


def members(stage: Stage) -> set[str]:
    """Who is in the newest call, by their Slack ids."""
    return {str(member.custom.get("slack_user_id")) for member in stage.world.on_stream().members.values()}
