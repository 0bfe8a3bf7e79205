"""What ana has going on, as `/ring list` shows it, and what `/ring cancel` takes back."""

from datetime import timedelta

from tests.scenarios.conftest import TUESDAY_TEN, Stage, with_settings


async def listed(stage: Stage) -> str:
    await stage.ana.types("/ring list", at="#support")
    return stage.ana.reads(stage.ana.messages(at="#support")[-1])


async def test_help_says_what_can_be_typed(stage: Stage) -> None:
    await stage.ana.types("/ring help", at="#support")
    shown = stage.ana.reads(await stage.ana.sees("/ring list", at="#support"))
    for line in ("/ring cancel", "/notify", "tomorrow 9:30"):
        assert line in shown
    await stage.world.settled()
    stage.ben.sees_not("/ring")


async def test_nothing_going_on_is_said(stage: Stage) -> None:
    assert await listed(stage) == "You have no calls now. Type /ring @name to ring somebody."


async def test_the_list_shows_incoming_outgoing_live_and_planned_calls_with_their_buttons(stage: Stage) -> None:
    ana, ben, cy, dee = stage.ana, stage.ben, stage.cy, stage.dee
    await ana.types('/ring @ben "Lunch" at 12:00', at="#support")
    await ana.types('/ring @dee "Live"', at="#support")
    await dee.sees("is ringing you")
    await dee.presses("Accept")
    await ana.types('/ring @cy "Mine"', at="#support")
    await cy.sees("is ringing you")
    await ben.types('/ring @ana "Yours"', at="#support")
    await ana.sees("@ben is ringing you")
    await stage.world.settled()
    shown = await listed(stage)
    assert [line for line in shown.splitlines() if line in ("Incoming", "Outgoing", "Live", "Scheduled", "Recent")] == [
        "Incoming",
        "Outgoing",
        "Live",
        "Scheduled",
    ]
    for topic, buttons in {
        "“Yours”": "[Accept] [Decline] [Decline with… ▾]",
        "“Mine”": "[Join] [Cancel]",
        "“Live”": "[Join]",
        "“Lunch”": "[Join early] [Edit] [Cancel]",
    }.items():
        assert buttons in shown.partition(topic)[2].split("“")[0], topic
    stage.dee.sees_not("“Lunch”", at=stage.world.workspace.dm(stage.dee))


async def ana_plans(stage: Stage, number: int) -> None:
    """So many calls for tomorrow, each some minutes after the one before."""
    stage.world.coordinator.behaviour.limits_per_second = False
    for each in range(number):
        await stage.ana.types(f'/ring @ben "plan {each}" tomorrow {9 + each // 6}:{each % 6}5', at="#support")
    await stage.world.settled()


@with_settings(rings_per_minute=0, rings_per_minute_workspace=0)
async def test_of_many_plans_the_list_shows_the_soonest_and_counts_the_others(stage: Stage) -> None:
    await ana_plans(stage, 70)
    shown = await listed(stage)
    assert stage.ana.messages(at="#support")[-1].text == "You have 70 calls."
    assert [line for line in shown.splitlines() if "plan " in line] == [f"“plan {each}”" for each in range(20)]
    assert shown.endswith("50 more not shown")
    await stage.ana.opens_home()
    await stage.world.settled()
    assert stage.ana.home is not None
    assert stage.ana.reads(stage.ana.home).endswith("30 more not shown")


@with_settings(rings_per_minute=0, rings_per_minute_workspace=0)
async def test_of_many_calls_cancel_offers_those_that_ring_and_the_soonest_and_counts_the_others(stage: Stage) -> None:
    for callee in ("@cy", "@dee"):
        await stage.ana.types(f"/ring {callee}", at="#support")
    await ana_plans(stage, 25)
    await stage.ana.types("/ring cancel", at="#support")
    offered = stage.ana.reads(await stage.ana.sees("Which of these do you want to cancel?", at="#support"))
    assert [call.split()[0] for call in offered.split("Your call with ")[1:]] == ["@dee", "@cy", *["@ben"] * 18]
    assert [f"“plan {each}”" for each in range(25) if f"“plan {each}”" in offered][-1] == "“plan 17”"
    assert offered.endswith("7 more not shown")


async def test_its_buttons_work(stage: Stage) -> None:
    await stage.ben.types("/ring @ana", at="#support")
    await stage.ana.sees("@ben is ringing you")
    await listed(stage)
    await stage.ana.presses("Decline", on="Incoming", at="#support")
    await stage.ben.sees("@ana declined", at="#support")
    await stage.ana.sees("You declined @ben's call.", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ana): "decline"}


async def test_a_call_accepted_from_the_list_gives_a_link_to_its_reader_alone(stage: Stage) -> None:
    await stage.ben.types("/ring @ana", at="#support")
    await stage.ana.sees("@ben is ringing you")
    await listed(stage)
    await stage.ana.presses("Accept", on="Incoming", at="#support")
    await stage.ana.sees("This link is yours alone.", at="#support")
    press = await stage.ana.presses("Join", on="This link is yours alone.")
    stage.alone_has(stage.ana, press.url)


async def test_cancel_takes_back_the_one_ring_there_is(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("is ringing you")
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("Your call with @ben is cancelled.", at="#support")
    await stage.ben.sees("@ana cancelled the call.")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ana): "cancel"}


async def test_cancel_asks_which_and_says_that_it_was_done(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ana.types('/ring @cy "Lunch" at 12:00', at="#support")
    await stage.ana.types("/ring @dee", at="#support")
    for person, sight in ((stage.ben, "is ringing you"), (stage.cy, "invites you"), (stage.dee, "is ringing you")):
        await person.sees(sight)
    await stage.ana.types("/ring cancel", at="#support")
    question = await stage.ana.sees("Which of these do you want to cancel?", at="#support")
    assert stage.ana.buttons(question) == ["Cancel", "Cancel", "Cancel"]
    await stage.ana.presses("Cancel", on=question)
    await stage.ana.sees("Your call with @dee is cancelled.", at="#support")
    await stage.dee.sees("@ana cancelled the call.")
    await stage.world.settled()
    for person in (stage.ben, stage.cy):
        person.sees_not("cancelled", at=stage.world.workspace.dm(person))


async def test_cancel_asks_about_a_plan_rather_than_calling_it_off(stage: Stage) -> None:
    await stage.ana.types('/ring @cy "Lunch" at 12:00', at="#support")
    await stage.cy.sees("invites you")
    await stage.ana.types("/ring cancel", at="#support")
    question = await stage.ana.sees("Which of these do you want to cancel?", at="#support")
    await stage.world.settled()
    stage.cy.sees_not("cancelled")
    await stage.ana.presses("Cancel", on=question)
    await stage.ana.sees("The call planned for today at 12:00 is cancelled, and everybody invited will be told.")
    await stage.cy.sees("@ana cancelled the call planned for today at 12:00.")


async def test_cancel_with_nothing_to_cancel_says_so(stage: Stage) -> None:
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("You have no call to cancel.", at="#support")


async def test_cancel_after_somebody_accepted_says_what_can_be_done_instead(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("is ringing you")
    await stage.ben.presses("Accept")
    await stage.ana.sees("@ben accepted: come in")
    await stage.ana.types("/ring cancel", at="#support")
    said = await stage.ana.sees("Somebody has accepted, so this call cannot be cancelled.", at="#support")
    assert stage.ana.buttons(said) == ["Leave", "End for all"]
    assert not stage.world.on_stream().ended_at


async def test_another_s_plan_is_in_the_list_of_those_invited(stage: Stage) -> None:
    await stage.ben.types('/ring @ana "Lunch" at 12:00', at="#support")
    await stage.ana.sees("invites you")
    shown = await listed(stage)
    assert "Planned for today at 12:00" in shown
    assert "[Join early] [Can't make it]" in shown
    await stage.ana.presses("Can't make it", on="Scheduled", at="#support")
    await stage.ana.sees("I've told @ben that you can't make it.")
    assert "you said you can't make it" in await listed(stage)
    await stage.world.at(TUESDAY_TEN + timedelta(hours=2))
    stage.ana.sees_not("is ringing you")
