"""What people read and can press, message by message, state by state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.call import answering, due, inviting, meeting, planning, ringing
from bot.call.values import (
    Call,
    CallKind,
    EndReason,
    Event,
    Member,
    MemberState,
    Reason,
    Rejection,
    TimelineEntry,
)
from bot.messages import MessageKey, MessageKind
from bot.sandbox.workspace.blocks import check_blocks, check_view
from bot.slack import blocks
from bot.slack.blocks import Action, Drawn, Note, buttons_table
from bot.slack.blocks.actions import LABELS, DeclineWith, rejection
from bot.slack.blocks.home import Shelf, shelf
from bot.slack.blocks.lines import is_for_the_channel
from tests.test_blocks_cases import RULES, START

ANA, BEN, CY, DEE = "U0ANA", "U0BEN", "U0CY", "U0DEE"
NAMES = {ANA: "Ana", BEN: "Ben", CY: "Cy", DEE: "Dee"}
LINK = "https://ringer.example/join/secret"
SOON = START + timedelta(seconds=10)
LATER = START + timedelta(minutes=12, seconds=10)
TONIGHT = START + timedelta(hours=8)


def new(*callees: str, **fields: Any) -> Call:
    call = Call(
        id="call-1",
        type="default",
        team="T0",
        channel="C0PLANS",
        caller=ANA,
        kind=CallKind.RING,
        created_at=START,
        ring_timeout=timedelta(seconds=60),
        members=(Member(ANA, state=MemberState.CALLER), *(Member(user) for user in callees)),
        ring_by=START + timedelta(seconds=60),
    )
    return replace(call, **fields)


def read(text: str) -> str:
    """As a person in UTC reads it: names and times."""
    for user, name in NAMES.items():
        text = text.replace(f"<@{user}>", name)
    text = text.replace("<#C0PLANS>", "#plans")
    for at in (START, SOON, LATER, TONIGHT, START + timedelta(seconds=60), TONIGHT - RULES.reminder):
        stamp = int(at.timestamp())
        text = text.replace(f"<!date^{stamp}^{{time}}|{at:%H:%M} UTC>", f"{at:%H:%M}")
        text = text.replace(
            f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d} at {at:%H:%M} UTC>", f"today {at:%H:%M}"
        )
    return text


def seen(drawn: Sequence[dict[str, Any]]) -> str:
    """All the words of these blocks."""
    texts = []
    for block in drawn:
        inside = [block.get("text"), *block.get("elements", [])] if block["type"] != "actions" else []
        texts += [each["text"] for each in inside if each]
    return read("\n".join(texts)).replace("*", "")


def pressable(drawn: Sequence[dict[str, Any]]) -> list[str]:
    return [
        LABELS[Action(element["action_id"])]
        for block in drawn
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if "action_id" in element
    ]


def message(call: Call, kind: MessageKind, user: str = "", nth: int = 1, now: datetime = SOON) -> Drawn:
    return blocks.draw(call, MessageKey(kind, user, nth), message_id="m1", link=LINK, now=now)


# --- calls as they go

RINGING = ringing.rang(new(BEN, CY), START).call
ALONE = ringing.rang(new(BEN), START).call
ACCEPTED = answering.accept(RINGING, BEN, SOON).call
JOINED = meeting.joined(meeting.joined(ACCEPTED, BEN, "b", SOON).call, ANA, "a", SOON).call
BUSY = answering.reject(ACCEPTED, CY, Rejection(Reason.BUSY), SOON).call
WORDS = answering.reject(ACCEPTED, CY, Rejection(Reason.TEXT, "on *a* train <!here>"), SOON).call
TYPED_BUSY = answering.reject(ACCEPTED, CY, Rejection(Reason.TEXT, "busy"), SOON).call
MISSED = ringing.missed(ACCEPTED, [CY], SOON).call
AGAIN = ringing.rang(inviting.ring_again(BUSY, ANA, None, SOON).call, SOON).call
CANCELLED = ringing.cancel(RINGING, ANA, SOON).call
ALL_NO = answering.reject(answering.reject(RINGING, BEN, Rejection(), SOON).call, CY, Rejection(), SOON).call
UNANSWERED = ringing.missed(answering.reject(RINGING, BEN, Rejection(), SOON).call, [CY], SOON).call
OVER = meeting.session_ended(ringing.missed(JOINED, [CY], SOON).call, LATER).call
ENDED = meeting.end(JOINED, ANA, LATER, is_admin=False).call
NOT_JOINED = due.tick(MISSED, SOON + RULES.join_grace, RULES).call
NOT_RUNG = ringing.not_rung(new(BEN, topic="plan"), "Stream did not answer in time, so nobody was rung.", SOON).call
PLAN = planning.scheduled(new(BEN, CY, ring_by=None, starts_at=TONIGHT, topic="the plan"), START, RULES).call
PLAN_NO = planning.cant_make_it(PLAN, BEN, SOON).call
MOVED = planning.edit(
    PLAN, ANA, SOON, RULES, starts_at=TONIGHT, topic="another plan", people=[m for m in PLAN.callees if m.user == BEN]
).call
REMINDED = planning.remind(PLAN, TONIGHT - RULES.reminder).call
_OFF = ringing.cancel(PLAN, ANA, SOON).call
CALLED_OFF = replace(_OFF, edits=1)
BEGUN = planning.begin(PLAN, TONIGHT).call
WAITED_FOR = meeting.joined(RINGING, ANA, "a", START).call
JOINED_LATE = answering.accept(WAITED_FOR, BEN, LATER).call
TOLD = ringing.rang(new(BEN, CY, kind=CallKind.NOTIFY), START).call
CHANNEL = ringing.rang(new(BEN, CY, kind=CallKind.NOTIFY, to_channel=True), START).call
TOLD_OVER = meeting.end(TOLD, ANA, SOON, is_admin=False).call
TOLD_LATER = planning.begin(replace(PLAN, kind=CallKind.NOTIFY), TONIGHT).call

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
        ["You accepted the call of Ana", "Video call"],
        ["Join", "Leave"],
        id="incoming: accepted",
    ),
    pytest.param(
        message(BUSY, MessageKind.INCOMING, CY),
        ["You declined the call of Ana (busy)", "The call is still on: you can join.", "Video call"],
        ["Join"],
        id="incoming: declined, the call is on",
    ),
    pytest.param(
        message(MISSED, MessageKind.INCOMING, CY),
        ["You missed a call of Ana at 10:00", "The call is still on: you can join.", "Video call"],
        ["Join"],
        id="incoming: missed, the call is on",
    ),
    pytest.param(
        message(AGAIN, MessageKind.INCOMING, CY, 1),
        ["Ana rang you, and rang you again since.", "See the newer message."],
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
        ["You missed a call of Ana at 10:00", "Nobody answered.", "Video call"],
        ["Call back"],
        id="incoming: missed, and over",
    ),
    pytest.param(
        message(ENDED, MessageKind.INCOMING, BEN),
        ["You accepted the call of Ana", "Ana ended the call for all after 12 min.", "Video call"],
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
        ["Nobody was rung", "“plan”", "Stream did not answer in time, so nobody was rung.", "Video call · for Ben"],
        ["Try again"],
        id="nobody rung",
    ),
    pytest.param(message(TOLD, MessageKind.TOLD, BEN), ["Ana tells you of a call", "Video call"], ["Join"], id="told"),
    pytest.param(
        message(TOLD_OVER, MessageKind.TOLD, BEN),
        ["Ana told you of a call", "Ana ended the call for all before anybody joined.", "Video call"],
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
        ["Ana took you out of this call.", "“another plan”", "You need do nothing."],
        [],
        id="invitation: taken out",
    ),
    pytest.param(
        message(MOVED, MessageKind.CHANGED, BEN),
        [
            "Ana changed the plan of a call: now for today 18:00",
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
        ["The call of Ana starts at 18:00", "“the plan”", "Video call"],
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
        message(RINGING, MessageKind.CARD),
        ["Ana is ringing Ben and Cy", "Ana calling", "Ben ringing", "Cy ringing", "Video call · ringing since 10:00"],
        ["Join", "Add people", "Cancel"],
        id="card: ringing",
    ),
    pytest.param(
        message(BUSY, MessageKind.CARD),
        [
            "The call of Ana with Ben and Cy is on",
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
            "The call of Ana with Ben and Cy is on",
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
            "The call of Ana with Ben and Cy is over",
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
            "The call of Ana with Ben and Cy is over",
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
            "The call of Ana with Ben and Cy is on",
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
        ["Ana tells #plans of a call", "2 told", "Video call · told at 10:00"],
        ["Join", "Notify again", "End for all"],
        id="card: a channel told",
    ),
]


def plain(words: str) -> list[str]:
    """Lines, without the emoji before them."""
    return [line.split(": ", 1)[1] if line.startswith(":") else line for line in words.splitlines()]


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
            "The call of Ana with Ben and Cy is over. Everybody left: the call ended after 12 min.",
        ),
        (message(ACCEPTED, MessageKind.CALLED_IN, ANA), "Ben accepted: come in."),
        (message(PLAN, MessageKind.REMINDER, BEN), "The call of Ana starts at 18:00. It is about “the plan”."),
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
    assert end["confirm"]["confirm"]["text"] == "End for all"
    cancel = message(PLAN, MessageKind.INVITE, ANA).blocks[-1]["elements"][-1]
    assert cancel["confirm"]["deny"]["text"] == "Keep it"


def test_a_crowd_is_counted() -> None:
    crowd = new(*(f"U{n:09}" for n in range(99)))
    call = answering.reject(ringing.rang(crowd, START).call, "U000000007", Rejection(), SOON).call
    assert "98 ringing · 1 declined" in seen(message(call, MessageKind.CARD).blocks)
    assert "and 96 others" in seen(message(call, MessageKind.CARD).blocks)


# --- lines


def entry(event: Event, user: str = "", users: tuple[str, ...] = (), text: str = "") -> TimelineEntry:
    return TimelineEntry(event, SOON, user or None, users, text)


@pytest.mark.parametrize(
    ("said", "call", "line"),
    [
        (entry(Event.RINGING, ANA, (BEN, CY)), RINGING, "Ana is ringing Ben and Cy."),
        (entry(Event.SCHEDULED, ANA, (BEN,)), PLAN, "Ana planned a call with Ben for today 18:00."),
        (entry(Event.NOTIFIED, ANA, (BEN,)), TOLD, "Ana told Ben of this call."),
        (entry(Event.NOTIFIED, ANA, (BEN,)), CHANNEL, "Ana told #plans of this call."),
        (entry(Event.SKIPPED, text="<@U0CY> is a bot <!here>."), RINGING, "Cy is a bot &lt;!here&gt;."),
        (entry(Event.SKIPPED, users=(CY,)), RINGING, "Cy cannot be rung."),
        (entry(Event.ACCEPTED, BEN), ACCEPTED, "Ben accepted."),
        (entry(Event.REJECTED, BEN, text="decline"), RINGING, "Ben declined."),
        (entry(Event.REJECTED, BEN, text="busy"), RINGING, "Ben declined (busy)."),
        (entry(Event.REJECTED, BEN, text="cancel"), RINGING, "Ben declined."),
        (entry(Event.REJECTED, CY, text="busy"), TYPED_BUSY, "Cy declined (“busy”)."),
        (entry(Event.REJECTED, BEN, text="on a <train>"), RINGING, "Ben declined (“on a &lt;train&gt;”)."),
        (entry(Event.REJECTED, BEN, text="Can't make it"), PLAN, "Ben can't make it."),
        (entry(Event.MISSED, users=(BEN, CY)), RINGING, "Ben and Cy missed it at 10:00."),
        (entry(Event.JOINED, BEN), ACCEPTED, "Ben joined."),
        (entry(Event.JOINED), ACCEPTED, "Somebody joined."),
        (entry(Event.LEFT, BEN), ACCEPTED, "Ben left."),
        (entry(Event.RUNG_AGAIN, ANA, (CY,)), ACCEPTED, "Ana is ringing Cy again."),
        (entry(Event.ADDED, BEN, (DEE,)), ACCEPTED, "Ben added Dee."),
        (entry(Event.NOT_RUNG, users=(DEE,)), ACCEPTED, "Dee could not be rung."),
        (
            entry(Event.EDITED, ANA, text="x\n*y*"),
            PLAN,
            "Ana changed the plan: now planned for today 18:00, about “x ∗y∗”.",
        ),
        (entry(Event.REMOVED, ANA, (CY,)), PLAN, "Ana took out Cy."),
        (entry(Event.REMINDED, users=(ANA, BEN)), PLAN, "Reminded Ana and Ben that it starts at 18:00."),
        (entry(Event.CAN_MAKE_IT, BEN), PLAN, "Ben can make it after all."),
        (
            entry(Event.ENDED),
            OVER,
            "Everybody left: the call ended after 12 min. There: Ana and Ben. Not there: Cy (missed).",
        ),
        (
            entry(Event.ENDED, ANA),
            ENDED,
            "Ana ended the call for all after 12 min. There: Ana and Ben. Not there: Cy (missed).",
        ),
        (
            entry(Event.ENDED, ANA),
            meeting.end(WAITED_FOR, ANA, LATER, is_admin=False).call,
            "Ana ended the call for all after 12 min. There: Ana. Not there: Ben (missed) and Cy (missed).",
        ),
        (
            entry(Event.ENDED, ANA),
            meeting.end(RINGING, ANA, LATER, is_admin=False).call,
            "Ana ended the call for all before anybody accepted.",
        ),
        (entry(Event.ENDED, ANA), CANCELLED, "Ana cancelled the call."),
        (entry(Event.ENDED), ALL_NO, "Everybody declined."),
        (entry(Event.ENDED), UNANSWERED, "Nobody answered. Not there: Ben (declined) and Cy (missed)."),
        (entry(Event.ENDED), NOT_JOINED, "Nobody joined, so the call is over. Accepted: Ben. Not there: Cy (missed)."),
        (entry(Event.ENDED), NOT_RUNG, "Stream did not answer in time, so nobody was rung."),
        (entry(Event.ENDED, ANA), CALLED_OFF, "Ana cancelled the call planned for today 18:00."),
    ],
    ids=lambda each: each.event.value if isinstance(each, TimelineEntry) else "",
)
def test_a_line(said: TimelineEntry, call: Call, line: str) -> None:
    assert plain(read(blocks.line(said, call))) == [line]


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_line(event: Event) -> None:
    assert blocks.line(entry(event, BEN, (CY,)), RINGING)


CHANNELS_PLAN = replace(PLAN, kind=CallKind.NOTIFY, to_channel=True)


@pytest.mark.parametrize(
    ("event", "call", "is_shown"),
    [
        pytest.param(Event.RUNG_AGAIN, CHANNEL, True, id="told again"),
        pytest.param(Event.EDITED, CHANNELS_PLAN, True, id="a plan was changed"),
        pytest.param(Event.NOTIFIED, replace(CHANNEL, starts_at=START), True, id="a plan has begun"),
        pytest.param(Event.ENDED, replace(CANCELLED, starts_at=START, rung_at=None, to_channel=True), True, id="off"),
        pytest.param(Event.NOTIFIED, CHANNEL, False, id="told by the card just now"),
        pytest.param(Event.JOINED, replace(CHANNEL, starts_at=START), False, id="somebody joined what was planned"),
        pytest.param(Event.ENDED, replace(OVER, to_channel=True), False, id="over"),
        pytest.param(Event.RUNG_AGAIN, TOLD, False, id="people by name told again"),
        pytest.param(Event.EDITED, PLAN, False, id="a plan of people by name"),
    ],
)
def test_which_lines_a_channel_sees_outside_the_thread(event: Event, call: Call, is_shown: bool) -> None:
    assert is_for_the_channel(entry(event, ANA), call) is is_shown


# --- Home and lists


@pytest.mark.parametrize(
    ("call", "user", "stands"),
    [
        pytest.param(RINGING, BEN, Shelf.INCOMING, id="being rung"),
        pytest.param(RINGING, ANA, Shelf.OUTGOING, id="ringing"),
        pytest.param(new(BEN), ANA, Shelf.OUTGOING, id="about to ring"),
        pytest.param(new(BEN), BEN, None, id="about to be rung, unheard of"),
        pytest.param(ACCEPTED, BEN, Shelf.LIVE, id="accepted"),
        pytest.param(ACCEPTED, CY, Shelf.INCOMING, id="still being rung"),
        pytest.param(BUSY, CY, Shelf.LIVE, id="declined, and on"),
        pytest.param(TOLD, BEN, Shelf.LIVE, id="told"),
        pytest.param(PLAN, BEN, Shelf.SCHEDULED, id="invited"),
        pytest.param(planning.begin(PLAN, TONIGHT).call, BEN, Shelf.SCHEDULED, id="its time has come"),
        pytest.param(OVER, CY, Shelf.RECENT, id="over"),
        pytest.param(NOT_RUNG, ANA, Shelf.RECENT, id="nobody rung"),
        pytest.param(NOT_RUNG, BEN, None, id="not rung, unheard of"),
        pytest.param(replace(OVER, end_reason=EndReason.REFUSED), ANA, None, id="refused"),
        pytest.param(RINGING, DEE, None, id="somebody else's"),
    ],
)
def test_where_a_call_stands(call: Call, user: str, stands: Shelf | None) -> None:
    assert shelf(call, user) is stands


def test_home_shows_each_call_with_its_buttons() -> None:
    calls = [replace(call, id=f"c{n}") for n, call in enumerate([OVER, PLAN, JOINED, RINGING])]
    view = blocks.home(calls, BEN, now=START)
    assert check_view(view) == []
    assert seen(view["blocks"]).splitlines() == [
        "Incoming",
        "Ana and you, with Cy",
        "Ana is ringing you until 10:01",
        "Live",
        "Ana and you, with Cy",
        "Going on · you: in the call",
        "Scheduled",
        "Ana and you, with Cy",
        "“the plan”",
        "Planned for today 18:00",
        "Recent",
        "Ana and you, with Cy",
        "You were there. Everybody left: the call ended after 12 min. · today 10:12",
    ]
    assert pressable(view["blocks"]) == [
        *["Accept", "Decline", "Decline with…"],
        *["Join", "Leave"],
        *["Join early", "Can't make it"],
    ]


def test_home_without_calls_explains_the_commands_by_their_names_here() -> None:
    said = seen(blocks.home([], ANA, now=START, ring="/klingel", notify="/sag")["blocks"])
    assert "/klingel @name" in said
    assert "/sag #channel" in said


def test_more_calls_than_slack_takes_are_a_number() -> None:
    calls = [replace(JOINED, id=f"c{n}") for n in range(50)]
    view = blocks.home(calls, ANA, now=START)
    assert len(view["blocks"]) <= 100
    assert seen(view["blocks"]).endswith("10 more not shown")
    drawn = blocks.listing(calls, ANA, now=START)
    assert len(drawn.blocks) <= 50
    assert seen(drawn.blocks).endswith("30 more not shown")
    assert drawn.text == "You have 50 calls."


def test_a_list_shows_what_is_open_only() -> None:
    assert blocks.listing([OVER], ANA, now=START).text == "You have no calls now. Type `/ring @name` to ring somebody."


# --- notes


@pytest.mark.parametrize(
    ("note", "call", "user", "says", "labels"),
    [
        (Note.RINGING, RINGING, ANA, "Ringing Ben and Cy…", []),
        (Note.NOTIFYING, CHANNEL, ANA, "Telling #plans of your call…", []),
        (
            Note.SCHEDULED_FOR,
            PLAN,
            ANA,
            "Your call with Ben and Cy is planned for today 18:00: “the plan”.",
            ["Edit", "Cancel"],
        ),
        (Note.JOIN, JOINED, BEN, "Here is your way into the call. This link is yours alone.", ["Join"]),
        (Note.JOIN, ENDED, BEN, "This call is over. Ana ended the call for all after 12 min.", []),
        (Note.OVER, CANCELLED, BEN, "This call is over. Ana cancelled the call.", ["Call back"]),
        (
            Note.NOT_A_MEMBER,
            RINGING,
            DEE,
            "This call is for those it rings or tells, and you are not one of them. Ana can add you.",
            [],
        ),
        (Note.NOT_THE_CALLER, RINGING, BEN, "Only Ana can do that: it is their call.", []),
        (
            Note.MAY_NOT_END,
            JOINED,
            BEN,
            "Only Ana, who called, or a workspace admin can end this call for all.",
            ["Leave"],
        ),
        (Note.ALREADY_ACCEPTED, JOINED, BEN, "You have accepted this call already.", ["Join"]),
        (
            Note.ACCEPTED_BEFORE,
            JOINED,
            BEN,
            "You have accepted this call, so you cannot decline it any more. You can leave it.",
            ["Leave"],
        ),
        (
            Note.ALREADY_REJECTED,
            BUSY,
            CY,
            "You declined (busy) this call already. It is still on: you can join.",
            ["Join"],
        ),
        (Note.ALREADY_REJECTED, PLAN_NO, BEN, "You have said already that you can't make it.", ["I can make it"]),
        (Note.MISSED_BEFORE, MISSED, CY, "You missed this call at 10:00. It is still on: you can join.", ["Join"]),
        (Note.MISSED_BEFORE, UNANSWERED, CY, "You missed this call at 10:00.", ["Call back"]),
        (
            Note.TOO_LATE_TO_CANCEL,
            ACCEPTED,
            ANA,
            "Somebody has accepted, so this call cannot be cancelled. You can leave it, or end it for all.",
            ["Leave", "End for all"],
        ),
        (
            Note.SNOOZED,
            planning.snooze(PLAN, BEN, START - timedelta(minutes=4, seconds=50)).call,
            BEN,
            "You are reminded again at 10:00.",
            [],
        ),
        (
            Note.CANCELLED,
            CALLED_OFF,
            ANA,
            "The call planned for today 18:00 is cancelled, and everybody invited is told.",
            [],
        ),
        (Note.NOT_RINGING, RINGING, ANA, "This is your own call, and it is not ringing now.", []),
        (Note.NOT_RINGING, ACCEPTED, BEN, "You are not being rung in this call now.", []),
        (Note.GLARE, ACCEPTED, BEN, "Ana was ringing you just now: you have accepted their call.", ["Join"]),
        (Note.NOT_RUNG, NOT_RUNG, ANA, "Stream did not answer in time, so nobody was rung.", ["Try again"]),
        (Note.NOTIFIED, TOLD, ANA, "Ben and Cy were told. This link is yours alone.", ["Join"]),
        (
            Note.CARD_ELSEWHERE,
            RINGING,
            ANA,
            "I cannot post here, so the call's card is in your direct messages with me.",
            [],
        ),
        (Note.TAKEN_OUT, MOVED, CY, "Ana took you out of the call planned for today 18:00.", []),
    ],
    ids=lambda each: each.value if isinstance(each, Note) else "",
)
def test_a_note(note: Note, call: Call, user: str, says: str, labels: list[str]) -> None:
    drawn = blocks.note(note, call=call, user=user, link=LINK)
    assert read(drawn.text) == says
    assert seen(drawn.blocks) == says
    assert pressable(drawn.blocks) == labels


@pytest.mark.parametrize("note", [Note.WRONG, Note.REFUSED, Note.SKIPPED, Note.NOT_RUNG])
def test_a_note_says_what_it_is_given(note: Note) -> None:
    drawn = blocks.note(note, call=None, user=ANA, text="<@U0CY> is a bot: type `/ring`.")
    assert read(drawn.text) == "Cy is a bot: type `/ring`."


def test_a_note_says_where_the_card_is() -> None:
    drawn = blocks.note(Note.CARD_ELSEWHERE, call=RINGING, user=ANA, text="in a group message with Ben")
    assert drawn.text == "I cannot post here, so the call's card is in a group message with Ben."


def test_which_to_cancel_offers_each() -> None:
    calls = [replace(RINGING, id="c1", topic="one"), replace(PLAN, id="c2")]
    drawn = blocks.note(Note.WHICH_TO_CANCEL, call=None, user=ANA, calls=calls)
    assert seen(drawn.blocks).splitlines() == [
        "Which of these do you want to cancel?",
        "Your call with Ben and Cy",
        "“one”",
        "Your call with Ben and Cy planned for today 18:00",
        "“the plan”",
    ]
    assert [block["accessory"]["value"] for block in drawn.blocks[1:]] == ["c1", "c2"]


# --- presses


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (DeclineWith.BUSY, Rejection(Reason.BUSY)),
        (DeclineWith.MEETING, Rejection(Reason.TEXT, "In a meeting")),
        (DeclineWith.LATER, Rejection(Reason.TEXT, "Call you later")),
        (DeclineWith.WORDS, None),
    ],
)
def test_what_a_choice_tells_the_caller(choice: DeclineWith, said: Rejection | None) -> None:
    assert rejection(choice) == said


@pytest.mark.parametrize(
    "action",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"action_id": "other:accept", "value": "c"}, id="another app's"),
        pytest.param({"action_id": "ringer:accept"}, id="no call"),
        pytest.param({"action_id": "ringer:accept", "value": None}, id="an empty call"),
        pytest.param({"action_id": "ringer:decline_with", "selected_option": None}, id="nothing chosen"),
        pytest.param({"action_id": "ringer:decline_with", "selected_option": {"value": "nope:c"}}, id="no such choice"),
        pytest.param(
            {"action_id": "ringer:decline_with", "selected_option": {"value": "busy"}}, id="a choice for no call"
        ),
    ],
)
def test_what_is_no_press_of_ours(action: dict[str, Any]) -> None:
    assert blocks.read_press(action) is None


def test_a_press_in_home_is_on_no_message() -> None:
    press = blocks.read_press({"action_id": "ringer:accept", "block_id": "home:c1", "value": "c1"})
    assert press == blocks.Press(Action.ACCEPT, "c1")


def test_one_pattern_takes_every_action() -> None:
    assert all(blocks.ANY_ACTION.match(action) for action in Action)


# --- the README's table


def test_the_table_names_every_button_and_every_place() -> None:
    table = buttons_table()
    shown = {label for line in table.splitlines()[2:] for label in line.split("|")[4].strip().split(" · ")}
    assert shown - {"none"} == set(LABELS.values())
    assert all(len(line.split("|")) == 6 for line in table.splitlines())


def test_help_names_the_commands_as_they_are_here() -> None:
    said = seen(blocks.help("/klingel", "/sag").blocks)
    assert "/klingel list" in said
    assert "/sag #channel" in said
    assert "/ring" not in said
