"""Buttons pressed by the wrong person, or too late; cards, threads and channels that are gone meanwhile."""

import pytest

from bot.sandbox.workspace import Message, Person
from tests.scenarios.conftest import Stage
from tests.scenarios.openings import ana_and_ben_are_in, ana_rings, asked, ids


async def presses_in_vain(stage: Stage, person: Person, label: str, why: str, *, stale: bool = False) -> None:
    """They press it in #support, read why nothing came of it, and Stream is asked for nothing."""
    before = [request.path for request in stage.world.coordinator.requests if request.verb != "GET"]
    await person.presses(label, at="#support", stale=stale)
    await stage.world.settled()
    await person.sees(why, at="#support")
    after = [request.path for request in stage.world.coordinator.requests if request.verb != "GET"]
    assert [path for path in after if path not in before and not path.endswith("/call/members")] == []


# --- for somebody else


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("Join", "This call is for those it rings or tells, and you are not one of them. @ana can add you."),
        ("Add people", "you are not one of them"),
        ("Cancel", "Only @ana can do that: it is their call."),
    ],
)
async def test_someone_who_is_not_in_the_call_presses_on_the_card(stage: Stage, label: str, why: str) -> None:
    await ana_rings(stage)
    await presses_in_vain(stage, stage.dee, label, why)
    for person in (stage.ana, stage.ben, stage.cy):
        person.sees_not(why)


async def test_a_callee_may_not_cancel_and_someone_else_may_not_leave_or_end(stage: Stage) -> None:
    await ana_rings(stage)
    await presses_in_vain(stage, stage.ben, "Cancel", "Only @ana can do that")
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben, stage.ana)
    await presses_in_vain(stage, stage.dee, "Leave", "you are not one of them")
    await presses_in_vain(stage, stage.cy, "End for all", "Only @ana, who called, or a workspace admin can end")
    assert stage.world.on_stream().ended_at is None


async def test_a_link_goes_to_its_presser_alone(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Join", at="#support")
    await stage.world.settled()
    await stage.ben.sees("This link is yours alone", at="#support")
    for person in (stage.ana, stage.cy, stage.dee):
        person.sees_not("This link is yours alone")


# --- too late


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("Accept", "This call is over. @ana cancelled the call."),
        ("Decline", "This call is over. @ana cancelled the call."),
    ],
)
async def test_an_answer_to_a_call_that_was_just_cancelled(stage: Stage, label: str, why: str) -> None:
    await ana_rings(stage)
    await stage.ana.presses("Cancel")
    await stage.world.settled()
    mine = stage.world.workspace.dm(stage.ben).conversation
    assert stage.ben.buttons("cancelled", at=mine) == ["Call back"]
    accepts = len(asked(stage, "accept")) + len(asked(stage, "reject"))
    await stage.ben.presses(label, stale=True)
    await stage.world.settled()
    await stage.ben.sees(why)
    assert len(asked(stage, "accept")) + len(asked(stage, "reject")) == accepts
    assert "You accepted" not in stage.ben.screen() and "You declined" not in stage.ben.screen()


async def test_cancel_pressed_just_as_somebody_accepts(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.settled()
    await stage.ana.presses("Cancel", at="#support", stale=True)
    await stage.world.settled()
    refusal = await stage.ana.sees("Somebody has accepted, so this call cannot be cancelled.", at="#support")
    assert stage.ana.buttons(refusal) == ["Leave", "End for all"]
    assert stage.world.on_stream().ended_at is None


async def test_buttons_of_a_call_that_ended_long_ago(stage: Stage) -> None:
    await ana_and_ben_are_in(stage)
    await stage.world.after(minutes=2)
    await stage.world.leaves(stage.ben, stage.ana)
    await stage.world.after(hours=3)
    for label in ("Leave", "End for all", "Add people", "Join"):
        await presses_in_vain(stage, stage.ana, label, "This call is over.", stale=True)


async def test_a_button_of_a_call_that_is_kept_no_more(stage: Stage) -> None:
    """A month later its row is gone, and who presses is told so."""
    await ana_rings(stage)
    await stage.ana.presses("Cancel")
    await stage.world.after(days=40)
    await stage.ben.presses("Call back")
    await stage.world.settled()
    await stage.ben.sees("This call is over.")
    await stage.ana.presses("Ring again", at="#support")
    await stage.world.settled()
    await stage.ana.sees("This call is over.", at="#support")
    assert len(stage.world.cids) == 1


# --- gone meanwhile


def card(stage: Stage) -> Message:
    return next(message for message in stage.support.messages if not message.is_reply)


async def test_the_card_is_deleted_and_the_call_goes_on_in_direct_messages(stage: Stage) -> None:
    await ana_rings(stage)
    stage.world.workspace.delete(card(stage))
    await stage.ben.presses("Accept")
    await stage.ana.sees("@ben accepted: come in")
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(minutes=3)
    await stage.world.leaves(stage.ben, stage.ana)
    await stage.world.after(minutes=1)
    await stage.ana.sees("the call ended after 3 min")
    assert stage.world.on_stream().ended_at


async def test_a_callee_deletes_nothing_for_the_others(stage: Stage) -> None:
    """An admin takes ben's message away: cy's is still true, and ben's answer can come from the card."""
    await ana_rings(stage)
    await stage.world.settled()
    stage.world.workspace.delete(stage.ben.messages(at=None)[-1])
    await stage.cy.presses("Decline")
    await stage.ana.sees("@cy declined", at="#support")
    await stage.world.after(seconds=61)
    await stage.ana.sees("Nobody answered", at="#support")


async def test_the_channel_is_archived_in_mid_ring(stage: Stage) -> None:
    await ana_rings(stage)
    stage.support.archive()
    await stage.ben.presses("Accept")
    await stage.ana.sees("@ben accepted: come in")
    await stage.cy.presses("Decline")
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.cy): "decline"}
    assert stage.cy.buttons("You declined") == ["Join"]


async def test_the_bot_is_taken_out_of_the_channel_in_mid_ring(stage: Stage) -> None:
    await ana_rings(stage)
    stage.support.remove_bot()
    await stage.ben.presses("Decline")
    await stage.cy.presses("Decline")
    await stage.ana.sees("Everybody declined")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at


async def test_a_callee_is_deactivated_before_a_planned_ring(stage: Stage) -> None:
    await stage.ana.types('/ring @ben @cy "Retro" in 30 minutes', at="#support")
    await stage.ben.sees("Retro")
    stage.cy.deactivate()
    await stage.world.after(minutes=30, seconds=1)
    await stage.ben.sees("@ana is ringing you")
    rung = [body.get("members_ids") for _, body in asked(stage, "ring")]
    assert rung == [[stage.world.stream_id(stage.ben)]]
    await stage.ana.sees("Skipped @cy: deactivated.")


async def test_a_callee_is_deactivated_before_they_are_rung_again(stage: Stage) -> None:
    await ana_and_ben_are_in(stage, "@ben @cy @dee")
    await stage.cy.presses("Decline")
    await stage.dee.presses("Decline")
    await stage.world.settled()
    stage.cy.deactivate()
    await stage.ana.presses("Ring again", at="#support")
    await stage.dee.sees("@ana is ringing you again")
    await stage.ana.sees("Skipped @cy: deactivated.", at="#support")
    assert [set(body["members_ids"]) for _, body in asked(stage, "ring")] == [ids(stage, stage.dee)]


async def test_the_only_one_to_be_rung_again_was_deactivated_and_nobody_is(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Decline")
    await stage.world.after(seconds=30)
    stage.cy.deactivate()
    await stage.ana.presses("Ring again", at="#support")
    await stage.ana.sees("Skipped @cy: deactivated.", at="#support")
    assert asked(stage, "ring") == []
    await stage.ben.presses("Decline")
    await stage.ana.sees("Everybody declined", at="#support")
