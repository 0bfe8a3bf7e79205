"""Modals handed in, as Slack sends them: which verb they become, and what is wrong with a field."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.call.values import CallKind
from bot.ringer.press import Asked, How
from bot.slack.blocks import Callback
from bot.slack.blocks.note_kinds import Note
from bot.slack.blocks.note_words import SAYS
from tests.listening import (
    ANA,
    BEN,
    CALL,
    CY,
    FILLED,
    LATER,
    NOW,
    TEAM,
    Slack,
)


async def test_a_ring_modal_handed_in_asks_for_the_call(slack: Slack) -> None:
    answer = await slack.submit(Callback.RING, FILLED, channel="C1")
    assert answer.json == {"response_action": "clear"}
    expected = Asked(
        TEAM, ANA, "C1", users=(BEN, CY), topic="the plan", video=False, ring_timeout=30, text="V7", trigger="V7"
    )
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
    "people who are nobody": (Callback.RING, {**FILLED, "users": {"selected_users": ["U0BEN", None]}}),
    "people in one word": (Callback.RING, {**FILLED, "users": {"selected_users": "U0BEN"}}),
    "a time in words": (Callback.RING, {**FILLED, "at": {"selected_date_time": "noon"}}),
    "an answer about no call": (Callback.DECLINE, {"words": {"value": "no"}}),
}


@pytest.mark.parametrize(("callback", "values"), ODD_SUBMISSIONS.values(), ids=ODD_SUBMISSIONS)
async def test_a_modal_that_cannot_be_read_changes_nothing(slack: Slack, callback: str, values: Any) -> None:
    with capture_logs() as logs:
        assert (await slack.submit(callback, values)).status == 400
    assert slack.ringer.heard == []
    assert all("exc_info" not in log for log in logs)
