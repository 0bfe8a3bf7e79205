"""ana plans a call: who is told of it, who may change it, and what becomes of it when its time comes."""

from datetime import datetime, timedelta

from bot.sandbox.coordinator import ApiRequest
from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import Person
from tests.scenarios.conftest import EVERYWHERE, TUESDAY_TEN, Stage, with_settings
from tests.scenarios.openings import ids, thread

HALF_PAST_TEN = TUESDAY_TEN + timedelta(minutes=30)
ELEVEN = TUESDAY_TEN + timedelta(hours=1)
TOMORROW = HALF_PAST_TEN + timedelta(days=1)


async def planned(stage: Stage, line: str = '/ring @ben @cy "Retro" at 10:30') -> None:
    """ana has planned a call for half past ten."""
    await stage.ana.types(line, at="#support")
    await stage.ben.sees("invites you to a call")
    await stage.world.settled()


def asked(stage: Stage, operation: str) -> list[ApiRequest]:
    return [request for request in stage.world.coordinator.requests if request.operation == operation]


def rung(stage: Stage) -> set[str]:
    return {user for ring in stage.world.on_stream().rings for user in ring.user_ids}


def updates(stage: Stage) -> list[str]:
    """Which messages were drawn anew, each time."""
    return [call.args["ts"] for call in stage.world.workspace.calls if call.method == "chat.update"]


async def moved(stage: Stage, at: datetime) -> None:
    """ana has moved it."""
    await stage.ana.presses("Edit", at="#support")
    await stage.ana.fills("When", at)
    await stage.ana.submits()
    await stage.ben.sees("changed the plan for a call")
    await stage.world.settled()


async def told(stage: Stage, person: Person) -> int:
    """How many direct messages they have by now."""
    await stage.world.settled()
    return len(stage.world.workspace.dm(person).messages)


@EVERYWHERE
async def test_a_planned_call_is_reminded_of_and_rings_those_who_did_not_say_no(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await planned(stage)
    await ana.sees("is planned for today at 10:30", at="#support")
    await ana.sees("You planned a call with @ben and @cy for today at 10:30")
    assert stage.world.on_stream().starts_at == HALF_PAST_TEN
    assert not stage.world.on_stream().rings
    assert "ring" not in asked(stage, "GetOrCreateCall")[0].body

    await cy.presses("Can't make it")
    await cy.sees("I've told @ana that you can't make it")
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await ben.sees("@ana's call starts at 10:30")
    assert ben.buttons("@ana's call starts") == ["Join early", "Snooze", "Can't make it"]
    assert ana.buttons("Your call with @ben and @cy starts at 10:30") == ["Join early", "Snooze"]
    cy.sees_not("starts at 10:30", at=stage.world.workspace.dm(cy))

    await stage.world.at(HALF_PAST_TEN)
    await ben.sees("@ana is ringing you")
    await ana.sees("You are ringing @ben and @cy")
    cy.sees_not("is ringing you")
    assert rung(stage) == ids(stage, ben)
    await ben.presses("Accept", on="is ringing you")
    await ana.sees("@ben accepted: come in")


async def test_only_its_caller_may_edit_or_cancel_a_plan(stage: Stage) -> None:
    await planned(stage)
    for button in ("Edit", "Cancel"):
        await stage.ben.presses(button, at="#support")
        await stage.ben.sees("Only @ana can do that", at="#support")
    await stage.world.settled()
    assert stage.ben.modal is None
    assert stage.ana.buttons("plans a call", at="#support") == ["Edit", "Cancel"]
    assert not asked(stage, "UpdateCall")
    assert not stage.world.on_stream().ended_at


async def test_an_edit_changes_time_topic_and_people_and_each_hears_of_it_once(stage: Stage) -> None:
    ana, ben, cy, dee = stage.ana, stage.ben, stage.cy, stage.dee
    await planned(stage)
    cid = stage.world.on_stream().cid
    await ana.presses("Edit")
    await ana.picks("Who", [ben, dee])
    await ana.fills("Topic", "Retro of the year")
    await ana.fills("When", ELEVEN)
    assert await ana.submits() == {}
    await ben.sees("@ana changed the plan for a call: now for today at 11:00")
    await cy.sees("@ana removed you from the call planned for today at 11:00")
    await dee.sees("@ana invites you to a call for today at 11:00")
    await stage.world.settled()
    dee.sees_not("changed the plan", at=stage.world.workspace.dm(dee))
    assert "for today at 11:00" in ana.reads(await ana.sees("You planned a call with @ben and @dee"))

    (patch,) = asked(stage, "UpdateCall")
    assert patch.verb == "PATCH"
    call = stage.world.on_stream(cid)
    assert (call.starts_at, call.custom["topic"]) == (ELEVEN, "Retro of the year")
    assert set(call.members) == ids(stage, ana, ben, dee)

    await stage.world.at(HALF_PAST_TEN)
    ben.sees_not("is ringing you")
    await stage.world.at(ELEVEN)
    await dee.sees("@ana is ringing you")
    assert rung(stage) == ids(stage, ben, dee)
    cy.sees_not("is ringing you")


async def test_who_is_brought_in_by_an_edit_is_told_and_the_others_are_left_in_peace(stage: Stage) -> None:
    ana, ben, cy, dee = stage.ana, stage.ben, stage.cy, stage.dee
    await planned(stage)
    before = len(ben.messages(at=stage.world.workspace.dm(ben)))
    await ana.presses("Edit")
    await ana.picks("Who", [ben, cy, dee])
    await ana.submits()
    await dee.sees("@ana invites you to a call for today at 10:30")
    await stage.world.settled()
    assert len(ben.messages(at=stage.world.workspace.dm(ben))) == before
    assert "also @cy and @dee" in ben.reads(await ben.sees("invites you"))
    assert set(stage.world.on_stream().members) == ids(stage, ana, ben, cy, dee)


async def test_who_is_removed_and_brought_back_is_invited_anew_and_reminded(stage: Stage) -> None:
    ana, ben, cy, dee = stage.ana, stage.ben, stage.cy, stage.dee
    await planned(stage, '/ring @ben @dee "Retro" at 10:30')
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await dee.sees("@ana's call starts at 10:30")
    for people in ([ben], [ben, dee], [ben, cy], [ben, dee]):
        await ana.presses("Edit", at="#support")
        await ana.picks("Who", people)
        if people == [ben, dee]:
            await ana.fills("When", ELEVEN)
        await ana.submits()
        await stage.world.after(seconds=3)
    said = [text for text in dee.notifications if "invites you" in text or "removed you" in text]
    assert ["invites" in text for text in said] == [True, False, True, False, True]
    await stage.world.at(ELEVEN - timedelta(minutes=10))
    await dee.sees("@ana's call starts at 11:00")
    await stage.world.at(ELEVEN)
    await dee.sees("@ana is ringing you")


async def test_a_plan_edited_again_and_again_is_not_told_each_time(stage: Stage) -> None:
    await planned(stage)
    before = len(stage.world.workspace.dm(stage.ben).messages)
    for number in range(12):
        await stage.ana.presses("Edit")
        await stage.ana.fills("Topic", f"attempt {number}")
        await stage.ana.submits()
        await stage.world.after(seconds=1)
    await stage.ana.sees("this one was changed several times just now. Wait a moment, then try again.")
    assert len(stage.world.workspace.dm(stage.ben).messages) - before <= 6
    await stage.world.after(seconds=30)
    await stage.ana.presses("Edit")
    await stage.ana.fills("Topic", "the last word")
    await stage.ana.submits()
    await stage.ben.sees("“the last word”")


async def test_changes_that_wait_are_told_each_as_it_was(stage: Stage) -> None:
    await planned(stage)
    await stage.world.after(seconds=5)
    stage.world.breaks(Road.SLACK_API, Kind.TOO_MANY, "chat.postMessage", seconds=20)
    for at in (ELEVEN, TOMORROW):
        await stage.ana.presses("Edit", at="#support")
        await stage.ana.fills("When", at)
        await stage.ana.submits()
        await stage.world.after(seconds=5)
    await stage.world.after(seconds=30)
    assert [line for line in thread(stage) if "changed the plan" in line] == [
        "@ana changed the plan: now planned for today at 11:00, about “Retro”.",
        "@ana changed the plan: now planned for tomorrow at 10:30, about “Retro”.",
    ]


async def test_an_edit_that_cannot_be_is_said_in_its_field_and_nothing_changes(stage: Stage) -> None:
    await planned(stage)
    await stage.ana.presses("Edit")
    await stage.ana.picks("Who", [stage.ana])
    await stage.ana.fills("When", TUESDAY_TEN - timedelta(minutes=5))
    assert await stage.ana.submits() == {
        "users": "Name somebody else: you cannot ring yourself.",
        "at": "That time has passed. Pick one that is still to come.",
    }
    await stage.world.settled()
    assert not asked(stage, "UpdateCall")
    assert stage.world.on_stream().starts_at == HALF_PAST_TEN


async def test_an_edit_handed_in_after_the_call_has_begun_changes_nothing_and_says_so(stage: Stage) -> None:
    await planned(stage)
    await stage.ana.presses("Edit")
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("is ringing you")
    await stage.ana.fills("When", ELEVEN)
    await stage.ana.submits()
    await stage.ana.sees("This call has begun, so there is no plan left to change.")
    assert stage.world.on_stream().starts_at == HALF_PAST_TEN


async def test_a_plan_that_stream_does_not_have_yet_is_said_to_wait_and_to_have_invited_nobody(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "", times=None)
    await stage.ana.types('/ring @ben "Retro" at 10:30', at="#support")
    await stage.ana.sees("is planned for today at 10:30", at="#support")
    await stage.ana.presses("Edit", at="#support")
    await stage.ana.sees("Stream does not have this plan yet, so it cannot be changed yet. Try again in a moment.")
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("The call planned for today at 10:30 is cancelled, and nobody had been invited yet.")
    stage.world.mends()
    await stage.world.settled()
    stage.ben.sees_not("invites you")


async def test_an_edit_handed_in_just_as_the_plan_is_called_off_says_that_it_is_over(stage: Stage) -> None:
    ana, eve = stage.ana, stage.world.workspace.person("eve")
    await planned(stage)
    await ana.presses("Edit")
    await ana.picks("Who", [stage.ben, eve])
    stage.world.breaks(Road.SLACK_API, Kind.TOO_MANY, "users.info", seconds=5)
    await ana.submits()
    await ana.types("/ring cancel")
    await ana.presses("Cancel", on="Which")
    await stage.world.after(seconds=6)
    await ana.sees("This call is over.")
    eve.sees_not("invites you")


async def test_who_is_taken_out_while_in_early_is_out_of_the_call(stage: Stage) -> None:
    await planned(stage)
    await stage.world.joins(stage.ben, stage.cy)
    await stage.ana.presses("Edit")
    await stage.ana.picks("Who", [stage.cy])
    await stage.ana.submits()
    await stage.ben.sees("@ana removed you from the call")
    await stage.world.settled()
    assert {one.user.id for one in stage.world.on_stream().participants} == ids(stage, stage.cy)


async def test_a_no_was_said_to_the_old_time_only(stage: Stage) -> None:
    await planned(stage)
    await stage.cy.presses("Can't make it")
    await stage.ana.sees("@cy can't make it", at="#support")
    await stage.ana.presses("Edit")
    await stage.ana.fills("When", ELEVEN)
    await stage.ana.submits()
    await stage.cy.sees("now for today at 11:00")
    assert stage.cy.buttons("now for today at 11:00") == ["Can't make it"]
    await stage.world.at(ELEVEN)
    await stage.cy.sees("@ana is ringing you")


async def test_a_cancelled_plan_is_told_to_everybody_invited_and_never_rings(stage: Stage) -> None:
    await planned(stage)
    press = await stage.ana.presses("Cancel")
    assert press.asked == "Everybody invited will be told."
    for person in (stage.ben, stage.cy):
        await person.sees("@ana cancelled the call planned for today at 10:30")
    await stage.world.at(HALF_PAST_TEN + timedelta(minutes=2))
    stage.ben.sees_not("is ringing you")
    stage.ben.sees_not("starts at 10:30")
    call = stage.world.on_stream()
    assert call.ended_at
    assert not call.rings
    assert not call.reject_reasons
    assert stage.ben.buttons("invites you") == []
    assert stage.ana.buttons("is over", at="#support") == []


async def test_a_plan_ended_in_another_client_is_told_to_everybody_invited(stage: Stage) -> None:
    await planned(stage)
    await stage.world.phone(stage.ana).ends(stage.world.cids[-1])
    for person in (stage.ben, stage.cy):
        await person.sees("@ana ended the call planned for today at 10:30.")
        assert await told(stage, person) == 2


async def test_a_plan_cancelled_when_its_time_has_come_is_told_to_everybody_invited(stage: Stage) -> None:
    await planned(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "", times=None)
    await stage.world.at(HALF_PAST_TEN)
    await stage.world.after(seconds=3)
    before = await told(stage, stage.ben)
    await stage.ana.presses("Cancel", at="#support")
    await stage.ben.sees("@ana cancelled the call planned for today at 10:30")
    stage.world.mends()
    assert await told(stage, stage.ben) == before + 1


async def test_a_plan_that_stream_is_down_for_is_told_to_everybody_invited(stage: Stage) -> None:
    await planned(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "", times=None)
    await stage.world.at(HALF_PAST_TEN)
    before = await told(stage, stage.ben)
    for _ in range(10):
        await stage.world.after(seconds=8)
    stage.world.mends()
    await stage.ben.sees("· planned for today at 10:30")
    assert await told(stage, stage.ben) == before + 1


async def test_somebody_cannot_make_it_and_then_can(stage: Stage) -> None:
    await planned(stage)
    await stage.cy.presses("Can't make it")
    await stage.ana.sees("@cy can't make it", at="#support")
    await stage.cy.sees("You said you can't make it.")
    assert stage.cy.buttons("You said you can't make it.") == ["I can make it"]
    await stage.cy.presses("I can make it", on="You said you can't make it.")
    await stage.world.after(seconds=3)
    await stage.ana.sees("@cy can make it after all.", at="#support")
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await stage.cy.sees("@ana's call starts at 10:30")
    await stage.world.at(HALF_PAST_TEN)
    await stage.cy.sees("@ana is ringing you")


async def test_can_t_make_it_twice_is_said_once_and_the_second_press_hears_why(stage: Stage) -> None:
    await planned(stage)
    await stage.cy.presses("Can't make it")
    await stage.cy.sees("I've told @ana")
    await stage.cy.presses("Can't make it", stale=True)
    await stage.cy.sees("You have said already that you can't make it.")
    await stage.world.after(seconds=3)
    thread = [m for m in stage.support.messages if m.is_reply]
    assert "\n".join(m.text for m in thread).count("can't make it") == 1


async def test_who_cannot_make_it_finds_a_way_in_all_the_same_once_it_has_begun(stage: Stage) -> None:
    await planned(stage)
    await stage.cy.presses("Can't make it")
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("is ringing you")
    assert stage.cy.buttons("invites you") == ["Join"]
    press = await stage.cy.presses("Join", on="invites you")
    stage.alone_has(stage.cy, press.url)


async def test_nobody_can_make_it_and_the_call_is_over_at_its_time(stage: Stage) -> None:
    await planned(stage)
    for person in (stage.ben, stage.cy):
        await person.presses("Can't make it")
    await stage.world.at(HALF_PAST_TEN + timedelta(seconds=1))
    await stage.ana.sees("Nobody could make it.", at="#support")
    assert stage.world.on_stream().ended_at
    assert not stage.world.on_stream().rings


async def test_nobody_can_make_it_to_be_told_and_nobody_is(stage: Stage) -> None:
    await planned(stage, '/notify @ben @cy "Demo" at 10:30')
    for person in (stage.ben, stage.cy):
        await person.presses("Can't make it")
    await stage.world.at(HALF_PAST_TEN + timedelta(seconds=1))
    await stage.ana.sees("Nobody could make it.", at="#support")
    assert not [event for event in stage.world.coordinator.events if event["type"] == "call.notification"]
    stage.ana.sees_not("You told @ben and @cy")


async def test_a_reminder_can_be_snoozed_until_a_minute_before(stage: Stage) -> None:
    ben = stage.ben
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await ben.presses("Snooze")
    await ben.sees("I'll remind you again today at 10:25.")
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=4, seconds=59))
    reminders = [m for m in ben.messages(at=stage.world.workspace.dm(ben)) if "starts at 10:30" in ben.reads(m)]
    assert len(reminders) == 2
    assert ben.buttons(reminders[0]) == []
    await ben.presses("Snooze")
    await ben.sees("I'll remind you again today at 10:29.")
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=1))
    await ben.presses("Snooze")
    await ben.sees("there is no time left to remind you again")
    await stage.world.at(HALF_PAST_TEN)
    await ben.sees("is ringing you")


def reminders(stage: Stage, person: Person) -> list[str]:
    return [text for text in person.notifications if "@ana's call starts" in text]


async def test_a_reminder_of_a_time_that_the_plan_was_moved_from_says_when_it_is_now(stage: Stage) -> None:
    ben = stage.ben
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await ben.sees("@ana's call starts at 10:30")
    await moved(stage, TOMORROW)
    await ben.sees("@ana's call starts tomorrow at 10:30")
    await ben.presses("Snooze", stale=True)
    await ben.sees("I'll remind you again tomorrow at 10:20.")
    await stage.world.at(HALF_PAST_TEN + timedelta(minutes=5))
    assert len(reminders(stage, ben)) == 1
    await stage.world.at(TOMORROW - timedelta(minutes=10))
    await stage.world.after(seconds=5)
    assert len(reminders(stage, ben)) == 2


async def test_who_looked_in_early_and_left_is_reminded(stage: Stage) -> None:
    await planned(stage)
    await stage.world.joins(stage.ben)
    await stage.world.leaves(stage.ben)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await stage.ben.sees("@ana's call starts at 10:30")


async def test_who_was_in_early_when_the_plan_was_moved_is_reminded(stage: Stage) -> None:
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=12))
    await stage.world.joins(stage.ben)
    await moved(stage, TOMORROW)
    await stage.world.leaves(stage.ben)
    await stage.world.at(TOMORROW - timedelta(minutes=10))
    await stage.ben.sees("@ana's call starts at 10:30")


@with_settings(reminder_minutes=1440)
async def test_a_reminder_a_day_before_says_which_day(stage: Stage) -> None:
    await planned(stage, '/ring @ben "Retro" tomorrow at 12:00')
    await stage.world.at(TUESDAY_TEN + timedelta(hours=2))
    await stage.ben.sees("@ana's call starts tomorrow at 12:00")
    await stage.world.after(seconds=3)
    await stage.ana.sees("Reminded @ana and @ben that it starts tomorrow at 12:00.", at="#support")


async def test_who_joins_early_is_not_rung(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    press = await ben.presses("Join early")
    stage.alone_has(ben, press.url)
    await stage.world.joins(ben)
    await ana.sees("@ben joined", at="#support")
    await stage.world.at(HALF_PAST_TEN)
    await cy.sees("is ringing you")
    ben.sees_not("is ringing you")
    assert rung(stage) == ids(stage, cy)


async def test_all_come_early_and_the_call_that_took_place_is_one_like_any_other(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    await planned(stage, '/ring @ben "Retro" at 10:30')
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=5))
    await stage.world.joins(ben, ana)
    await stage.world.at(HALF_PAST_TEN)
    await stage.world.after(minutes=10)
    await stage.world.leaves(ben, ana)
    await stage.world.after(minutes=1)
    await ben.opens_home()
    await stage.world.settled()
    assert ana.buttons("is over", at="#support") == ["Ring again"]
    assert ben.home and "You were there." in ben.reads(ben.home)
    ben.sees_not("the call planned for")


async def test_a_plan_nearer_than_the_reminder_has_none(stage: Stage) -> None:
    await planned(stage, '/ring @ben @cy "Retro" in 5 minutes')
    await stage.world.after(minutes=4)
    stage.ben.sees_not("Join early")
    await stage.world.after(minutes=1, seconds=1)
    await stage.ben.sees("is ringing you")


async def test_moved_to_a_time_near_by_it_is_not_reminded_of_and_moved_away_again_it_is(stage: Stage) -> None:
    await planned(stage)
    await stage.ana.presses("Edit")
    await stage.ana.fills("When", TUESDAY_TEN + timedelta(minutes=5))
    await stage.ana.submits()
    await stage.ben.sees("now for today at 10:05")
    await stage.world.after(minutes=2)
    stage.ben.sees_not("Join early")
    await stage.ana.presses("Edit")
    await stage.ana.fills("When", ELEVEN)
    await stage.ana.submits()
    await stage.ben.sees("now for today at 11:00")
    await stage.world.at(TUESDAY_TEN + timedelta(minutes=20))
    stage.ben.sees_not("Join early")
    await stage.world.at(ELEVEN - timedelta(minutes=10))
    await stage.ben.sees("@ana's call starts at 11:00")
    assert stage.ben.buttons("changed a plan, and has changed it again") == []


async def test_somebody_deactivated_before_the_ring_is_named_and_left_out(stage: Stage) -> None:
    await planned(stage)
    stage.cy.deactivate()
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("@ana is ringing you")
    await stage.world.after(seconds=3)
    await stage.ana.sees("Skipped @cy: deactivated.", at="#support")
    assert rung(stage) == ids(stage, stage.ben)


async def test_nobody_is_left_to_ring_and_the_caller_is_told(stage: Stage) -> None:
    await planned(stage, '/ring @ben "Retro" at 10:30')
    stage.ben.deactivate()
    await stage.world.at(HALF_PAST_TEN)
    await stage.ana.sees("Nobody was rung")
    await stage.ana.sees("those who were invited cannot be rung any more")
    assert not stage.world.on_stream().rings
    assert stage.world.on_stream().ended_at


async def test_its_caller_is_deactivated_and_nobody_is_rung_in_their_name(stage: Stage) -> None:
    await planned(stage)
    stage.ana.deactivate()
    await stage.world.at(HALF_PAST_TEN)
    why = "@ana, who planned this call, is deactivated, so nobody was rung."
    told = await stage.ben.sees("· planned for today at 10:30")
    await stage.ben.sees(why, at="#support")
    await stage.world.settled()
    invitation = await stage.ben.sees("invites you to a call")
    for message in (told, invitation):
        assert why in stage.ben.reads(message)
        assert stage.ben.buttons(message) == []
    assert not stage.world.on_stream().rings
    assert stage.world.on_stream().ended_at
    stage.cy.sees_not("is ringing you")


async def test_its_caller_is_deactivated_and_who_came_early_is_not_put_out(stage: Stage) -> None:
    await planned(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await stage.ben.presses("Join early")
    await stage.world.joins(stage.ben)
    stage.ana.deactivate()
    await stage.world.at(HALF_PAST_TEN)
    await stage.world.after(seconds=3)
    await stage.ben.sees("@ana, who planned this call, is deactivated, so nobody was rung.", at="#support")
    await stage.ben.sees("@ben in the call", at="#support")
    stage.cy.sees_not("is ringing you")
    assert not stage.world.on_stream().ended_at


async def test_a_channels_plan_whose_caller_is_deactivated_says_so_in_the_channel(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types('/notify #support "Retro" at 10:30', at="#support")
    await stage.ben.sees("@ana plans a call", at="#support")
    stage.ana.deactivate()
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("@ana, who planned this call, is deactivated, so nobody was told.", at="#support")


async def test_slack_does_not_say_who_is_left_and_they_are_rung_all_the_same(stage: Stage) -> None:
    await planned(stage)
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_503, "users.info", times=None)
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("@ana is ringing you")
    assert rung(stage) == ids(stage, stage.ben, stage.cy)


async def test_a_call_whose_time_has_come_is_said_to_be_about_to_ring_only_where_it_takes_long(stage: Stage) -> None:
    await planned(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "", times=None)
    await stage.world.at(HALF_PAST_TEN)
    await stage.world.settled()
    stage.ana.sees_not("about to ring", at="#support")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ana is about to ring @ben and @cy", at="#support")
    await stage.ben.sees("It has begun.")
    assert stage.ana.buttons("is about to ring", at="#support") == ["Cancel"]
    await stage.ben.opens_home()
    await stage.ben.sees("About to ring")
    stage.ben.sees_not("Going on")


async def test_a_call_that_rings_at_its_time_is_drawn_once(stage: Stage) -> None:
    await planned(stage)
    already = len(updates(stage))
    await stage.world.at(HALF_PAST_TEN)
    await stage.ana.sees("is ringing @ben and @cy", at="#support")
    await stage.world.after(seconds=3)
    await stage.world.settled()
    drawn = updates(stage)[already:]
    assert len(drawn) == len(set(drawn))


@EVERYWHERE
async def test_a_call_due_while_the_bot_was_away_is_rung_when_it_is_back_in_time(stage: Stage) -> None:
    await planned(stage)
    await stage.world.stop_bot()
    stage.world.clock.turn(timedelta(minutes=30, seconds=20))
    await stage.world.start_bot()
    await stage.ben.sees("@ana is ringing you")
    await stage.world.settled()
    assert rung(stage) == ids(stage, stage.ben, stage.cy)


async def test_a_call_due_while_the_bot_was_away_for_too_long_is_said_to_have_been_missed(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await planned(stage)
    await cy.presses("Can't make it")
    await stage.world.settled()
    await stage.world.stop_bot()
    stage.world.clock.turn(timedelta(minutes=45))
    await stage.world.start_bot()
    await ben.sees("You missed a call from @ana, planned for today at 10:30")
    assert ben.buttons("You missed a call") == ["Call back"]
    await ana.sees("The ringer was not running at that time, so nobody was rung.")
    assert ana.buttons("The ringer was not running") == ["Ring again"]
    await stage.world.after(seconds=3)
    await ana.sees("@ben missed it at 10:30.", at="#support")
    assert not stage.world.on_stream().rings
    assert stage.world.on_stream().ended_at
    for person in (ben, cy):
        person.sees_not("is ringing you")

    await ben.presses("Call back", on="You missed a call")
    await ana.sees("@ben is ringing you")


async def test_ring_again_rings_those_the_plan_came_to_have(stage: Stage) -> None:
    ana, ben, dee = stage.ana, stage.ben, stage.dee
    await planned(stage)
    await ana.presses("Edit")
    await ana.picks("Who", [ben, dee])
    await ana.fills("Topic", "Another matter")
    await ana.submits()
    await stage.world.at(HALF_PAST_TEN)
    await dee.sees("is ringing you")
    await stage.world.after(seconds=61)
    await ana.presses("Ring again")
    await dee.sees("rings until 10:32")
    await stage.world.settled()
    assert len(stage.world.cids) == 2
    assert rung(stage) == ids(stage, ben, dee)
    assert stage.world.on_stream().custom["topic"] == "Another matter"


async def test_people_s_words_ping_nobody(stage: Stage) -> None:
    await planned(stage, '/ring @ben @cy "<!channel> & *x* @here" at 10:30')
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("is ringing you")
    await stage.world.after(seconds=3)
    for message in stage.world.workspace.messages():
        drawn = message.text + str(message.blocks)
        assert "<!channel" not in drawn
        assert "<!here" not in drawn
    await stage.ben.sees("<!channel> & ∗x∗ @here")
    assert stage.world.on_stream().custom["topic"] == "<!channel> & *x* @here"


async def test_every_message_has_words_for_notifications_and_screen_readers(stage: Stage) -> None:
    await planned(stage)
    await stage.cy.presses("Can't make it")
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("is ringing you")
    await stage.world.after(minutes=2)
    messages = stage.world.workspace.messages()
    assert all(message.text.strip() for message in messages)
    assert "@ana is ringing you. It is about “Retro”." in stage.ben.notifications
