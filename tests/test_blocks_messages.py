"""What people read and can press, message by message, state by state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.call import answering, ringing
from bot.call.values import CallKind, Rejection
from bot.messages import MessageKind
from bot.sandbox.workspace.blocks import check_blocks
from bot.slack.blocks import Action, Drawn
from bot.slack.blocks.actions import LABELS
from tests.drawn import (
    ACCEPTED,
    AGAIN,
    ALONE,
    ANA,
    BEGUN,
    BEN,
    BUSY,
    CALLED_OFF,
    CANCELLED,
    CHANNEL,
    CY,
    ENDED,
    JOINED,
    JOINED_LATE,
    LATER,
    LINK,
    MISSED,
    MOVED,
    NOT_RUNG,
    OVER,
    PLAN,
    PLAN_NO,
    REMINDED,
    RINGING,
    SNOOZED,
    SOON,
    TOLD,
    TOLD_LATER,
    TOLD_OVER,
    TONIGHT,
    UNANSWERED,
    WORDS,
    message,
    new,
    plain,
    pressable,
    read,
    seen,
)
from tests.test_blocks_cases import RULES, START

MESSAGES = [
    pytest.param(
        message(replace(RINGING, topic="the plan"), MessageKind.INCOMING, BEN),
        ["Ana is ringing you", "“the plan”", "Video call · also Cy · rings until 10:01"],
        ["Accept", "Decline", "Decline with…"],
        id="incoming: ringing",
    ),
    pytest.param(
        message(replace(ALONE, video=False), MessageKind.INCOMING, BEN),
        ["Ana is ringing you", "Audio call · rings until 10:01"],
        ["Accept", "Decline", "Decline with…"],
        id="incoming: audio, nobody else, no topic",
    ),
    pytest.param(
        message(ACCEPTED, MessageKind.INCOMING, BEN),
        ["You accepted Ana's call", "Video call"],
        ["Join", "Leave"],
        id="incoming: accepted",
    ),
    pytest.param(
        message(BUSY, MessageKind.INCOMING, CY),
        ["You declined Ana's call (busy)", "The call is still on: you can join.", "Video call"],
        ["Join"],
        id="incoming: declined, the call is on",
    ),
    pytest.param(
        message(MISSED, MessageKind.INCOMING, CY),
        ["You missed a call from Ana at 10:00", "The call is still on: you can join.", "Video call"],
        ["Join"],
        id="incoming: missed, the call is on",
    ),
    pytest.param(
        message(AGAIN, MessageKind.INCOMING, CY, 1),
        ["Ana rang you, and has rung you again since.", "See the newer message."],
        [],
        id="incoming: an older ring",
    ),
    pytest.param(
        message(AGAIN, MessageKind.INCOMING, CY, 2, now=LATER),
        ["Ana is ringing you again", "Video call · also Ben"],
        ["Accept", "Decline", "Decline with…"],
        id="incoming: the newer ring, drawn late",
    ),
    pytest.param(
        message(CANCELLED, MessageKind.INCOMING, BEN),
        ["Ana rang you", "Ana cancelled the call.", "Video call"],
        ["Call back"],
        id="incoming: cancelled",
    ),
    pytest.param(
        message(UNANSWERED, MessageKind.INCOMING, CY),
        ["You missed a call from Ana at 10:00", "Nobody answered.", "Video call"],
        ["Call back"],
        id="incoming: missed, and over",
    ),
    pytest.param(
        message(ENDED, MessageKind.INCOMING, BEN),
        ["You accepted Ana's call", "Ana ended the call for all after 12 min.", "Video call"],
        [],
        id="incoming: accepted, and over",
    ),
    pytest.param(
        message(RINGING, MessageKind.OUTGOING, ANA),
        [
            "You are ringing Ben and Cy",
            "Your own link is here already: you are called in when somebody accepts.",
            "Video call",
        ],
        ["Join", "Cancel"],
        id="outgoing: ringing",
    ),
    pytest.param(
        message(ACCEPTED, MessageKind.OUTGOING, ANA),
        ["Your call with Ben and Cy is on", "Video call"],
        ["Join", "Leave", "End for all"],
        id="outgoing: accepted",
    ),
    pytest.param(
        message(CANCELLED, MessageKind.OUTGOING, ANA),
        ["Your call with Ben and Cy is over", "You cancelled the call.", "Video call"],
        ["Ring again"],
        id="outgoing: cancelled",
    ),
    pytest.param(
        message(ACCEPTED, MessageKind.CALLED_IN, ANA), ["Ben accepted: come in", "Video call"], ["Join"], id="called in"
    ),
    pytest.param(
        message(OVER, MessageKind.CALLED_IN, ANA),
        ["Ben accepted", "Everybody left: the call ended after 12 min."],
        [],
        id="called in, and over",
    ),
    pytest.param(
        message(NOT_RUNG, MessageKind.NOT_RUNG, ANA),
        [
            "Nobody was rung",
            "“plan”",
            "Stream did not take the call in time, so nobody was rung.",
            "Video call · for Ben",
        ],
        ["Try again"],
        id="nobody rung",
    ),
    pytest.param(
        message(replace(NOT_RUNG, kind=CallKind.NOTIFY), MessageKind.NOT_RUNG, ANA),
        [
            "Nobody was told",
            "“plan”",
            "Stream did not take the call in time, so nobody was told.",
            "Video call · for Ben",
        ],
        ["Try again"],
        id="nobody told",
    ),
    pytest.param(
        message(TOLD, MessageKind.TOLD, BEN), ["Ana is telling you about a call", "Video call"], ["Join"], id="told"
    ),
    pytest.param(
        message(TOLD_OVER, MessageKind.TOLD, BEN),
        ["Ana told you about a call", "Ana ended the call for all before anybody joined.", "Video call"],
        [],
        id="told, and over",
    ),
    pytest.param(
        message(PLAN, MessageKind.INVITE, BEN),
        ["Ana invites you to a call for today 18:00", "“the plan”", "You will be rung then.", "Video call · also Cy"],
        ["Can't make it"],
        id="invitation",
    ),
    pytest.param(
        message(PLAN_NO, MessageKind.INVITE, BEN),
        [
            "Ana invites you to a call for today 18:00",
            "“the plan”",
            "You said you can't make it.",
            "Video call · also Cy",
        ],
        ["I can make it"],
        id="invitation: said no",
    ),
    pytest.param(
        message(PLAN, MessageKind.INVITE, ANA),
        ["You planned a call with Ben and Cy for today 18:00", "“the plan”", "Video call"],
        ["Edit", "Cancel"],
        id="invitation: the caller's",
    ),
    pytest.param(
        message(CALLED_OFF, MessageKind.INVITE, BEN),
        [
            "Ana invites you to a call for today 18:00",
            "“the plan”",
            "Ana cancelled the call planned for today 18:00.",
            "Video call · also Cy",
        ],
        [],
        id="invitation: called off",
    ),
    pytest.param(
        message(MOVED, MessageKind.INVITE, CY),
        ["Ana removed you from this call.", "“another plan”", "There is nothing you need to do."],
        [],
        id="invitation: taken out",
    ),
    pytest.param(
        message(MOVED, MessageKind.CHANGED, BEN),
        [
            "Ana changed the plan for a call: now for today 18:00",
            "“another plan”",
            "You will be rung then.",
            "Video call",
        ],
        ["Can't make it"],
        id="changed",
    ),
    pytest.param(
        message(CALLED_OFF, MessageKind.CHANGED, BEN),
        ["Ana cancelled the call planned for today 18:00.", "“the plan”", "Video call"],
        [],
        id="changed: called off",
    ),
    pytest.param(
        message(REMINDED, MessageKind.REMINDER, BEN),
        ["Ana's call starts at 18:00", "“the plan”", "Video call"],
        ["Join early", "Snooze", "Can't make it"],
        id="reminder",
    ),
    pytest.param(
        message(REMINDED, MessageKind.REMINDER, ANA),
        ["Your call with Ben and Cy starts at 18:00", "“the plan”", "Video call"],
        ["Join early", "Snooze"],
        id="reminder: the caller's",
    ),
    pytest.param(
        message(SNOOZED, MessageKind.REMINDER, BEN, now=TONIGHT - RULES.reminder - timedelta(seconds=30)),
        ["Ana's call starts at 18:00", "“the plan”", "Video call"],
        ["Join early", "Snooze", "Can't make it"],
        id="reminder: snoozed, and drawn by a replica whose clock is behind",
    ),
    pytest.param(
        message(RINGING, MessageKind.CARD),
        ["Ana is ringing Ben and Cy", "Ana calling", "Ben ringing", "Cy ringing", "Video call · ringing since 10:00"],
        ["Join", "Add people", "Cancel"],
        id="card: ringing",
    ),
    pytest.param(
        message(BUSY, MessageKind.CARD),
        [
            "Ana's call with Ben and Cy is on",
            "Ana not in yet",
            "Ben accepted",
            "Cy declined (busy)",
            "Video call · going on since 10:00",
        ],
        ["Join", "Leave", "Ring again", "Add people", "End for all"],
        id="card: accepted",
    ),
    pytest.param(
        message(WORDS, MessageKind.CARD),
        [
            "Ana's call with Ben and Cy is on",
            "Ana not in yet",
            "Ben accepted",
            "Cy declined (“on ∗a∗ train &lt;!here&gt;”)",
            "Video call · going on since 10:00",
        ],
        ["Join", "Leave", "Ring again", "Add people", "End for all"],
        id="card: declined in words",
    ),
    pytest.param(
        message(OVER, MessageKind.CARD),
        [
            "Ana's call with Ben and Cy is over",
            "Everybody left: the call ended after 12 min.",
            "There: Ana and Ben. Not there: Cy (missed).",
            "Video call · ended today 10:12 · lasted 12 min",
        ],
        ["Ring again"],
        id="card: over",
    ),
    pytest.param(
        message(UNANSWERED, MessageKind.CARD),
        [
            "Ana's call with Ben and Cy is over",
            "Nobody answered.",
            "Not there: Ben (declined) and Cy (missed).",
            "Video call · ended today 10:00",
        ],
        ["Ring again"],
        id="card: nobody answered",
    ),
    pytest.param(
        message(PLAN_NO, MessageKind.CARD),
        [
            "Ana plans a call with Ben and Cy for today 18:00",
            "“the plan”",
            "Ana planned it",
            "Ben can't make it",
            "Cy invited",
            "Video call · starts today 18:00",
        ],
        ["Edit", "Cancel"],
        id="card: a plan",
    ),
    pytest.param(
        message(BEGUN, MessageKind.CARD),
        ["Ana is about to ring Ben and Cy", "“the plan”", "Ana calling", "Ben invited", "Cy invited", "Video call"],
        ["Cancel"],
        id="card: a plan whose time has come",
    ),
    pytest.param(
        message(TOLD_LATER, MessageKind.CARD),
        ["Ana is about to tell Ben and Cy", "“the plan”", "Ana calling", "Ben invited", "Cy invited", "Video call"],
        ["Cancel"],
        id="card: people are about to be told",
    ),
    pytest.param(
        message(JOINED_LATE, MessageKind.CARD),
        [
            "Ana's call with Ben and Cy is on",
            "Ana in the call",
            "Ben accepted",
            "Cy ringing",
            "Video call · going on since 10:00",
        ],
        ["Join", "Leave", "Add people", "End for all"],
        id="card: going on since the first was in, not since the first accepted",
    ),
    pytest.param(
        message(CHANNEL, MessageKind.CARD),
        ["Ana is telling #plans about a call", "2 told", "Video call · told at 10:00"],
        ["Join", "Notify again", "End for all"],
        id="card: a channel told",
    ),
]


@pytest.mark.parametrize(("drawn", "lines", "labels"), MESSAGES)
def test_a_message(drawn: Drawn, lines: list[str], labels: list[str]) -> None:
    assert plain(seen(drawn.blocks)) == lines
    assert check_blocks(list(drawn.blocks), "message") == []
    assert pressable(drawn.blocks) == labels


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        (
            message(replace(RINGING, topic="the plan"), MessageKind.INCOMING, BEN),
            "Ana is ringing you. It is about “the plan”.",
        ),
        (message(CANCELLED, MessageKind.INCOMING, BEN), "Ana rang you. Ana cancelled the call."),
        (
            message(OVER, MessageKind.CARD),
            "Ana's call with Ben and Cy is over. Everybody left: the call ended after 12 min.",
        ),
        (message(ACCEPTED, MessageKind.CALLED_IN, ANA), "Ben accepted: come in."),
        (message(PLAN, MessageKind.REMINDER, BEN), "Ana's call starts at 18:00. It is about “the plan”."),
    ],
    ids=["ringing", "cancelled", "over", "called in", "reminder"],
)
def test_what_a_notification_says(drawn: Drawn, text: str) -> None:
    assert read(drawn.text) == text


def test_links_are_on_the_buttons_that_lead_in_and_on_no_others() -> None:
    to_ben, to_ana = message(RINGING, MessageKind.INCOMING, BEN), message(JOINED, MessageKind.OUTGOING, ANA)
    linked = [
        [LABELS[Action(element["action_id"])] for element in drawn.blocks[-1]["elements"] if "url" in element]
        for drawn in (to_ben, to_ana)
    ]
    assert linked == [["Accept"], ["Join"]]
    assert {to_ben.blocks[-1]["elements"][0]["url"], to_ana.blocks[-1]["elements"][0]["url"]} == {LINK}


def test_end_for_all_and_cancelling_a_plan_ask_first() -> None:
    end = message(JOINED, MessageKind.OUTGOING, ANA).blocks[-1]["elements"][-1]
    assert (end["style"], end["confirm"]["confirm"]["text"]) == ("danger", "End for all")
    cancel = message(PLAN, MessageKind.INVITE, ANA).blocks[-1]["elements"][-1]
    assert cancel["confirm"]["deny"]["text"] == "Keep it"


def test_a_crowd_is_counted() -> None:
    crowd = new(*(f"U{n:09}" for n in range(99)))
    call = answering.reject(ringing.rang(crowd, START).call, "U000000007", Rejection(), SOON).call
    assert "98 ringing · 1 declined" in seen(message(call, MessageKind.CARD).blocks)
    assert "and 96 others" in seen(message(call, MessageKind.CARD).blocks)
