"""Slack is slow, broken or full: what is owed waits and goes out in order, once; buttons that went dead come first."""

import re
from datetime import timedelta
from statistics import fmean

import pytest

from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import APICall, Message
from bot.work import Paint, Priority
from tests.scenarios.conftest import EVERYWHERE, Stage
from tests.scenarios.openings import ana_rings, asked, incoming, thread

PASSING = [Kind.TOO_MANY, Kind.ERROR_500, Kind.ERROR_503, Kind.GARBAGE, Kind.DROP_BEFORE]


def breaks(stage: Stage, kind: Kind, match: str, *, times: int | None = 1, seconds: float = 2) -> None:
    stage.world.breaks(Road.SLACK_API, kind, match, times=times, seconds=seconds)


async def minutes_pass(stage: Stage) -> None:
    """Enough for whatever Slack put off to be tried again, and less than a ring lasts."""
    for _ in range(5):
        await stage.world.after(seconds=8)


def cards(stage: Stage) -> list[Message]:
    return [message for message in stage.support.messages if not message.is_reply]


# --- retried


@pytest.mark.parametrize("kind", PASSING)
async def test_posts_fail_for_a_while_and_arrive_in_order_each_once(stage: Stage, kind: Kind) -> None:
    breaks(stage, kind, "chat.postMessage", times=6)
    await ana_rings(stage)
    await minutes_pass(stage)
    assert len(incoming(stage, stage.ben)) == len(incoming(stage, stage.cy)) == len(cards(stage)) == 1
    await stage.ben.presses("Decline")
    await stage.cy.presses("Accept")
    await minutes_pass(stage)
    told = [re.sub(r"^:\w+: ", "", line) for line in thread(stage)]
    assert told == ["@ana is ringing @ben and @cy.", "@ben declined.", "@cy accepted."]


@pytest.mark.parametrize("kind", PASSING)
async def test_edits_fail_for_a_while_and_the_last_picture_is_the_true_one(stage: Stage, kind: Kind) -> None:
    await ana_rings(stage)
    breaks(stage, kind, "chat.update|response_url", times=4)
    await stage.ben.presses("Decline")
    await stage.cy.presses("Decline")
    await minutes_pass(stage)
    await stage.ana.sees("Everybody declined", at="#support")
    assert stage.ben.buttons("You declined") == ["Call back"]
    assert stage.cy.buttons("You declined") == ["Call back"]
    assert "Decline" not in stage.ben.screen()


@EVERYWHERE
async def test_the_answers_to_all_first_posts_are_lost_and_there_is_one_message_each(stage: Stage) -> None:
    breaks(stage, Kind.DROP_AFTER, "chat.postMessage", times=4)
    await ana_rings(stage)
    await minutes_pass(stage)
    assert len(incoming(stage, stage.ben)) == len(incoming(stage, stage.cy)) == len(cards(stage)) == 1
    mine = stage.world.workspace.dm(stage.ana).messages
    assert len([message for message in mine if "You are ringing" in message.text]) == 1
    assert len(thread(stage)) == 1
    await stage.ben.presses("Decline")
    await stage.ana.sees("@ben declined", at="#support")


async def test_the_answer_to_a_thread_line_is_lost_and_it_is_told_once(stage: Stage) -> None:
    await ana_rings(stage)
    breaks(stage, Kind.DROP_AFTER, "chat.postMessage", times=2)
    await stage.ben.presses("Decline")
    await minutes_pass(stage)
    assert len([line for line in thread(stage) if "declined" in line]) == 1


async def test_who_is_meant_cannot_be_asked_for_a_while(stage: Stage) -> None:
    breaks(stage, Kind.ERROR_503, "users.info", times=4)
    await ana_rings(stage)
    await minutes_pass(stage)
    await stage.ben.sees("@ana is ringing you")


async def test_who_is_meant_cannot_be_asked_in_time_and_slack_is_named(stage: Stage) -> None:
    breaks(stage, Kind.ERROR_503, "users.info", times=None)
    await stage.ana.types("/ring @ben", at="#support")
    for _ in range(9):
        await stage.world.after(seconds=8)
    await stage.ana.sees("Slack did not tell in time who they are, so nobody was rung.")
    assert not stage.ben.messages()


async def test_slack_is_down_until_after_the_ring_and_nobody_is_shown_a_dead_one(stage: Stage) -> None:
    """Nobody could be told: the ring is over when Slack is back, and what is then posted says so."""
    breaks(stage, Kind.ERROR_500, "chat|conversations|response_url", times=None)
    await ana_rings(stage)
    await stage.world.after(seconds=61)
    stage.world.mends()
    await minutes_pass(stage)
    await stage.ben.sees("You missed a call from @ana")
    assert stage.ben.buttons("You missed") == ["Call back"]
    await stage.ana.sees("Nobody answered", at="#support")
    assert not [line for line in stage.ben.notifications if "is ringing you" in line]


async def test_a_press_arrives_though_its_answer_is_lost_and_pressing_again_is_the_same_answer(stage: Stage) -> None:
    await ana_rings(stage)
    stage.world.breaks(Road.SLACK_DELIVERY, Kind.DROP_AFTER, "interactive")
    await stage.ben.presses("Decline")
    await stage.world.settled()
    await stage.ben.presses("Decline", stale=True)
    await stage.world.settled()
    assert len(asked(stage, "reject")) == 1
    await minutes_pass(stage)
    assert len([line for line in thread(stage) if "@ben declined" in line]) == 1


async def test_the_answer_to_a_command_comes_too_late_and_typing_it_again_is_the_same_call(stage: Stage) -> None:
    stage.world.breaks(Road.SLACK_DELIVERY, Kind.DROP_AFTER, "slash_commands")
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.ana.sees("operation_timeout", at="#support")
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.ana.sees("You asked for exactly the same a moment ago: it is the same call", at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 1
    assert len(incoming(stage, stage.ben)) == 1
    await stage.world.after(seconds=11)
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.world.settled()
    assert len(stage.world.cids) == 2


async def test_a_command_is_delivered_twice(stage: Stage) -> None:
    stage.world.breaks(Road.SLACK_DELIVERY, Kind.DUPLICATE, "slash_commands")
    await ana_rings(stage)
    assert len(stage.world.cids) == 1
    assert len(incoming(stage, stage.ben)) == 1


# --- where the bot cannot post


async def test_in_a_private_channel_the_card_goes_to_a_group_message_and_ana_is_told(stage: Stage) -> None:
    stage.world.workspace.channel("war-room", stage.ana, stage.ben, stage.cy, private=True)
    await ana_rings(stage, at="#war-room")
    await stage.ana.sees("I cannot post in #war-room, so the call's card is in a group message with everyone")
    state = stage.world.workspace.state
    group = state.direct([state.bot.id, stage.ana.id, stage.ben.id, stage.cy.id])
    assert group and "is ringing" in group.messages[0].text
    await stage.ben.presses("Decline")
    await stage.world.settled()
    replies = [stage.ana.reads(message) for message in group.messages if message.is_reply]
    assert any("@ben declined" in reply for reply in replies)


async def test_in_a_private_channel_with_too_many_for_a_group_the_card_goes_to_the_caller(stage: Stage) -> None:
    crowd = [stage.world.workspace.person(f"p{number}") for number in range(8)]
    stage.world.workspace.channel("war-room", stage.ana, *crowd, private=True)
    await stage.ana.types("/ring " + " ".join(f"@{person.name}" for person in crowd), at="#war-room")
    await minutes_pass(stage)
    await stage.ana.sees("I cannot post in #war-room, so the call's card is here, in your direct messages with me.")
    mine = stage.world.workspace.dm(stage.ana).messages
    assert any("is ringing" in message.text and message.metadata for message in mine)
    assert not any(c.kind == "mpim" for c in stage.world.workspace.state.conversations.values())


async def test_in_the_direct_message_of_two_people(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at=stage.ben)
    await stage.world.settled()
    await stage.ben.sees("@ana is ringing you")
    await stage.ana.sees("I cannot post where you called from, so the call's card is in a group message with everyone")


async def test_whom_slack_lets_the_bot_not_write_to_is_named_to_the_caller_once(stage: Stage) -> None:
    stage.ben.bars_apps()
    stage.cy.bars_apps()
    await ana_rings(stage, "@ben @cy @dee")
    await minutes_pass(stage)
    words = "could not be reached in Slack: only their Stream apps tell them about this call."
    mine = [stage.ana.reads(message) for message in stage.world.workspace.dm(stage.ana).messages]
    (told,) = [text for text in mine if words in text]
    assert {name for name in ("@ben", "@cy", "@dee") if name in told} == {"@ben", "@cy"}
    told_in_thread = [line for line in thread(stage) if "could not be reached" in line]
    assert sorted(told_in_thread) == [f":warning: @{name} {words}" for name in ("ben", "cy")]
    await stage.dee.presses("Accept")
    await stage.world.joins(stage.ben)
    await stage.ana.sees("@ben in the call", at="#support")


async def test_who_is_out_of_reach_when_invited_is_not_named_again_when_it_rings(stage: Stage) -> None:
    stage.ben.bars_apps()
    await stage.ana.types('/ring @ben @cy @dee "Retro" in 30 minutes', at="#support")
    await stage.cy.sees("invites you")
    await stage.world.after(seconds=5)
    stage.cy.bars_apps()
    await stage.world.after(minutes=30)
    await stage.dee.sees("is ringing you")
    await stage.world.after(seconds=5)
    words = "could not be reached in Slack: only their Stream apps tell them about this call."
    mine = [stage.ana.reads(message) for message in stage.world.workspace.dm(stage.ana).messages]
    assert [text for text in mine if "could not be reached" in text] == [f"@ben {words}", f"@cy {words}"]
    told_in_thread = [line for line in thread(stage) if "could not be reached" in line]
    assert told_in_thread == [f":warning: @{name} {words}" for name in ("ben", "cy")]


async def test_whom_slack_lets_the_bot_not_write_to_cannot_be_told_of_a_call_either(stage: Stage) -> None:
    stage.ben.bars_apps()
    await stage.ana.types("/notify @ben @cy", at="#support")
    await minutes_pass(stage)
    await stage.ana.sees("@ben could not be reached in Slack")
    await stage.cy.sees("@ana is telling you about a call")


# --- squeezed by limits


async def test_with_more_rings_than_slack_takes_dead_buttons_come_first_then_callees_cards_and_lines(
    stage: Stage,
) -> None:
    """A hundred and twenty people are rung at once, just as dee cancels a ring: what Slack was sent, in which order."""
    for group in "abc":
        people = [stage.world.workspace.person(f"{group}{number}") for number in range(40)]
        stage.world.workspace.usergroup(f"group-{group}", *people)
    await stage.dee.types("/ring @ana @ben", at="#support")
    await stage.world.settled()
    begun = len(stage.world.workspace.calls)
    stage.world.breaks(Road.STREAM_API, Kind.DELAY, times=None, seconds=1)  # They are told once Stream has the call:
    for caller, group in ((stage.ana, "a"), (stage.ben, "b"), (stage.cy, "c")):
        await caller.types(f"/ring @group-{group}", at="#support")
    await stage.dee.presses("Cancel", at="#support")  # she is in time.
    stage.world.mends()
    for _ in range(45):
        await stage.world.after(seconds=1)

    sent = [call for call in stage.world.workspace.calls[begun:] if call.ok]
    kinds = [kind for call in sent if (kind := what_it_was(stage, call)) is not None]
    assert kinds[:3] == ["dead buttons"] * 3, kinds[:6]
    plenty, scarce = kinds[3:22], kinds[22:50]
    assert plenty.count("direct message") >= 15, "beside them the three cards at most, and what dee's call says"
    assert scarce == ["direct message"] * 28, "what is left of the room, cards and lines leave to the callees"
    assert kinds.count("direct message") == 123, "each callee's, and each caller's own"
    assert kinds.count("card") == 3
    for later in ("card", "thread line"):
        assert middle(kinds, "direct message") < middle(kinds, later)
    refused = [call for call in stage.world.workspace.calls if call.status == 429]
    assert refused == [], "the bot keeps within the limits by itself"


async def test_of_what_waits_for_slack_dead_buttons_are_the_most_urgent(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage)
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_503, times=None)
    await stage.ana.presses("Cancel", at="#support")
    await stage.world.settled()
    assert stage.world.app is not None
    later = stage.world.clock.now() + timedelta(hours=1)
    owed = await stage.world.app.store.commit(lambda tx: tx.claim(later, 100, 10.0))
    urgency = [claimed.work.priority for claimed in owed if isinstance(claimed.work, Paint)]
    assert urgency == [Priority.DEAD_BUTTONS] * 4, "the card, its caller's message, and each callee's"


def middle(kinds: list[str], kind: str) -> float:
    """Where these stand on the whole: one that finds room while the others look for it may slip in between."""
    return fmean(at for at, each in enumerate(kinds) if each == kind)


def what_it_was(stage: Stage, call: APICall) -> str | None:
    if call.method == "chat.update":
        return "dead buttons"
    if call.method != "chat.postMessage":
        return None
    if call.args.get("thread_ts"):
        return "thread line"
    return "card" if call.args["channel"] == stage.support.id else "direct message"


# --- what every message carries


async def test_every_message_carries_text_and_nobodys_words_ping_a_channel(stage: Stage) -> None:
    topic = "<!channel> <!here> <@U0DEE> & <https://x.example|y>"
    await stage.ana.types(f'/ring @ben @cy "{topic}"', at="#support")
    await stage.world.settled()
    await stage.ben.chooses("In words…", of="Decline with…")
    await stage.ben.fills("What to tell the caller", "<!everyone> no & <!subteam^S0X>")
    await stage.ben.submits()
    await stage.cy.presses("Accept")
    await stage.world.settled()
    posting = ("chat.postMessage", "chat.update", "chat.postEphemeral", "response_url")
    posts = [call for call in stage.world.workspace.calls if call.method in posting]
    assert {"chat.postMessage", "chat.update"} <= {call.method for call in posts}
    for call in posts:
        written = str(call.args)
        assert call.args.get("text"), call
        for ping in ("<!channel", "<!here", "<!everyone", "<@U0DEE>", "<!subteam^S0X", "<https://x.example"):
            assert ping not in written, call
