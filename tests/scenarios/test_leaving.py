"""Cancelling, leaving, ending for all, one call at a time: who may, what others see, what Stream hears."""

from datetime import timedelta

import pytest

from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import EVERYWHERE, TUESDAY_TEN, Stage, with_settings
from tests.scenarios.openings import ana_and_ben_are_in, ana_rings, asked, ids, inside


async def test_the_caller_cancels_until_the_first_accept(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.ana.presses("Cancel", at="#support")
    await stage.cy.sees("@ana cancelled the call")
    await stage.world.settled()
    assert stage.cy.buttons("@ana rang you") == ["Call back"]
    assert stage.ben.buttons("You declined") == ["Call back"]
    stage.cy.sees_not("You missed")
    await stage.ana.sees("You cancelled the call")
    await stage.dee.sees("@ana cancelled the call", at="#support")
    on_stream = stage.world.on_stream()
    assert on_stream.ended_at
    assert on_stream.reject_reasons == {stage.world.stream_id(stage.ben): "decline", **_by_ana(stage, "cancel")}


def _by_ana(stage: Stage, reason: str) -> dict[str, str]:
    return {stage.world.stream_id(stage.ana): reason}


async def test_only_the_caller_cancels(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Cancel", at="#support")
    await stage.ben.sees("Only @ana can do that", at="#support")
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at


async def test_after_the_first_accept_cancel_is_refused_and_leave_and_end_are_offered(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.settled()
    assert "Cancel" not in stage.ana.buttons("is on", at="#support")
    await stage.ana.presses("Cancel", stale=True)
    refused = await stage.ana.sees("so this call cannot be cancelled")
    assert stage.ana.buttons(refused) == ["Leave", "End for all"]
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at
    await stage.ana.presses("End for all", on=refused)
    await stage.ana.sees("You ended the call for all")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at
    assert stage.world.on_stream().reject_reasons == {}


async def test_ring_cancel_takes_back_the_one_outgoing_ring(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("Your call with @ben and @cy is cancelled.", at="#support")
    await stage.ben.sees("@ana cancelled the call")
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("You have no call to cancel.", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == _by_ana(stage, "cancel")


async def test_ring_cancel_with_two_rings_asks_which(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await ana_rings(stage, "@cy")
    await stage.ana.types("/ring cancel", at="#support")
    which = await stage.ana.sees("Which of these do you want to cancel?")
    assert stage.ana.buttons(which) == ["Cancel", "Cancel"]
    await stage.ana.presses("Cancel", on=which)
    await stage.cy.sees("@ana cancelled the call")
    await stage.world.settled()
    first, second = stage.world.cids
    assert (bool(stage.world.on_stream(first).ended_at), bool(stage.world.on_stream(second).ended_at)) == (False, True)


async def test_cancelled_while_stream_is_not_answering_nobody_is_rung(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "POST .*/call/default/[^/]*$", times=None)
    await ana_rings(stage)
    await stage.ana.types("/ring cancel", at="#support")
    await stage.ana.sees("Your call with @ben and @cy is cancelled.", at="#support")
    stage.world.mends()
    await stage.world.after(seconds=30)
    for person in (stage.ben, stage.cy):
        person.sees_not("ringing you")
    assert stage.world.cids == []


@EVERYWHERE
async def test_who_leaves_is_out_and_the_others_ring_goes_on(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.ben.sees("You left the call. The others go on without you.")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben left.", at="#support")
    (kick,) = asked(stage, "kick")
    assert kick == ("server", {"user_id": stage.world.stream_id(stage.ben), "block": False})
    on_stream = stage.world.on_stream()
    assert {one.user.id for one in on_stream.participants} == ids(stage, stage.ana)
    assert on_stream.ringing == ids(stage, stage.cy)
    assert on_stream.blocked_user_ids == []
    assert stage.cy.buttons("is ringing you")[:2] == ["Accept", "Decline"]
    assert stage.ben.buttons("You accepted @ana's call, and left") == ["Join"]


async def test_who_leaves_last_does_not_read_that_others_go_on(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await stage.world.leaves(stage.ana)
    await stage.world.settled()
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.ben.sees("You left the call.")
    stage.ben.sees_not("go on without you")


async def test_who_leaves_before_anybody_joined_reads_that_the_call_is_over(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.settled()
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.ben.sees("You left the call. Everybody who accepted has left again, so the call is over.")


async def test_who_left_joins_again(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.world.settled()
    await stage.ben.presses("Join", on="You accepted @ana's call")
    await stage.world.joins(stage.ben)
    await stage.world.after(seconds=5)
    thread = stage.ana.screen(at="#support")
    said = tuple(thread.count(f"@ben {what}.") for what in ("joined", "left", "accepted"))
    assert said == (2, 1, 1), thread
    assert len(asked(stage, "accept")) == 1


async def test_leaving_takes_all_ones_devices_out(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.world.joins(stage.ben)
    await stage.ben.presses("Leave", at="#support")
    await stage.world.after(seconds=5)
    assert inside(stage) == ids(stage, stage.ana)
    thread = stage.ana.screen(at="#support")
    assert (thread.count("@ben joined."), thread.count("@ben left.")) == (1, 1)


async def test_leave_by_somebody_who_is_not_in_says_so(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.cy.presses("Leave", at="#support")
    said = await stage.cy.sees("You are not in this call.", at="#support")
    assert stage.cy.buttons(said) == ["Join"]
    await stage.dee.presses("Leave", at="#support")
    await stage.dee.sees("you are not one of them", at="#support")
    await stage.world.settled()
    assert asked(stage, "kick") == []


async def test_all_who_accepted_leave_before_anybody_joined(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.settled()
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.ana.sees("Everybody who accepted has left again", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


@pytest.mark.parametrize("cy", ["declines", "misses it"])
async def test_who_accepted_leaves_before_anybody_joined_and_then_the_other_does_not_come(
    stage: Stage, cy: str
) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.settled()
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.cy.sees("ringing")
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at
    if cy == "declines":
        await stage.cy.presses("Decline")
    await stage.world.after(seconds=5 if cy == "declines" else 61)
    await stage.ana.sees("Everybody who accepted has left again", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_who_joins_after_a_decline_is_waited_for_though_nobody_accepted(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.ben.presses("Join", at="#support")
    await stage.cy.presses("Decline")
    await stage.world.after(minutes=1)
    assert not stage.world.on_stream().ended_at


async def test_the_call_ends_when_stream_says_its_session_ended(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.world.after(minutes=12)
    await stage.world.leaves(stage.ben)
    assert not stage.world.on_stream().ended_at
    await stage.world.leaves(stage.ana)
    await stage.world.after(minutes=1)
    ended = await stage.dee.sees("Everybody left: the call ended after 12 min", at="#support")
    assert "There: @ana and @ben. Not there: @cy (missed)." in stage.dee.reads(ended)


async def test_a_caller_who_looked_in_while_it_rang_is_waited_for_like_anybody(stage: Stage) -> None:
    """Stream ends the session that they were in alone; ben has accepted by then."""
    await ana_rings(stage, "@ben")
    await stage.world.joins(stage.ana)
    await stage.world.leaves(stage.ana)
    await stage.world.after(seconds=20)
    await stage.ben.presses("Accept")
    await stage.world.after(seconds=15)
    stage.ana.sees_not("Everybody left", at="#support")
    assert not stage.world.on_stream().ended_at
    await stage.world.joins(stage.ben, stage.ana)
    await stage.ana.sees("@ben in the call", at="#support")


async def test_the_caller_ends_it_for_all_once_confirmed(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    dismissed = await stage.ana.presses("End for all", at="#support", confirm=False)
    assert dismissed.asked
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at
    await stage.ana.presses("End for all", at="#support")
    await stage.ben.sees("@ana ended the call for all")
    await stage.cy.sees("@ana ended the call for all")
    await stage.world.settled()
    stage.cy.sees_not("You missed")
    on_stream = stage.world.on_stream()
    assert on_stream.ended_at and not on_stream.participants
    assert asked(stage, "mark_ended")[0][0] == "server"


async def test_an_admin_ends_it_for_all(stage: Stage) -> None:
    boss = stage.world.workspace.person("eve", is_admin=True)
    stage.support.invite(boss)
    await ana_and_ben_are_in(stage)
    await boss.presses("End for all", at="#support")
    await stage.ana.sees("@eve ended the call for all", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_an_admin_who_is_looked_up_until_it_is_over_is_told_so(stage: Stage) -> None:
    boss = stage.world.workspace.person("eve", is_admin=True)
    stage.support.invite(boss)
    await ana_and_ben_are_in(stage)
    stage.world.breaks(Road.SLACK_API, Kind.TOO_MANY, "users.info", seconds=5)
    await boss.presses("End for all", at="#support")
    await stage.ana.presses("End for all", at="#support")
    await stage.world.after(seconds=6)
    await boss.sees("This call is over.", at="#support")


async def test_anyone_else_is_told_who_may_end_it(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.ben.presses("End for all", at="#support")
    said = await stage.ben.sees("Only @ana, who called, or a workspace admin can end this call for all.")
    assert stage.ben.buttons(said) == ["Leave"]
    await stage.dee.presses("End for all", at="#support")
    said = await stage.dee.sees("Only @ana, who called, or a workspace admin can end this call for all.")
    assert stage.dee.buttons(said) == []
    await stage.world.settled()
    assert not stage.world.on_stream().ended_at
    assert asked(stage, "mark_ended") == []


async def test_accept_while_in_another_of_our_calls_leaves_that_one_first(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    (first,) = stage.world.cids
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.settled()
    assert inside(stage, first) == ids(stage, stage.ana)
    told = [(each.path.split("/")[-2], each.path.rpartition("/")[2]) for each in stage.world.coordinator.requests[-2:]]
    assert told == [(first.partition(":")[2], "kick"), (stage.world.cids[1].partition(":")[2], "accept")]
    await stage.ben.sees("You accepted @ana's call, and left")
    await stage.world.after(seconds=3)
    await stage.ana.sees("@ben left.", at="#support")


async def test_who_accepts_elsewhere_leaves_what_they_had_only_accepted(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.ana.sees("Everybody who accepted has left again", at="#support")
    await stage.world.settled()
    first, second = stage.world.cids
    assert stage.world.on_stream(first).ended_at
    assert not stage.world.on_stream(second).ended_at


@with_settings(allow_several_calls=True)
async def test_several_calls_at_once_where_they_are_allowed(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    (first,) = stage.world.cids
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.settled()
    assert inside(stage, first) == ids(stage, stage.ana, stage.ben)
    assert asked(stage, "kick") == []
    assert len(asked(stage, "accept")) == 2


async def test_a_new_ring_of_a_caller_in_a_call_leaves_that_call_once_it_is_taken(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await ana_rings(stage, "@cy")
    first, second = stage.world.cids
    assert inside(stage, first) == ids(stage, stage.ana, stage.ben)
    await stage.cy.presses("Accept", on="is ringing you")
    await stage.world.after(seconds=2)
    await stage.ana.presses("Join", on="@cy accepted: come in")
    await stage.world.settled()
    assert inside(stage, first) == ids(stage, stage.ben)
    assert not stage.world.on_stream(second).ended_at


async def test_accept_while_waiting_inside_ones_own_ring_leaves_that_one_first(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    (first,) = stage.world.cids
    await stage.world.joins(stage.ana)
    await stage.dee.types("/ring @ana", at="#support")
    await stage.world.settled()
    await stage.ana.presses("Accept", on="@dee is ringing you")
    await stage.world.after(seconds=2)
    assert not stage.world.on_stream(first).participants
    assert stage.ben.buttons("@ana is ringing you")[:2] == ["Accept", "Decline"]


async def test_accept_while_in_early_for_a_planned_call_leaves_that_one_first(stage: Stage) -> None:
    await stage.ana.types("/ring @ben at 10:30", at="#support")
    await stage.ben.sees("invites you")
    await stage.world.at(TUESDAY_TEN + timedelta(minutes=20))
    (first,) = stage.world.cids
    await stage.world.joins(stage.ben)
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.after(seconds=2)
    assert not stage.world.on_stream(first).participants
    await stage.world.at(TUESDAY_TEN + timedelta(minutes=30))
    await stage.ben.sees("@ana is ringing you")


async def test_who_is_back_before_stream_hears_that_they_left_stays_in(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, "/kick$", seconds=10)
    await stage.ben.presses("Leave", on="You accepted @ana's call")
    await stage.world.leaves(stage.ben)
    await stage.world.after(seconds=3)
    await stage.ben.presses("Join", on="You accepted @ana's call")
    await stage.world.joins(stage.ben)
    await stage.world.after(seconds=10)
    assert inside(stage) == ids(stage, stage.ana, stage.ben)


async def test_who_is_back_in_the_first_call_before_stream_hears_of_the_second_stays_in(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    (first,) = stage.world.cids
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, "/kick$", seconds=10)
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.leaves(stage.ben, cid=first)
    await stage.ben.presses("Join", on="You accepted @ana's call")
    await stage.world.joins(stage.ben, cid=first)
    await stage.world.after(seconds=12)
    assert inside(stage, first) == ids(stage, stage.ana, stage.ben)


async def test_the_thread_keeps_up_with_much_at_once(stage: Stage) -> None:
    """Each event asks for the thread once more; that must not send its lines to the end of Slack's line each time."""
    await ana_and_ben_are_in(stage, "@ben @cy @dee")
    for person in (stage.cy, stage.dee):
        await person.presses("Accept")
        await stage.world.joins(person)
    for _ in range(3):
        await stage.world.leaves(stage.cy, stage.dee)
        await stage.world.joins(stage.cy, stage.dee)
    await stage.world.after(seconds=3)
    thread = stage.ana.screen(at="#support")
    assert [thread.count(f"@{who} joined.") for who in ("ana", "ben", "cy", "dee")] == [1, 1, 4, 4], thread


async def test_the_end_of_an_older_session_ends_no_newer_one(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await stage.world.after(minutes=5)
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.REORDER, "call.session_ended")
    await stage.world.leaves(stage.ben, stage.ana)
    await stage.world.after(seconds=40)
    await stage.world.joins(stage.ben)
    await stage.world.after(seconds=5)
    assert inside(stage) == ids(stage, stage.ben)


async def _ben_leaves_by_mistake(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, "/kick$", seconds=5)
    await stage.ben.presses("Leave", on="You accepted")
    await stage.ben.presses("Join", on="You accepted")
    await stage.world.after(seconds=10)
    await stage.world.after(minutes=3)
    assert inside(stage) == ids(stage, stage.ana, stage.ben)


async def test_who_joins_again_before_stream_hears_that_they_left_is_seen_in(stage: Stage) -> None:
    await _ben_leaves_by_mistake(stage)
    await stage.dee.sees("@ben in the call", at="#support", within=0.5)


async def test_a_call_is_not_ended_under_who_joined_again_at_once(stage: Stage) -> None:
    await _ben_leaves_by_mistake(stage)
    await stage.world.leaves(stage.ana)
    for _ in range(17):
        await stage.world.after(seconds=60)
    assert inside(stage) == ids(stage, stage.ben)


async def test_a_kick_that_waits_for_stream_is_carried_out_and_who_left_is_not_shown_in_meanwhile(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, "/kick$", times=None)
    await stage.ben.presses("Leave", on="You accepted")
    for _ in range(3):
        await stage.world.after(seconds=60)
    assert inside(stage) == ids(stage, stage.ana, stage.ben)
    await stage.dee.sees("@ben left", at="#support", within=0.5)
    stage.world.mends()
    await stage.world.after(seconds=20)
    assert inside(stage) == ids(stage, stage.ana)
    assert stage.ana.screen(at="#support").count("@ben joined.") == 1


async def test_a_kick_that_stream_refuses_is_not_told_as_a_leave_for_ever(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_403, "/kick$")
    await stage.ben.presses("Leave", on="You accepted")
    for _ in range(4):
        await stage.world.after(seconds=60)
    assert inside(stage) == ids(stage, stage.ana, stage.ben)
    await stage.dee.sees("@ben in the call", at="#support", within=0.5)
