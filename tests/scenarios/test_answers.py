"""Accept, Decline, Decline with…, or nothing at all: each answer once, in Slack and on Stream, and what comes of it."""

import pytest

from bot.sandbox.workspace import Person
from tests.scenarios.conftest import EVERYWHERE, Stage, with_settings
from tests.scenarios.openings import ana_rings, asked

in_an_app_of_our_own = with_settings(join_url_template="https://meet.example/{id}?as={user_id}&token={token}")


def shown(person: Person) -> str:
    """All that Slack holds for their eyes, what they cannot read included."""
    return "".join(f"{message.text}{message.blocks}{message.metadata}" for message in person.messages())


@EVERYWHERE
async def test_accept_opens_a_personal_link_and_calls_the_caller_in(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await ana_rings(stage, '@ben @cy "Prod is down"')
    ringing = await ana.sees("You are ringing @ben and @cy")
    assert "you are called in when somebody accepts" in ana.reads(ringing)
    assert "Join" in ana.buttons(ringing)
    await cy.sees("@ana is ringing you")
    accept = await ben.presses("Accept")
    await ben.sees("You accepted @ana's call")
    called_in = await ana.sees("@ben accepted: come in")
    assert ana.buttons(called_in) == ["Join"]
    join = await ana.presses("Join", on=called_in)
    assert accept.url and join.url and accept.url != join.url
    await stage.world.settled()
    session = stage.world.on_stream().session
    assert session and session.accepted_by.keys() == {stage.world.stream_id(ben)}
    await ana.sees("@cy ringing", at="#support")
    assert stage.world.on_stream().ringing == {stage.world.stream_id(cy)}
    for other in (cy, stage.dee):
        assert not any(link in shown(other) for link in (accept.url, join.url))
    assert accept.url not in shown(ana) and join.url not in shown(ben)


async def test_a_first_accept_does_not_stop_the_others_ring(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.after(seconds=30)
    assert stage.cy.buttons("is ringing you")[:2] == ["Accept", "Decline"]
    await stage.world.joins(stage.ben, stage.ana)
    await stage.world.after(seconds=31)
    missed = await stage.cy.sees("You missed a call from @ana at")
    assert "The call is still on: you can join." in stage.cy.reads(missed)
    assert stage.cy.buttons(missed) == ["Join"]
    await stage.ana.sees("@cy missed it at", at="#support")
    assert not stage.world.on_stream().ended_at


async def test_decline_is_told_to_stream_as_that_person(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    declined = await stage.ben.sees("You declined @ana's call")
    assert stage.ben.buttons(declined) == ["Join"]
    await stage.world.settled()
    assert [who for who, _ in asked(stage, "reject")] == [stage.world.stream_id(stage.ben)]
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ben): "decline"}
    await stage.ana.sees("@ben declined.", at="#support")
    assert stage.world.on_stream().ringing == {stage.world.stream_id(stage.cy)}


@pytest.mark.parametrize(
    ("choice", "on_stream", "in_the_thread"),
    [
        ("Busy", "busy", "@ben declined (busy)."),
        ("In a meeting", "In a meeting", "@ben declined (“In a meeting”)."),
        ("Call you later", "Call you later", "@ben declined (“Call you later”)."),
    ],
)
async def test_decline_with_one_of_the_menu(stage: Stage, choice: str, on_stream: str, in_the_thread: str) -> None:
    await ana_rings(stage)
    await stage.ben.sees("is ringing you")
    await stage.ben.chooses(choice)
    await stage.ben.sees("You declined @ana's call")
    await stage.world.after(seconds=2)
    await stage.ana.sees(in_the_thread, at="#support")
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ben): on_stream}


async def test_decline_in_words_of_ones_own(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.sees("is ringing you")
    await stage.ben.chooses("In words…")
    await stage.ben.fills("What to tell the caller", "On a train, <!channel> & back at 5")
    await stage.ben.presses("Decline")
    await stage.ben.sees("You declined @ana's call")
    await stage.ana.sees("On a train, <!channel> & back at 5", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == {
        stage.world.stream_id(stage.ben): "On a train, <!channel> & back at 5"
    }
    posted = [message.text + str(message.blocks) for message in stage.ana.messages(at="#support")]
    assert not any("<!channel>" in text for text in posted)


async def test_words_that_equal_a_built_in_reason_are_not_read_as_one(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.sees("is ringing you")
    await stage.ben.chooses("In words…")
    await stage.ben.fills("What to tell the caller", "timeout")
    await stage.ben.presses("Decline")
    await stage.ben.sees("You declined @ana's call (")
    await stage.ana.sees("@ben declined (", at="#support")
    await stage.world.settled()
    stage.ana.sees_not("@ben missed")
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ben): "“timeout”"}


async def test_words_are_asked_for_again_where_none_were_given(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.sees("is ringing you")
    await stage.ben.chooses("In words…")
    await stage.ben.fills("What to tell the caller", "   ")
    await stage.ben.submits()
    await stage.world.settled()
    assert "What to tell the caller" in stage.ben.screen()
    assert stage.ben.buttons("is ringing you")[:2] == ["Accept", "Decline"]
    assert not stage.world.on_stream().reject_reasons


async def test_the_modal_was_open_when_the_ring_ran_out(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Accept")
    await stage.ben.sees("is ringing you")
    await stage.ben.chooses("In words…")
    await stage.ben.fills("What to tell the caller", "Not now")
    await stage.world.after(seconds=61)
    await stage.ben.submits()
    await stage.ben.sees("You missed this call")
    await stage.world.settled()
    assert stage.world.stream_id(stage.ben) not in stage.world.on_stream().reject_reasons


async def test_accept_after_a_decline_is_a_join_and_the_answer_stays_on_record(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.ben.presses("Accept", stale=True)
    await stage.world.joins(stage.ben)
    await stage.ana.sees("@ben joined", at="#support")
    await stage.world.settled()
    session = stage.world.on_stream().session
    assert session and session.accepted_by == {}
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ben): "decline"}
    stage.ana.sees_not("@ben accepted", at="#support")


async def test_accept_after_a_miss_is_a_join_while_the_call_lives(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.cy.presses("Accept")
    await stage.world.joins(stage.cy, stage.ana)
    await stage.world.after(seconds=61)
    await stage.ben.sees("You missed a call from @ana")
    await stage.ben.presses("Accept", stale=True)
    await stage.world.joins(stage.ben)
    await stage.ana.sees("@ben joined", at="#support")
    await stage.world.settled()
    stage.ana.sees_not("@ben accepted", at="#support")
    session = stage.world.on_stream().session
    assert session and session.accepted_by.keys() == {stage.world.stream_id(stage.cy)}


async def test_accept_of_a_call_that_is_over_says_so_and_offers_to_call_back(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.sees("is ringing you")
    await stage.ana.presses("Cancel", at="#support")
    await stage.ben.sees("@ana cancelled the call")
    await stage.ben.presses("Accept", stale=True)
    said = await stage.ben.sees("This call is over. @ana cancelled the call.")
    assert stage.ben.buttons(said) == ["Call back"]
    await stage.world.settled()
    session = stage.world.on_stream().session
    assert session and session.accepted_by == {}


async def test_decline_after_accept_offers_leave(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.ben.presses("Decline", stale=True)
    said = await stage.ben.sees("so you cannot decline it any more. You can leave it.")
    assert stage.ben.buttons(said) == ["Leave"]
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == {}


async def test_pressing_twice_is_answering_once(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.ben.presses("Accept", stale=True)
    await stage.world.settled()
    await stage.cy.presses("Decline")
    await stage.cy.presses("Decline", stale=True)
    await stage.cy.sees("You already declined this call")
    await stage.world.after(seconds=5)
    await stage.ana.sees("@cy declined.", at="#support")
    assert (len(asked(stage, "accept")), len(asked(stage, "reject"))) == (1, 1)
    thread = stage.ana.screen(at="#support")
    assert (thread.count("@ben accepted."), thread.count("@cy declined.")) == (1, 1)


async def test_declines_mixed_with_misses_end_as_nobody_answered(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Decline")
    await stage.world.after(seconds=61)
    ended = await stage.ana.sees("Nobody answered.", at="#support")
    assert "Not there: @ben (declined) and @cy (missed)." in stage.ana.reads(ended)
    await stage.world.settled()
    on_stream = stage.world.on_stream()
    assert on_stream.ended_at
    assert on_stream.reject_reasons == {
        stage.world.stream_id(stage.ben): "decline",
        stage.world.stream_id(stage.ana): "timeout",
    }
    assert stage.ben.buttons("You declined") == ["Call back"]
    assert stage.cy.buttons("You missed") == ["Call back"]


async def test_stream_hears_the_callers_reject_before_the_end(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.world.after(seconds=61)
    await stage.world.settled()
    last = [(request.path.rpartition("/")[2], request.who) for request in stage.world.coordinator.requests[-2:]]
    assert last == [("reject", stage.world.stream_id(stage.ana)), ("mark_ended", "server")]


@in_an_app_of_our_own
async def test_join_is_a_fresh_link_for_the_presser_alone(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben)
    await stage.ana.sees("@ben accepted: come in")
    await stage.world.after(minutes=30)
    await stage.ana.presses("Join", at="#support")
    note = await stage.ana.sees("This link is yours alone.", at="#support")
    link = await stage.ana.presses("Join", on=note)
    assert link.url and stage.world.stream_id(stage.ana) in link.url
    await stage.world.settled()
    for other in (stage.ben, stage.cy, stage.dee):
        other.sees_not("This link is yours alone.", at="#support")
        assert link.url not in shown(other)
    assert stage.ana.buttons("is on", at="#support")[0] == "Join"
    assert "token=" not in shown(stage.dee)


async def test_a_link_that_was_drawn_long_ago_is_followed_by_a_fresh_one(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben)
    await stage.ben.presses("Join", on="You accepted @ana's call")
    await stage.world.settled()
    stage.ben.sees_not("Here is your way into the call")
    await stage.world.after(minutes=20)
    await stage.ben.presses("Join", on="You accepted @ana's call")
    await stage.ben.sees("Here is your way into the call. This link is yours alone.")


async def test_join_is_for_members_only(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ana.sees("is ringing @ben", at="#support")
    await stage.dee.presses("Join", at="#support")
    said = await stage.dee.sees("you are not one of them")
    assert "@ana can add you" in stage.dee.reads(said)
    assert stage.dee.buttons(said) == []
    assert stage.dee.id not in [user.custom.get("slack_user_id") for user in stage.world.coordinator.users.values()]


async def test_join_while_being_rung_is_an_accept(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.sees("is ringing you")
    await stage.ben.presses("Join", at="#support")
    await stage.ben.sees("This link is yours alone.", at="#support")
    await stage.ana.sees("@ben accepted: come in")
    await stage.world.settled()
    session = stage.world.on_stream().session
    assert session and session.accepted_by.keys() == {stage.world.stream_id(stage.ben)}


async def test_nobody_joins_after_the_accept_and_the_call_ends(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=4)
    assert not stage.world.on_stream().ended_at
    await stage.world.after(minutes=1, seconds=1)
    await stage.ana.sees("Nobody joined, so the call is over.", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().ended_at
    assert stage.world.stream_id(stage.ana) not in stage.world.on_stream().reject_reasons


async def test_who_accepts_after_the_others_is_given_time_to_join_too(stage: Stage) -> None:
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    await stage.world.after(minutes=4, seconds=45)
    await stage.ana.presses("Ring again", at="#support")
    await stage.cy.presses("Accept", on=await stage.cy.sees("is ringing you again"))
    await stage.world.after(minutes=1)
    stage.cy.sees_not("Nobody joined, so the call is over")
    await stage.world.after(minutes=4, seconds=5)
    await stage.cy.sees("Nobody joined, so the call is over")


async def test_who_is_rung_while_the_first_join_is_waited_for_is_rung_to_the_end(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(minutes=4, seconds=50)
    await stage.ana.presses("Add people", at="#support")
    await stage.ana.picks("Who else", [stage.cy])
    await stage.ana.submits()
    await stage.cy.sees("@ana is ringing you")
    await stage.world.after(seconds=50)
    assert "Accept" in stage.cy.buttons()
    await stage.world.after(seconds=12)
    await stage.ana.sees("Nobody joined, so the call is over.", at="#support")


@with_settings(join_grace_minutes=1)
async def test_how_long_the_first_join_is_waited_for_is_a_setting(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.after(seconds=61)
    await stage.ana.sees("Nobody joined, so the call is over.", at="#support")


@with_settings(ring_timeout_seconds=15)
async def test_how_long_it_rings_is_a_setting_that_stream_is_told(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.sees("is ringing you")
    await stage.world.settled()
    ring = stage.world.on_stream().settings["ring"]
    assert {ring[f"{each}_timeout_ms"] for each in ("auto_cancel", "incoming_call", "missed_call")} == {15_000}
    await stage.world.after(seconds=16)
    await stage.ana.sees("Nobody answered.", at="#support")
