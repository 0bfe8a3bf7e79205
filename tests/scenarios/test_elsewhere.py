"""People who use another Stream client: what they do there takes the same road, late, twice, out of order or lost."""

import pytest

from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import EVERYWHERE, Stage, with_settings
from tests.scenarios.openings import ana_and_ben_are_in, ana_rings, asked, ids, inside


@EVERYWHERE
async def test_answers_joins_and_leaves_on_a_phone_are_told_in_slack(stage: Stage) -> None:
    await ana_rings(stage)
    cid = stage.world.cids[-1]
    ben, cy, ana = (stage.world.phone(person) for person in (stage.ben, stage.cy, stage.ana))
    await ben.accepts(cid)
    await stage.ben.sees("You accepted @ana's call")
    await stage.ana.sees("@ben accepted: come in")
    await cy.rejects(cid, "busy")
    await stage.cy.sees("You declined @ana's call (busy)")
    await ben.joins(cid)
    await ana.joins(cid)
    await stage.dee.sees("@ben in the call", at="#support")
    await stage.world.after(minutes=5)
    await ben.leaves(cid)
    await stage.dee.sees("@ben left", at="#support")
    await ana.leaves(cid)
    await stage.world.after(minutes=1)
    await stage.dee.sees("Everybody left: the call ended after 5 min", at="#support")
    thread = [line for line in stage.dee.screen(at="#support").splitlines() if "accepted." in line or "busy)." in line]
    assert len(thread) == 2
    assert (len(asked(stage, "accept")), len(asked(stage, "reject"))) == (1, 1), "Stream is not told what it told us"


async def test_a_decline_on_a_phone_in_words_of_its_own_is_told_as_said(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.phone(stage.ben).rejects(stage.world.cids[-1], "driving <!here>")
    await stage.ana.sees("@ben declined (“driving <!here>”)", at="#support")
    posted = [message.text + str(message.blocks) for message in stage.ana.messages(at="#support")]
    assert not any("<!here>" in text for text in posted)


async def test_everybody_declines_on_their_phones_and_we_end_the_call(stage: Stage) -> None:
    await ana_rings(stage)
    cid = stage.world.cids[-1]
    await stage.world.phone(stage.ben).rejects(cid)
    await stage.world.phone(stage.cy).rejects(cid, "decline")
    await stage.ana.sees("Everybody declined.", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_a_phone_that_lets_the_ring_run_out_has_missed_it(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.phone(stage.ben).rejects(stage.world.cids[-1], "timeout")
    await stage.ben.sees("You missed a call from @ana")
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben missed it at 10:00.", at="#support")


async def test_the_caller_cancels_on_a_phone(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.phone(stage.ana).rejects(stage.world.cids[-1], "cancel")
    await stage.ben.sees("@ana cancelled the call")
    await stage.dee.sees("@ana cancelled the call", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_an_end_by_another_client_is_reported_and_never_undone(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.world.phone(stage.ana).ends(stage.world.cids[-1])
    await stage.ben.sees("@ana ended the call for all")
    await stage.cy.sees("@ana ended the call for all")
    await stage.world.after(minutes=2)
    assert asked(stage, "mark_ended") == [(stage.world.stream_id(stage.ana), {})]
    assert len(stage.world.cids) == 1


async def test_joining_on_a_phone_while_it_rings_is_an_accept(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.world.phone(stage.ben).joins(stage.world.cids[-1])
    await stage.ben.sees("You accepted @ana's call")
    await stage.ana.sees("@ben in the call", at="#support")
    await stage.ana.sees("@ben accepted: come in")


async def test_slack_and_the_phone_disagree_and_the_first_answer_stands(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=1)
    await stage.world.phone(stage.ben).accepts(stage.world.cids[-1])
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben declined.", at="#support")
    stage.ana.sees_not("@ben accepted.", at="#support")


async def test_accepting_on_a_phone_leaves_the_other_call(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    first = stage.world.cids[-1]
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.world.phone(stage.ben).accepts(stage.world.cids[-1])
    await stage.world.settled()
    await stage.ben.sees("You accepted @dee's call")
    await stage.world.settled()
    assert inside(stage, first) == {stage.world.stream_id(stage.ana)}


async def test_every_webhook_twice_tells_everything_once(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.DUPLICATE, times=None)
    await ana_and_ben_are_in(stage)
    await stage.world.phone(stage.cy).rejects(stage.world.cids[-1], "busy")
    await stage.world.after(minutes=3)
    await stage.world.leaves(stage.ben, stage.ana)
    await stage.world.after(minutes=1)
    thread = stage.dee.screen(at="#support")
    lines = (
        "@ben accepted.",
        "@cy declined (busy).",
        "@ben joined.",
        "@ana left.",
        "ended after 3 min. There",
    )
    assert [thread.count(line) for line in lines] == [1, 1, 1, 1, 1]


async def test_webhooks_out_of_order_come_to_the_same(stage: Stage) -> None:
    await ana_rings(stage)
    cid = stage.world.cids[-1]
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.REORDER, "call.accepted")
    await stage.world.phone(stage.ben).accepts(cid)
    await stage.world.phone(stage.ben).joins(cid)
    await stage.world.after(seconds=5)
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.REORDER, "participant_joined")
    await stage.world.phone(stage.ana).joins(cid)
    await stage.world.phone(stage.ana).leaves(cid)
    await stage.world.after(seconds=5)
    thread = stage.dee.screen(at="#support")
    assert (thread.count("@ben accepted."), thread.count("@ben joined.")) == (1, 1)
    await stage.dee.sees("@ana left", at="#support")
    assert "@ben in the call" in thread


@with_settings(ring_timeout_seconds=120)
async def test_lost_webhooks_are_made_good_within_a_minute(stage: Stage) -> None:
    await ana_rings(stage, "@ben @cy")
    cid = stage.world.cids[-1]
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.after(seconds=5)
    await stage.world.phone(stage.ben).accepts(cid)
    await stage.world.phone(stage.ben).joins(cid)
    await stage.world.after(seconds=20)
    await stage.ana.sees("@ben ringing", at="#support")
    await stage.world.after(seconds=38)
    await stage.world.after(seconds=2)
    await stage.ana.sees("@ben in the call", at="#support")
    await stage.ana.sees("@ben accepted: come in")
    await stage.world.after(seconds=5)
    thread = stage.dee.screen(at="#support")
    assert (thread.count("@ben accepted."), thread.count("@ben missed")) == (1, 0)


async def test_who_answered_in_time_is_not_said_to_have_missed_it_where_the_webhook_was_lost(stage: Stage) -> None:
    await ana_rings(stage)
    cid = stage.world.cids[-1]
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.after(seconds=55)
    await stage.world.phone(stage.ben).accepts(cid)
    await stage.world.phone(stage.ben).joins(cid)
    await stage.world.after(seconds=6)
    await stage.ana.sees("@ben accepted: come in")
    await stage.cy.sees("You missed a call from @ana")
    assert not stage.world.on_stream().ended_at


async def test_that_stream_is_silent_at_the_deadline_holds_nothing_up(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_503, times=None)
    await stage.world.after(seconds=61)
    await stage.cy.sees("You missed a call from @ana")
    stage.world.mends()
    await stage.world.after(seconds=60)
    assert stage.world.on_stream().ended_at


async def test_a_lost_end_is_made_good_within_a_minute(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    stage.world.breaks(Road.STREAM_WEBHOOK, Kind.LOSE, times=None)
    await stage.world.after(minutes=3)
    await stage.world.phone(stage.ben).ends(stage.world.cids[-1])
    await stage.world.after(seconds=61)
    await stage.dee.sees("The call ended after 3 min", at="#support")


async def test_who_joins_while_stream_is_being_asked_has_not_left(stage: Stage) -> None:
    """Its answer is of the moment before, and arrives after the report of the join."""
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.settled()
    assert stage.world.app
    ringer, cid = stage.world.app.ringer, stage.world.cids[-1]
    asked_about = await ringer.call(cid.partition(":")[2])
    answer = await stage.world.app.stream.query_calls({"cid": cid})
    await stage.world.joins(stage.ben, stage.ana)
    assert asked_about
    await ringer.reconcile([asked_about], answer.calls)
    await stage.world.after(seconds=2)
    await stage.dee.sees("@ben in the call", at="#support")
    stage.dee.sees_not("left", at="#support")


async def test_people_who_are_nobody_here_change_nothing(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    cid = stage.world.cids[-1]
    await stage.cy.types("/ring @dee", at="#support")
    await stage.world.after(seconds=5)
    before = stage.dee.screen(at="#support").split("@cy")[0]
    await stage.world.phone(stage.dee).joins(cid)
    await stage.world.after(seconds=2)
    assert stage.dee.screen(at="#support").split("@cy")[0] == before


@pytest.mark.parametrize("kind", [Kind.REORDER, Kind.LOSE])
async def test_an_older_accept_heard_of_late_puts_nobody_out_of_the_newer_call(stage: Stage, kind: Kind) -> None:
    await ana_rings(stage, "@ben @cy")
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    first, second = stage.world.cids
    stage.world.breaks(Road.STREAM_WEBHOOK, kind, "call.accepted")
    await stage.world.phone(stage.ben).accepts(first)
    await stage.world.after(seconds=5)
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.joins(stage.ben, stage.dee, cid=second)
    await stage.world.after(seconds=65)
    assert inside(stage, second) == ids(stage, stage.ben, stage.dee)


async def test_a_ring_taken_ahead_puts_nobody_out_of_the_newer_call(stage: Stage) -> None:
    stage.world.breaks(Road.STREAM_API, Kind.TOO_MANY, r"/call/default/[^/]+$", seconds=20)
    await stage.ana.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.types("/ring @ana", at="#support")
    await stage.world.after(seconds=2)
    await stage.dee.types("/ring @ben", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Accept", on="@dee is ringing you")
    await stage.world.joins(stage.ben, stage.dee)
    (second,) = stage.world.cids
    await stage.world.after(seconds=22)
    assert inside(stage, second) == ids(stage, stage.ben, stage.dee)


async def test_who_declined_and_joins_by_phone_leaves_the_other_call(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await stage.dee.types("/ring @ben @cy", at="#support")
    await stage.world.settled()
    await stage.ben.presses("Decline", on="@dee is ringing you")
    await stage.world.after(seconds=2)
    await stage.world.phone(stage.ben).joins(stage.world.cids[-1])
    await stage.world.after(seconds=3)
    assert inside(stage, stage.world.cids[0]) == ids(stage, stage.ana)


async def test_a_caller_who_joins_the_new_call_by_phone_leaves_the_other_call(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben")
    await ana_rings(stage, "@cy")
    await stage.cy.presses("Accept", on="is ringing you")
    await stage.world.after(seconds=2)
    await stage.world.phone(stage.ana).joins(stage.world.cids[-1])
    await stage.world.after(seconds=3)
    assert inside(stage, stage.world.cids[0]) == ids(stage, stage.ben)
