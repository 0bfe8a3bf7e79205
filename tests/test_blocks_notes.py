"""What one person alone is told, and what their presses mean."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.call import meeting, planning
from bot.call.values import Call, Reason, Rejection
from bot.slack import blocks
from bot.slack.blocks import Action, Note
from bot.slack.blocks.actions import DeclineWith, rejection
from tests.drawn import (
    ACCEPTED,
    AGAIN,
    ALL_NO,
    ANA,
    BEN,
    BUSY,
    CALLED_OFF,
    CANCELLED,
    CHANNEL,
    CY,
    DEE,
    ENDED,
    JOINED,
    LATER,
    MISSED,
    MOVED,
    PLAN,
    PLAN_NO,
    REMINDED,
    RINGING,
    TOLD,
    UNANSWERED,
    pressable,
    read,
    seen,
)
from tests.test_blocks_cases import START

IN_AFTER_ALL = meeting.joined(BUSY, CY, "c", LATER).call
OUT_AGAIN = meeting.left(IN_AFTER_ALL, CY, "c", LATER).call
BEN_IN = meeting.joined(TOLD, BEN, "b", LATER).call

# --- notes


@pytest.mark.parametrize(
    ("note", "call", "user", "says", "labels"),
    [
        (Note.RINGING, RINGING, ANA, "Ringing Ben and Cy…", []),
        (Note.NOTIFYING, CHANNEL, ANA, "Telling #plans about your call…", []),
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
        (
            Note.NOT_A_MEMBER,
            CHANNEL,
            DEE,
            "This call is for those who were in #plans when Ana asked for it, and you are not one of them.",
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
        (
            Note.MAY_NOT_ADD,
            JOINED,
            CY,
            "Only Ana, who called, or whoever takes part in the call can add people.",
            ["Join"],
        ),
        (Note.MAY_NOT_ADD, PLAN, BEN, "Only Ana can do that: it is their call.", []),
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
            "You already declined this call (busy). It is still on: you can join.",
            ["Join"],
        ),
        (Note.ALREADY_REJECTED, ALL_NO, BEN, "You already declined this call.", ["Call back"]),
        (
            Note.ALREADY_REJECTED,
            IN_AFTER_ALL,
            CY,
            "You are in this call now, so you cannot decline it any more. You can leave it.",
            ["Leave"],
        ),
        (
            Note.ALREADY_REJECTED,
            OUT_AGAIN,
            CY,
            "You already declined this call (busy), but you were in it too. It is still on: you can join.",
            ["Join"],
        ),
        (
            Note.ALREADY_REJECTED,
            meeting.session_ended(OUT_AGAIN, LATER).call,
            CY,
            "You already declined this call (busy), but you were in it too.",
            ["Call back"],
        ),
        (
            Note.ALREADY_REJECTED,
            AGAIN,
            CY,
            "You had already answered this call. It is still on: you can join.",
            ["Join"],
        ),
        (Note.ALREADY_REJECTED, PLAN_NO, BEN, "You have said already that you can't make it.", ["I can make it"]),
        (Note.MISSED_BEFORE, MISSED, CY, "You missed this call at 10:00. It is still on: you can join.", ["Join"]),
        (
            Note.MISSED_BEFORE,
            meeting.joined(MISSED, CY, "c", LATER).call,
            CY,
            "You are in this call now, so you cannot decline it any more. You can leave it.",
            ["Leave"],
        ),
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
            planning.snooze(REMINDED, BEN, START - timedelta(minutes=4, seconds=50)).call,
            BEN,
            "I'll remind you again today 10:00.",
            [],
        ),
        (
            Note.CANCELLED,
            CALLED_OFF,
            ANA,
            "The call planned for today 18:00 is cancelled, and everybody invited will be told.",
            [],
        ),
        (Note.NOT_RINGING, RINGING, ANA, "This is your own call, and it is not ringing now.", []),
        (Note.NOT_RINGING, ACCEPTED, BEN, "You are not being rung in this call now.", []),
        (Note.GLARE, ACCEPTED, BEN, "Ana was ringing you just now: you have accepted their call.", ["Join"]),
        (Note.NOTIFIED_AGAIN, TOLD, ANA, "They are told once more.", []),
        (Note.NOTIFIED_AGAIN, BEN_IN, ANA, "They are told once more.", []),
        (
            Note.NOTIFIED_AGAIN,
            meeting.joined(BEN_IN, CY, "c", LATER).call,
            ANA,
            "Everybody who was told is in the call already: only their Stream apps are told once more.",
            [],
        ),
        (
            Note.CARD_ELSEWHERE,
            RINGING,
            ANA,
            "I cannot post in #plans, so the call's card is here, in your direct messages with me.",
            [],
        ),
        (Note.TAKEN_OUT, MOVED, CY, "Ana removed you from the call planned for today 18:00.", []),
    ],
    ids=lambda each: each.value if isinstance(each, Note) else "",
)
def test_a_note(note: Note, call: Call, user: str, says: str, labels: list[str]) -> None:
    drawn = blocks.note(note, call=call, user=user)
    assert read(drawn.text) == says
    assert seen(drawn.blocks) == says
    assert pressable(drawn.blocks) == labels


@pytest.mark.parametrize("note", [Note.REFUSED, Note.SKIPPED])
def test_a_note_says_what_it_is_given(note: Note) -> None:
    drawn = blocks.note(note, call=None, user=ANA, text="<@U0CY> is a bot: type `/ring`.")
    assert read(drawn.text) == "Cy is a bot: type `/ring`."


def test_a_long_note_goes_on_in_another_section() -> None:
    line = " ".join(["<@U0CY>"] * 200)
    drawn = blocks.note(Note.SKIPPED, call=None, user=ANA, text="\n".join([line] * 3))
    assert [block["text"]["text"] for block in drawn.blocks] == [line, line, line]
    assert len(drawn.text) <= 300


def test_a_note_says_where_the_card_is() -> None:
    drawn = blocks.note(Note.CARD_ELSEWHERE, call=RINGING, user=ANA, text="in a group message with Ben")
    assert read(drawn.text) == "I cannot post in #plans, so the call's card is in a group message with Ben."


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
    button = blocks.read_press({"action_id": "ringer:accept", "block_id": "home:c1", "value": "c1"})
    assert button == blocks.Button(Action.ACCEPT, "c1")


def test_one_pattern_takes_every_action() -> None:
    assert all(blocks.ANY_ACTION.match(action) for action in Action)
