"""What people press, sent as Slack sends it: which verb it becomes, and what they are answered."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.call.values import Call, CallStatus, Member, MemberState, Reason, Rejection
from bot.ringer.press import Press
from bot.slack.blocks import Action, Callback, DeclineWith
from tests.listening import (
    ANA,
    BEN,
    CALL,
    CY,
    DEE,
    LATER,
    NOW,
    ON_M1,
    OTHER_TEAM,
    PLAN,
    TEAM,
    Slack,
    a_call,
    button,
    menu,
)

PLAIN_VERBS = {
    Action.ACCEPT: "accept",
    Action.CANCEL: "cancel",
    Action.CANCEL_PLAN: "cancel",
    Action.PICK_CANCEL: "cancel",
    Action.JOIN: "join",
    Action.JOIN_EARLY: "join",
    Action.LEAVE: "leave",
    Action.END: "end",
    Action.RING_AGAIN: "ring_again",
    Action.CALL_BACK: "call_back",
    Action.TRY_AGAIN: "try_again",
    Action.NOTIFY_AGAIN: "notify_again",
    Action.CANT_MAKE_IT: "cant_make_it",
    Action.CAN_MAKE_IT: "can_make_it",
    Action.SNOOZE: "snooze",
}


@pytest.mark.parametrize("action", PLAIN_VERBS)
async def test_a_press_is_one_verb(slack: Slack, action: Action) -> None:
    answer = await slack.press(button(action))
    assert (answer.status, answer.text) == (200, "")
    assert slack.ringer.heard == [(PLAIN_VERBS[action], CALL, ON_M1)]


def test_every_action_is_listened_to() -> None:
    elsewhere = {Action.DECLINE, Action.DECLINE_WITH, Action.EDIT, Action.ADD_PEOPLE}
    assert {*PLAIN_VERBS} | elsewhere == {*Action}


async def test_a_link_button_says_that_it_opened(slack: Slack) -> None:
    await slack.press(button(Action.ACCEPT, url="https://meet.example.com/x"))
    assert slack.ringer.heard == [("accept", CALL, replace(ON_M1, opened_link=True))]


async def test_decline_rejects(slack: Slack) -> None:
    await slack.press(button(Action.DECLINE))
    assert slack.ringer.heard == [("reject", CALL, ON_M1, Rejection(Reason.DECLINE))]


@pytest.mark.parametrize(
    ("choice", "rejection"),
    [
        (DeclineWith.BUSY, Rejection(Reason.BUSY)),
        (DeclineWith.MEETING, Rejection(Reason.TEXT, "In a meeting")),
        (DeclineWith.LATER, Rejection(Reason.TEXT, "Call you later")),
    ],
)
async def test_the_menu_rejects_with_a_reason(slack: Slack, choice: DeclineWith, rejection: Rejection) -> None:
    await slack.press(menu(choice))
    assert slack.ringer.heard == [("reject", CALL, ON_M1, rejection)]


async def test_in_words_asks_for_them_and_rejects_with_them(slack: Slack) -> None:
    slack.ringer.calls[CALL] = a_call(Member(BEN, state=MemberState.RINGING))
    await slack.press(menu(DeclineWith.WORDS))
    [(_, view)] = slack.opened
    assert (view["callback_id"], slack.ringer.heard) == (Callback.DECLINE, [])
    ids = json.loads(view["private_metadata"])
    answer = await slack.submit(
        view["callback_id"], {"words": {"value": " on a \ud83d\ude82\x00 train "}}, user=BEN, **ids
    )
    assert answer.json == {"response_action": "clear"}
    press = Press(TEAM, BEN, message_id="m1")
    assert slack.ringer.heard == [("reject", CALL, press, Rejection(Reason.TEXT, "on a 🚂 train"))]


async def test_in_words_where_nothing_rings_says_why(slack: Slack) -> None:
    slack.ringer.calls[CALL] = a_call(Member(BEN, state=MemberState.ACCEPTED))
    await slack.press(menu(DeclineWith.WORDS))
    assert slack.opened == []
    assert slack.ringer.heard == [("reject", CALL, ON_M1, Rejection())]


ALIVE = a_call(Member(BEN, state=MemberState.ACCEPTED), status=CallStatus.ACCEPTED)


@pytest.mark.parametrize("user", [ANA, BEN], ids=["the caller", "who accepted"])
async def test_add_people_asks_whom(slack: Slack, user: str) -> None:
    slack.ringer.calls[CALL] = ALIVE
    await slack.press(button(Action.ADD_PEOPLE), user=user)
    [(trigger, view)] = slack.opened
    assert (trigger, view["callback_id"], slack.ringer.heard) == ("trigger-2", Callback.ADD_PEOPLE, [])
    ids = json.loads(view["private_metadata"])
    await slack.submit(view["callback_id"], {"users": {"selected_users": [CY, DEE]}}, user=user, **ids)
    assert slack.ringer.heard == [("add_people", CALL, Press(TEAM, user, message_id="m1"), (CY, DEE))]


@pytest.mark.parametrize("call", [None, ALIVE, replace(ALIVE, status=CallStatus.ENDED)], ids=["gone", "alive", "over"])
async def test_add_people_by_someone_else_is_the_verbs_to_refuse(slack: Slack, call: Call | None) -> None:
    slack.ringer.calls |= {CALL: call} if call else {}
    await slack.press(button(Action.ADD_PEOPLE), user=CY)
    assert slack.opened == []
    assert slack.ringer.heard == [("add_people", CALL, replace(ON_M1, user=CY), ())]


async def test_edit_asks_with_what_is_planned(slack: Slack) -> None:
    slack.ringer.calls[CALL] = PLAN
    await slack.press(button(Action.EDIT), user=ANA)
    [(_, view)] = slack.opened
    shown = json.dumps(view["blocks"])
    assert BEN in shown and "the plan" in shown and str(int((NOW + timedelta(hours=1)).timestamp())) in shown
    values = {
        "users": {"selected_users": [CY]},
        "topic": {"value": "another plan"},
        "at": {"selected_date_time": LATER},
    }
    await slack.submit(view["callback_id"], values, **json.loads(view["private_metadata"]))
    assert slack.ringer.heard == [("edit", CALL, Press(TEAM, ANA, message_id="m1"), (CY,), "another plan", LATER)]


@pytest.mark.parametrize(
    ("user", "call"), [(BEN, PLAN), (ANA, ALIVE), (ANA, None)], ids=["not theirs", "begun", "gone"]
)
async def test_edit_of_what_cannot_be_edited_is_the_verbs_to_refuse(slack: Slack, user: str, call: Call | None) -> None:
    slack.ringer.calls |= {CALL: call} if call else {}
    await slack.press(button(Action.EDIT), user=user)
    assert slack.opened == []
    [(verb, call_id, press, *_)] = slack.ringer.heard
    assert (verb, call_id, press.user) == ("edit", CALL, user)


async def test_someone_of_another_organisation_presses_in_our_team(slack: Slack) -> None:
    await slack.press(button(Action.DECLINE), user=DEE, user_team=OTHER_TEAM)
    [(_, _, press, _)] = slack.ringer.heard
    assert (press.team, press.user) == (TEAM, DEE)


async def test_a_press_on_home_stands_on_no_message(slack: Slack) -> None:
    action = {**button(Action.JOIN), "block_id": "home:c0ffee"}
    view = {"id": "V1", "type": "home", "callback_id": "", "state": {"values": {}}}
    await slack.interaction(
        {
            "type": "block_actions",
            "user": {"id": BEN, "team_id": TEAM},
            "team": {"id": TEAM},
            "container": {"type": "view", "view_id": "V1"},
            "view": view,
            "trigger_id": "t",
            "actions": [action],
        }
    )
    assert slack.ringer.heard == [("join", CALL, Press(TEAM, BEN))]


async def test_a_press_whose_verb_fails_is_not_acknowledged_and_logged_with_its_call(slack: Slack) -> None:
    slack.ringer.broken = True
    with capture_logs() as logs:
        answer = await slack.press(button(Action.ACCEPT))
    assert answer.status == 500, "Slack shows the presser a warning"
    assert [(log["log_level"], log["call"]) for log in logs] == [("error", CALL)]


ODD_PRESSES: dict[str, tuple[dict[str, Any], int]] = {
    "somebody else's button": ({"type": "button", "action_id": "other", "block_id": "b", "value": "x"}, 200),
    "a button of ours that is no more": (
        {"type": "button", "action_id": "ringer:wave", "block_id": "b", "value": CALL},
        400,
    ),
    "a button without its call": ({"type": "button", "action_id": Action.JOIN, "block_id": "b"}, 400),
    "a menu without a choice": ({"type": "static_select", "action_id": Action.DECLINE_WITH, "block_id": "b"}, 400),
    "a choice that is none": (
        {"type": "static_select", "action_id": Action.DECLINE_WITH, "selected_option": {"value": "wave:c"}},
        400,
    ),
    "a menu that chose a word": (
        {"type": "static_select", "action_id": Action.DECLINE_WITH, "selected_option": "busy"},
        400,
    ),
}


@pytest.mark.parametrize(("action", "status"), ODD_PRESSES.values(), ids=ODD_PRESSES)
async def test_a_press_that_means_nothing_changes_nothing(slack: Slack, action: dict[str, Any], status: int) -> None:
    with capture_logs() as logs:
        assert (await slack.press(action)).status == status
    assert slack.ringer.heard == []
    assert all("exc_info" not in log for log in logs)
