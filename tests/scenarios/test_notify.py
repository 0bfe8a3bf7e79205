"""ana tells people of a call without ringing anybody: a channel by its card, people named by a direct message each."""

from datetime import timedelta

from bot.sandbox.coordinator import ApiRequest
from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import Channel, Person
from tests.scenarios.conftest import EVERYWHERE, TUESDAY_TEN, Stage

HALF_PAST_TEN = TUESDAY_TEN + timedelta(minutes=30)


def notified(stage: Stage) -> list[ApiRequest]:
    """Each time Stream was asked to notify its members."""
    asked = [(request, {**request.query, **(request.body or {})}) for request in stage.world.coordinator.requests]
    return [request for request, said in asked if said.get("notify") in (True, "true")]


def dm(stage: Stage, person: Person) -> Channel:
    return stage.world.workspace.dm(person)


@EVERYWHERE
async def test_a_channel_is_told_by_a_card_on_which_people_join(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    stage.support.add_bot()
    await ana.types('/notify #support "All hands"', at="#support")
    await ana.sees("Telling #support about your call…")
    await ben.sees("@ana is telling #support about a call", at="#support")
    await stage.world.settled()
    assert len(notified(stage)) == 1
    assert not stage.world.on_stream().rings
    assert set(stage.world.on_stream().members) == {stage.world.stream_id(p) for p in (ana, ben, stage.cy, stage.dee)}
    assert not dm(stage, ben).messages

    buttons = ben.buttons("is telling #support about a call")
    assert buttons == ["Join", "Notify again", "End for all"]
    press = await ben.presses("Join", at="#support")
    assert press.url is None
    await ben.sees("This link is yours alone.")
    link = await ben.presses("Join", on="This link is yours alone.")
    stage.alone_has(ben, link.url)
    await stage.world.joins(ben)
    await ana.sees("@ben joined", at="#support")


async def test_who_comes_to_the_channel_later_reads_whom_the_call_is_for(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types("/notify #support", at="#support")
    await stage.world.settled()
    eve = stage.world.workspace.person("eve")
    stage.support.invite(eve)
    await eve.presses("Join", at="#support")
    note = await eve.sees("This call is for those who were in #support when @ana asked for it", at="#support")
    assert "can add you" not in eve.reads(note)


async def test_its_caller_has_a_link_at_once(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types("/notify #support", at="#support")
    await stage.ana.sees("You told #support about your call")
    press = await stage.ana.presses("Join", on="You told #support")
    stage.alone_has(stage.ana, press.url)


async def test_people_named_get_a_direct_message_each_and_no_accept_or_decline(stage: Stage) -> None:
    await stage.ana.types('/notify @ben @cy "Standup"', at="#support")
    for person in (stage.ben, stage.cy):
        await person.sees("@ana is telling you about a call", at=dm(stage, person))
        assert person.buttons("@ana is telling you about a call") == ["Join"]
        assert "@ana is telling you about a call. It is about “Standup”." in person.notifications
    stage.dee.sees_not("telling you")
    press = await stage.ben.presses("Join", on="is telling you about a call")
    stage.alone_has(stage.ben, press.url)
    await stage.world.settled()
    assert len(notified(stage)) == 1
    assert not stage.world.on_stream().rings


async def test_nobody_misses_it(stage: Stage) -> None:
    await stage.ana.types("/notify @ben", at="#support")
    await stage.ben.sees("is telling you about a call")
    await stage.world.after(minutes=30)
    assert stage.ben.buttons("is telling you about a call") == ["Join"]
    stage.ana.sees_not("missed")
    call = stage.world.on_stream()
    assert not call.ended_at
    assert not call.reject_reasons


async def test_its_caller_may_notify_again_once_a_minute(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    stage.support.add_bot()
    await ana.types('/notify #support "All hands"', at="#support")
    await ben.sees("is telling #support about a call")
    await ana.presses("Notify again", at="#support")
    await ana.sees("People can be told again once a minute. Wait a moment.")
    await stage.world.settled()
    assert len(notified(stage)) == 1

    await ben.presses("Notify again", at="#support")
    await ben.sees("Only @ana can do that")
    await stage.world.after(minutes=1)
    await ana.presses("Notify again", at="#support")
    await ana.sees("They are told once more.")
    again = await ben.sees("@ana told #support about this call once more.", at="#support")
    assert getattr(again, "reply_broadcast", None)
    await stage.world.settled()
    assert [(r.verb, r.operation) for r in notified(stage)][1:] == [("GET", "GetCall")]


async def test_people_named_are_told_again_too_but_for_those_who_are_in(stage: Stage) -> None:
    await stage.ana.types('/notify @ben @cy "Standup"', at="#support")
    await stage.ben.sees("is telling you about a call")
    await stage.world.joins(stage.cy)
    await stage.world.after(minutes=1)
    await stage.ana.presses("Notify again", on="You told @ben and @cy")
    await stage.ben.sees("@ana is telling you about a call once more: “Standup”.")
    assert stage.ben.buttons("once more: “Standup”") == ["Join"]
    await stage.world.settled()
    stage.cy.sees_not("is telling you about a call once more")


async def test_where_all_are_in_nobody_is_said_to_be_told_again(stage: Stage) -> None:
    await stage.ana.types("/notify @ben", at="#support")
    await stage.ben.sees("is telling you about a call")
    await stage.world.settled()
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(minutes=1)
    await stage.ana.presses("Notify again", at="#support")
    await stage.ana.sees("Everybody who was told is in the call already: only their Stream apps are told once more.")
    await stage.world.settled()
    assert len(notified(stage)) == 2
    stage.ana.sees_not("They are told once more")
    stage.ben.sees_not("once more")


async def test_whom_nobody_rings_is_not_said_to_be_rung(stage: Stage) -> None:
    stage.trouble_expected = True
    await stage.ana.opens_home()
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, "", seconds=5)
    await stage.ana.types("/notify @ben", at="#support")
    await stage.ana.sees("About to tell")
    await stage.world.after(seconds=8)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_400, "/members$")
    for _ in range(2):
        await stage.ana.presses("Add people", at="#support")
        await stage.ana.picks("Who else", [stage.dee])
        await stage.ana.submits()
        await stage.world.after(seconds=3)
    await stage.dee.sees("is telling you about a call")
    await stage.ana.sees("Stream could not tell @dee about this call.", at="#support")
    await stage.ana.sees("@dee not told by Stream", at="#support")
    await stage.ana.sees("There is nobody to tell: they have all been told already.")
    stage.ana.sees_not("to ring")
    stage.ana.sees_not("rung")


async def test_the_bot_must_be_in_the_channel(stage: Stage) -> None:
    await stage.ana.types("/notify #support", at="#support")
    await stage.ana.sees("I am not in #support. Type /invite @Ringer there, then the command once more.")
    await stage.world.settled()
    assert not stage.world.cids
    assert not stage.support.messages


async def test_the_bot_is_invited_and_the_command_typed_once_more(stage: Stage) -> None:
    await stage.ana.types("/notify #support", at="#support")
    await stage.ana.sees("then the command once more.", at="#support")
    stage.support.add_bot()
    await stage.world.after(seconds=4)
    await stage.ana.types("/notify #support", at="#support")
    await stage.ben.sees("@ana is telling", at="#support")
    assert len(stage.world.cids) == 1


async def test_the_caller_must_be_in_the_channel(stage: Stage) -> None:
    stage.world.workspace.channel("sales", stage.ben, bot_in=True)
    await stage.ana.types("/notify #sales", at="#support")
    await stage.ana.sees("You are not in #sales. Join it, then type the command once more.")
    await stage.world.settled()
    assert not stage.world.cids
    stage.ben.sees_not("call", at="#sales")


async def test_ninety_nine_people_are_told(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"p{n}") for n in range(99)]
    stage.world.workspace.channel("all", stage.ana, *crowd, bot_in=True)
    await stage.ana.types("/notify #all", at="#support")
    await crowd[0].sees("@ana is telling #all about a call", at="#all")
    await stage.world.settled()
    assert len(stage.world.on_stream().members) == 100
    await stage.ana.sees("99 told", at="#all")


async def test_more_are_refused_with_the_count(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"p{n}") for n in range(100)]
    stage.world.workspace.channel("all", stage.ana, *crowd, bot_in=True)
    await stage.ana.types("/notify #all", at="#support")
    await stage.ana.sees("That is 100 people, and 99 is the most that one call can tell.")
    await stage.world.settled()
    assert not stage.world.cids


async def test_a_channel_is_told_of_a_call_for_later_and_called_when_it_begins(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    stage.support.add_bot()
    await ana.types('/notify #support "Demo" at 10:30', at="#support")
    await ben.sees("@ana plans a call with #support for today at 10:30", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == HALF_PAST_TEN
    assert not notified(stage)
    await stage.world.at(HALF_PAST_TEN - timedelta(minutes=10))
    await ana.sees("Your call with #support starts at 10:30")
    assert not dm(stage, ben).messages

    await stage.world.at(HALF_PAST_TEN)
    told = await ben.sees("@ana told #support about this call.", at="#support")
    assert getattr(told, "reply_broadcast", None)
    await ben.sees("@ana is telling #support about a call", at="#support")
    await ana.sees("You told #support about your call")
    await stage.world.settled()
    assert len(notified(stage)) == 1
    assert not stage.world.on_stream().rings
    assert "Join" in ben.buttons("is telling #support about a call")
    assert "@ben" not in "".join(m.text for m in stage.support.messages)


async def test_people_named_for_later_are_told_then_but_for_those_who_said_no(stage: Stage) -> None:
    await stage.ana.types('/notify @ben @cy "Demo" at 10:30', at="#support")
    await stage.cy.sees("@ana invites you to a call for today at 10:30")
    await stage.cy.presses("Can't make it")
    await stage.world.at(HALF_PAST_TEN)
    await stage.ben.sees("@ana is telling you about a call")
    await stage.world.settled()
    stage.cy.sees_not("is telling you about a call")
    assert len(notified(stage)) == 1


async def test_a_channel_archived_before_its_time_is_not_said_to_be_told(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types('/notify #support "Demo" at 10:30', at="#support")
    await stage.ben.sees("plans a call")
    stage.support.archive()
    await stage.world.at(HALF_PAST_TEN)
    await stage.ana.sees("#support is archived, so nobody was told.")
    stage.ana.sees_not("You told #support")
    assert stage.world.on_stream().ended_at


async def test_a_private_channel_that_the_bot_was_removed_from_is_not_said_to_be_told(stage: Stage) -> None:
    room = stage.world.workspace.channel("war", stage.ana, stage.ben, private=True, bot_in=True)
    await stage.ana.types('/notify #war "Demo" at 10:30', at="#war")
    await stage.ben.sees("plans a call")
    room.remove_bot()
    await stage.world.at(HALF_PAST_TEN)
    await stage.ana.sees("any more, so nobody was told.")
    stage.ana.sees_not("You told #war")


async def test_a_notify_due_while_the_bot_was_away_for_long_is_not_told_late(stage: Stage) -> None:
    await stage.ana.types('/notify @ben "Demo" at 10:30', at="#support")
    await stage.ben.sees("invites you")
    await stage.world.settled()
    await stage.world.stop_bot()
    stage.world.clock.turn(timedelta(minutes=40))
    await stage.world.start_bot()
    await stage.ana.sees("Nobody was told")
    await stage.ana.sees("The ringer was not running at that time, so nobody was told.")
    await stage.world.settled()
    stage.ben.sees_not("is telling you about a call")
    assert not notified(stage)


async def test_a_notify_ends_when_its_caller_ends_it(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types("/notify #support", at="#support")
    await stage.ben.sees("is telling #support about a call")
    press = await stage.ana.presses("End for all", at="#support")
    assert press.asked
    await stage.ben.sees("@ana ended the call for all before anybody joined.", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at
    assert stage.ben.buttons("is over", at="#support") == []


async def test_alone_it_opens_a_form(stage: Stage) -> None:
    await stage.ana.types("/notify", at="#support")
    await stage.ana.picks("Whom to tell", [stage.ben])
    await stage.ana.fills("Topic", "Standup")
    await stage.ana.submits()
    await stage.ana.sees("Telling @ben about your call…")
    await stage.ben.sees("@ana is telling you about a call")
    await stage.world.settled()
    assert not stage.world.on_stream().rings


async def test_a_channel_hears_that_a_plan_is_changed_or_called_off(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    stage.support.add_bot()
    await ana.types('/notify #support "Demo" at 10:30', at="#support")
    await ben.sees("@ana plans a call with #support")
    await ana.sees("You planned a call with #support")
    await ana.presses("Edit", on="You planned a call with #support")
    await ana.fills("When", TUESDAY_TEN + timedelta(hours=1))
    assert await ana.submits() == {}
    await stage.world.after(seconds=3)
    changed = await ben.sees("@ana changed the plan: now planned for today at 11:00", at="#support")
    assert getattr(changed, "reply_broadcast", None)
    assert stage.world.on_stream().starts_at == TUESDAY_TEN + timedelta(hours=1)
    assert len(stage.world.on_stream().members) == 4

    await ana.presses("Cancel", on="You planned a call with #support")
    await stage.world.after(seconds=3)
    called_off = await ben.sees("@ana cancelled the call planned for today at 11:00.", at="#support")
    assert getattr(called_off, "reply_broadcast", None)
    assert stage.world.on_stream().ended_at
    assert not dm(stage, ben).messages


async def test_nobody_can_be_rung_or_declined_from_a_notify(stage: Stage) -> None:
    await stage.ana.types("/notify @ben", at="#support")
    await stage.ben.sees("is telling you about a call")
    for person in (stage.ana, stage.ben):
        assert not {"Accept", "Decline", "Ring again"} & {b for m in person.messages() for b in person.buttons(m)}
