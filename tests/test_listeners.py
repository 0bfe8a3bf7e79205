"""What people do in Slack, sent as Slack sends it: which verb it becomes, and what they are answered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.call.values import Call, CallKind, CallStatus, Member, MemberState, Reason, Rejection
from bot.person import Identity
from bot.ringer.press import Asked, Cancelled, How, Press
from bot.slack.blocks import Action, Block, Callback, DeclineWith
from bot.slack.blocks.note_kinds import Note
from bot.slack.blocks.note_words import SAYS
from bot.slack.listeners import add_listeners, build_app
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
    RESPONSE_URL,
    TEAM,
    Slack,
    Switchboard,
    a_call,
    button,
    menu,
    slack_and_bot,
)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with slack_and_bot() as started:
        yield started


# --- commands


ASKED = {
    "two people": ("/ring", f"<@{BEN}|ben> <@{CY}>", Asked(TEAM, ANA, "C1", users=(BEN, CY))),
    "a group and a topic": (
        "/ring",
        f'<@{BEN}> <!subteam^S1|@devs> "the plan"',
        Asked(TEAM, ANA, "C1", users=(BEN,), groups=("S1",), topic="the plan"),
    ),
    "later, by voice": ("/ring", f"<@{BEN}> tomorrow 9:30 audio", Asked(TEAM, ANA, "C1", users=(BEN,), video=False)),
    "a channel": (
        "/notify",
        "<#C9|random> “the plan”",
        Asked(TEAM, ANA, "C1", CallKind.NOTIFY, notify_channel="C9", topic="the plan"),
    ),
    "people told": ("/notify", f"<@{BEN}>", Asked(TEAM, ANA, "C1", CallKind.NOTIFY, users=(BEN,))),
}


@pytest.mark.parametrize(("command", "text", "asked"), ASKED.values(), ids=ASKED)
async def test_a_command_asks_for_a_call(slack: Slack, command: str, text: str, asked: Asked) -> None:
    answer = await slack.command(text, command=command)
    [(_, heard)] = slack.ringer.heard
    assert replace(heard, when="") == replace(asked, response_url=RESPONSE_URL, text=text)
    assert heard.when == ("tomorrow 9:30" if "tomorrow" in text else "")
    assert answer.status == 200 and answer.json["response_type"] == "ephemeral"


HEARD: dict[How, str] = {
    How.RINGING: f"Ringing <@{BEN}> and <!subteam^S1>…",
    How.SCHEDULING: f"Planning a call with <@{BEN}> and <!subteam^S1>…",
    How.NOTIFYING: f"Telling <@{BEN}> and <!subteam^S1> of your call…",
    How.SAME_AS_BEFORE: "it is the same call, and nobody is rung twice",
    How.RATE_LIMITED: "You have begun many calls within a minute",
    How.WORKSPACE_LIMITED: "So many calls were begun in this workspace within a minute",
    How.GLARE: f"<@{BEN}> was ringing you just now: you have accepted their call.",
}


@pytest.mark.parametrize("how", How)
async def test_the_typist_hears_what_became_of_it(slack: Slack, how: How) -> None:
    slack.ringer.how = how
    slack.ringer.calls[CALL] = a_call(Member(ANA, state=MemberState.ACCEPTED), caller=BEN)
    answer = await slack.command(f"<@{BEN}> <!subteam^S1>")
    assert HEARD[how] in answer.json["text"]
    assert HEARD[how] in json.dumps(answer.json["blocks"], ensure_ascii=False)


async def test_oneself_is_not_said_to_be_rung(slack: Slack) -> None:
    assert (await slack.command(f"<@{ANA}> <@{BEN}>")).json["text"] == f"Ringing <@{BEN}>…"


SAID_AT_ONCE = {
    "no syntax of ours": ("/ring", "@ben", "I don't know `@ben`"),
    "a channel in /ring": ("/ring", "<#C1|general>", "/notify <#C1>"),
    "help": ("/ring", "help", "How to ring people with /ring"),
    "help with telling": (
        "/notify",
        "help",
        "How to ring people with /ring, and to tell people of a call with /notify",
    ),
    "nobody to tell": ("/notify", "hello", "Nobody is named"),
}


@pytest.mark.parametrize(("command", "text", "said"), SAID_AT_ONCE.values(), ids=SAID_AT_ONCE)
async def test_syntax_is_answered_at_once(slack: Slack, command: str, text: str, said: str) -> None:
    answer = await slack.command(text, command=command)
    assert said in answer.json["text"] and answer.json["response_type"] == "ephemeral"
    assert slack.ringer.heard == []


async def test_ring_list_shows_ones_calls(slack: Slack) -> None:
    slack.ringer.calls[CALL] = a_call(Member(BEN, state=MemberState.RINGING, rings=1), topic="the plan")
    answer = await slack.command("list")
    assert slack.ringer.heard == [("calls_of", TEAM, ANA)]
    assert answer.json["text"] == "You have 1 call."
    assert Action.CANCEL in json.dumps(answer.json["blocks"])


CANCELLED = {
    "the one": (Cancelled(a_call(Member(BEN))), f"Your call with <@{BEN}> is cancelled."),
    "none": (Cancelled(), SAYS[Note.NOTHING_TO_CANCEL]),
    "which of two": (Cancelled(None, (a_call(Member(BEN)), a_call(Member(CY), id="c2"))), SAYS[Note.WHICH_TO_CANCEL]),
}


@pytest.mark.parametrize(("cancelled", "said"), CANCELLED.values(), ids=CANCELLED)
async def test_ring_cancel_cancels_the_one_or_asks_which(slack: Slack, cancelled: Cancelled, said: str) -> None:
    slack.ringer.cancelled = cancelled
    answer = await slack.command("cancel")
    assert slack.ringer.heard == [("cancel_outgoing", TEAM, ANA)]
    assert answer.json["text"] == said
    assert json.dumps(answer.json["blocks"]).count(Action.PICK_CANCEL) == len(cancelled.which)


@pytest.mark.parametrize(("command", "callback"), [("/ring", Callback.RING), ("/notify", Callback.NOTIFY)])
async def test_a_command_alone_opens_a_modal(slack: Slack, command: str, callback: Callback) -> None:
    answer = await slack.command("", command=command)
    assert (answer.status, answer.text) == (200, "")
    [(trigger, view)] = slack.opened
    assert (trigger, view["callback_id"]) == ("trigger-1", callback)
    assert json.loads(view["private_metadata"]) == {"channel": "C1"}


async def test_a_modal_that_does_not_open_is_said(slack: Slack) -> None:
    slack.refuses = "expired_trigger_id"
    with capture_logs() as logs:
        answer = await slack.command("")
    assert answer.json["text"] == SAYS[Note.SOMETHING_BROKE]
    assert [log["log_level"] for log in logs] == ["warning"]


async def test_a_verb_that_fails_is_said_to_the_typist_and_logged(slack: Slack) -> None:
    slack.ringer.broken = True
    with capture_logs() as logs:
        answer = await slack.command(f"<@{BEN}>")
    assert (answer.status, answer.json["text"]) == (200, SAYS[Note.SOMETHING_BROKE])
    assert [(log["log_level"], log["exc_info"]) for log in logs] == [("error", True)]


async def test_commands_have_the_names_of_the_settings() -> None:
    async with slack_and_bot(ring_command="/call", notify_command="/tell") as slack:
        assert (await slack.command(f"<@{BEN}>", command="/call")).json["text"].startswith("Ringing")
        assert "/call `@name`" in (await slack.command("hello there", command="/call")).json["text"]
        assert (await slack.command("<#C9>", command="/tell")).status == 200
        assert [asked.kind for _, asked in slack.ringer.heard] == [CallKind.RING, CallKind.NOTIFY]
        assert "I listen to /call and /tell" in (await slack.command("x", command="/ring")).json["text"]
        assert "I listen to" in (await slack.command("x", command="/call-me")).json["text"]


async def test_nothing_is_answered_before_the_verb_is_done(slack: Slack) -> None:
    slack.ringer.delay.clear()
    waiting = asyncio.create_task(slack.command(f"<@{BEN}>"))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done and slack.ringer.heard == []
    slack.ringer.delay.set()
    assert (await waiting).status == 200 and len(slack.ringer.heard) == 1


# --- presses

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
PLAN = a_call(Member(BEN), status=CallStatus.SCHEDULED, starts_at=NOW + timedelta(hours=1), topic="the plan")


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


# --- modals handed in

FILLED: dict[str, Any] = {
    "users": {"selected_users": [BEN, CY]},
    "topic": {"value": " the \x00 plan "},
    "at": {"selected_date_time": None},
    "medium": {"selected_option": {"value": "audio"}},
    "ring_timeout": {"selected_option": {"value": "30"}},
}


async def test_a_ring_modal_handed_in_asks_for_the_call(slack: Slack) -> None:
    answer = await slack.submit(Callback.RING, FILLED, channel="C1")
    assert answer.json == {"response_action": "clear"}
    expected = Asked(TEAM, ANA, "C1", users=(BEN, CY), topic="the plan", video=False, ring_timeout=30, text="V7")
    assert slack.ringer.heard == [("ask", expected)]


async def test_a_notify_modal_for_later_asks_for_the_call(slack: Slack) -> None:
    values = {**FILLED, "at": {"selected_date_time": LATER}}
    await slack.submit(Callback.NOTIFY, values, channel="C1")
    [(_, asked)] = slack.ringer.heard
    assert (asked.kind, asked.at, asked.ring_timeout, asked.when) == (CallKind.NOTIFY, LATER, None, "")


PAST = int((NOW - timedelta(minutes=1)).timestamp())
FIELD_ERRORS: dict[str, tuple[Callback, dict[str, Any], str]] = {
    "nobody to ring": (Callback.RING, {**FILLED, "users": {"selected_users": []}}, "users"),
    "oneself": (Callback.RING, {**FILLED, "users": {"selected_users": [ANA]}}, "users"),
    "a past time": (Callback.RING, {**FILLED, "at": {"selected_date_time": PAST}}, "at"),
    "a past time to tell": (Callback.NOTIFY, {**FILLED, "at": {"selected_date_time": PAST}}, "at"),
    "a plan without a time": (Callback.EDIT, FILLED, "at"),
    "nobody to add": (Callback.ADD_PEOPLE, {"users": {"selected_users": []}}, "users"),
    "no words": (Callback.DECLINE, {"words": {"value": "  "}}, "words"),
}


@pytest.mark.parametrize(("callback", "values", "at"), FIELD_ERRORS.values(), ids=FIELD_ERRORS)
async def test_what_is_wrong_is_said_at_its_field(
    slack: Slack, callback: Callback, values: dict[str, Any], at: str
) -> None:
    answer = await slack.submit(callback, values, call=CALL)
    assert answer.json["response_action"] == "errors" and list(answer.json["errors"]) == [at]
    assert slack.ringer.heard == []


async def test_too_many_calls_keep_the_modal_open(slack: Slack) -> None:
    slack.ringer.how = How.RATE_LIMITED
    answer = await slack.submit(Callback.RING, FILLED, channel="C1")
    assert answer.json["errors"] == {"users": SAYS[Note.RATE_LIMITED]}


async def test_a_modal_whose_verb_fails_stays_open(slack: Slack) -> None:
    slack.ringer.broken = True
    with capture_logs() as logs:
        answer = await slack.submit(Callback.ADD_PEOPLE, FILLED, call=CALL)
    assert answer.status == 500
    assert [(log["log_level"], log["call"]) for log in logs] == [("error", CALL)]


ODD_SUBMISSIONS: dict[str, tuple[str, Any]] = {
    "a modal of ours that is no more": ("ringer:wave", FILLED),
    "values of another shape": (Callback.RING, {"users": {"selected_users": 5}}),
    "people who are lists": (Callback.ADD_PEOPLE, {"users": {"selected_users": [["U1"]]}}),
    "a time in words": (Callback.RING, {**FILLED, "at": {"selected_date_time": "noon"}}),
    "an answer about no call": (Callback.DECLINE, {"words": {"value": "no"}}),
}


@pytest.mark.parametrize(("callback", "values"), ODD_SUBMISSIONS.values(), ids=ODD_SUBMISSIONS)
async def test_a_modal_that_cannot_be_read_changes_nothing(slack: Slack, callback: str, values: Any) -> None:
    with capture_logs() as logs:
        assert (await slack.submit(callback, values)).status == 400
    assert slack.ringer.heard == []
    assert all("exc_info" not in log for log in logs)


# --- events


async def test_home_opened_is_told(slack: Slack) -> None:
    event = {"type": "app_home_opened", "user": ANA, "channel": "D1", "tab": "home"}
    assert (await slack.event(event)).status == 200
    assert (await slack.event({**event, "tab": "messages"})).status == 200
    assert slack.ringer.heard == [("home_opened", TEAM, ANA)]


async def test_an_event_that_failed_is_sent_again(slack: Slack) -> None:
    slack.ringer.broken = True
    with capture_logs():
        answer = await slack.event({"type": "app_home_opened", "user": ANA, "tab": "home"})
    assert answer.status == 500, "Slack sends an event again unless it is answered with 200"


async def test_unknown_events_are_acknowledged_and_ignored(slack: Slack) -> None:
    for kind in ("something_new", "message", "user_huddle_changed"):
        assert (await slack.event({"type": kind, "user": {"id": ANA}})).status == 200
    assert slack.ringer.heard == []


# --- Socket Mode


async def test_what_comes_through_a_socket_needs_no_signature_and_http_without_a_secret_is_refused() -> None:
    ringer = Switchboard()
    bolt = build_app(AsyncWebClient("xoxb-test"), Identity(TEAM, "UBOT", "B1"))

    async def open_view(trigger_id: str, view: Block) -> None: ...

    add_listeners(bolt, ringer, open_view, team=TEAM, now=lambda: NOW)
    form = {"command": "/ring", "text": f"<@{BEN}>", "user_id": ANA, "channel_id": "C1", "team_id": TEAM}
    answer = await bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=form))
    assert answer.status == 200 and json.loads(answer.body)["text"] == f"Ringing <@{BEN}>…"
    unsigned = AsyncBoltRequest(body=urlencode(form), headers={"x-slack-request-timestamp": str(int(time.time()))})
    assert (await bolt.async_dispatch(unsigned)).status in (400, 401)
    assert len(ringer.heard) == 1


# --- whatever comes

IDS = st.text(max_size=8) | st.sampled_from([ANA, BEN, CALL, "", "\x00", "\ud800"])
ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | IDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(IDS, inner, max_size=3),
    max_leaves=6,
)


def somewhere(payload: Any, odd: Any, choose: Callable[[int], int]) -> Any:
    """`payload` with one thing in it, at any depth, replaced by something odd."""
    if isinstance(payload, dict) and payload and choose(4):
        key = sorted(payload)[choose(len(payload))]
        return {**payload, key: somewhere(payload[key], odd, choose)}
    if isinstance(payload, list) and payload and choose(4):
        at = choose(len(payload))
        return [*payload[:at], somewhere(payload[at], odd, choose), *payload[at + 1 :]]
    return odd


BASES: list[dict[str, Any]] = [
    {
        "type": "block_actions",
        "user": {"id": BEN, "team_id": TEAM},
        "team": {"id": TEAM},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D1"},
        "channel": {"id": "D1"},
        "response_url": RESPONSE_URL,
        "trigger_id": "t",
        "actions": [action],
    }
    for action in (button(Action.ACCEPT), menu(DeclineWith.WORDS), button(Action.EDIT), button(Action.ADD_PEOPLE))
] + [
    {
        "type": "view_submission",
        "user": {"id": ANA},
        "team": {"id": TEAM},
        "view": {
            "id": "V7",
            "callback_id": callback,
            "private_metadata": json.dumps({"call": CALL}),
            "state": {"values": {name: {name: held} for name, held in FILLED.items()}},
        },
    }
    for callback in Callback
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_payload_whatever_its_shape_breaks_a_listener(data: st.DataObject) -> None:
    payloads = [somewhere(base, data.draw(ODD), lambda below: data.draw(st.integers(0, below - 1))) for base in BASES]

    async def send_all() -> tuple[list[int], list[Any]]:
        async with slack_and_bot() as slack:
            slack.ringer.calls[CALL] = PLAN
            with capture_logs() as logs:
                answers = [(await slack.interaction(payload)).status for payload in payloads]
            return answers, [log for log in logs if "exc_info" in log]

    answers, tracebacks = asyncio.run(send_all())
    assert set(answers) <= {200, 400, 404}
    assert tracebacks == []
