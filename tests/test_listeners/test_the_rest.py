"""Events, Socket Mode, and whatever else comes: nothing breaks a listener."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.person import Identity
from bot.slack.blocks import Action, Block, Callback, DeclineWith
from bot.slack.listeners import add_listeners, build_app
from tests.listening import (
    ANA,
    BEN,
    CALL,
    FILLED,
    NOW,
    PLAN,
    RESPONSE_URL,
    TEAM,
    Slack,
    Switchboard,
    button,
    menu,
    slack_and_bot,
)

# --- events


async def test_home_opened_is_told(slack: Slack) -> None:
    event = {"type": "app_home_opened", "user": ANA, "channel": "D1", "tab": "home"}
    assert (await slack.event(event)).status == 200
    assert (await slack.event({**event, "tab": "messages"})).status == 200
    assert slack.ringer.heard == [("home_opened", TEAM, ANA)]


async def test_a_change_in_somebody_is_told(slack: Slack) -> None:
    event = {"type": "user_change", "user": {"id": BEN, "deleted": True}, "cache_ts": 1}
    assert (await slack.event(event)).status == 200
    assert slack.ringer.heard == [("changed", BEN, True)]
    with capture_logs():
        for malformed in (BEN, {}, {"id": BEN, "profile": "none"}):
            assert (await slack.event({**event, "user": malformed})).status == 400


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

    add_listeners(bolt, ringer, ringer, open_view, team=TEAM, now=lambda: NOW)
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
