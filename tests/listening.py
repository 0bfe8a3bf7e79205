"""The bot's listeners behind a real door, a ringer that remembers, and Slack sending what people do."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.call.change import Outcome
from bot.call.values import Call, CallKind, CallStatus, Member, MemberState, Rejection
from bot.person import Identity, Person
from bot.ringer.press import Asked, Begun, Cancelled, How, Press
from bot.slack.api import SlackRefused
from bot.slack.blocks import Action, Block, DeclineWith
from bot.slack.blocks.actions import on_message, option_value
from bot.slack.listeners import Verbs, add_listeners, build_app
from bot.slack.people import person_from
from bot.web import SlackDoor, StreamDoor, Web

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LATER = int((NOW + timedelta(hours=3)).timestamp())
SECRET = "a signing secret"
TEAM, OTHER_TEAM = "T1", "TOTHER"
ANA, BEN, CY, DEE = "UANA", "UBEN", "UCY", "UDEE"
RESPONSE_URL = "https://hooks.slack.com/actions/T1/1/secret"
CALL = "c0ffee"


class Broken(Exception):
    """The database is down."""


class Switchboard:
    """A ringer that does nothing but remember what it was asked, and who is in which call."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.calls: dict[str, Call] = {}
        self.how = How.RINGING
        self.cancelled = Cancelled()
        self.broken = False
        self.delay = asyncio.Event()
        self.delay.set()

    async def _hear(self, *what: Any) -> None:
        await self.delay.wait()
        if self.broken:
            raise Broken
        self.heard.append(what)

    async def ask(self, asked: Asked, *, answer: bool = False) -> Begun:
        await self._hear("ask", asked)
        return Begun("" if self.how.is_too_many else CALL, self.how)

    async def cancel_outgoing(self, team: str, user: str) -> Cancelled:
        await self._hear("cancel_outgoing", team, user)
        return self.cancelled

    async def calls_of(self, team: str, user: str) -> list[Call]:
        await self._hear("calls_of", team, user)
        return list(self.calls.values())

    async def call(self, call_id: str) -> Call | None:
        return self.calls.get(call_id)

    async def home_opened(self, team: str, user: str) -> None:
        await self._hear("home_opened", team, user)

    def described(self, team: str, shown: Mapping[str, Any]) -> Person:
        return person_from(shown, team, "{team}-{user}", NOW)

    async def changed(self, told: Person) -> None:
        await self._hear("changed", told.user, told.is_deleted)

    async def reject(self, call_id: str, press: Press, rejection: Rejection) -> Outcome:
        await self._hear("reject", call_id, press, rejection)
        return Outcome.REJECTED

    async def add_people(self, call_id: str, press: Press, users: tuple[str, ...]) -> Outcome:
        await self._hear("add_people", call_id, press, users)
        return Outcome.DONE

    async def edit(self, call_id: str, press: Press, users: tuple[str, ...], topic: str, at: float) -> Outcome:
        await self._hear("edit", call_id, press, users, topic, at)
        return Outcome.DONE

    async def _pressed(self, verb: str, call_id: str, press: Press) -> Outcome:
        await self._hear(verb, call_id, press)
        return Outcome.DONE

    async def accept(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("accept", call_id, press)

    async def cancel(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("cancel", call_id, press)

    async def join(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("join", call_id, press)

    async def leave(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("leave", call_id, press)

    async def end(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("end", call_id, press)

    async def ring_again(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("ring_again", call_id, press)

    async def call_back(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("call_back", call_id, press)

    async def try_again(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("try_again", call_id, press)

    async def notify_again(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("notify_again", call_id, press)

    async def cant_make_it(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("cant_make_it", call_id, press)

    async def can_make_it(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("can_make_it", call_id, press)

    async def snooze(self, call_id: str, press: Press) -> Outcome:
        return await self._pressed("snooze", call_id, press)


@dataclass
class Answer:
    status: int
    text: str

    @property
    def json(self) -> dict[str, Any]:
        read = json.loads(self.text)
        assert isinstance(read, dict)
        return read


@dataclass
class Slack:
    """Sends the bot what people do, as Slack does."""

    session: aiohttp.ClientSession
    ringer: Switchboard
    opened: list[tuple[str, Block]] = field(default_factory=list)
    refuses: str = ""
    """Its views.open answers with this error."""

    async def open_view(self, trigger_id: str, view: Block) -> str:
        if self.refuses:
            raise SlackRefused("views.open", self.refuses)
        self.opened.append((trigger_id, view))
        return "V1"

    async def deliver(self, body: bytes, content_type: str) -> Answer:
        timestamp = str(int(time.time()))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = "v0=" + hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
            "Content-Type": content_type,
        }
        async with self.session.post("/slack/events", data=body, headers=headers) as answer:
            return Answer(answer.status, await answer.text())

    async def command(self, text: str, *, command: str = "/ring", user: str = ANA) -> Answer:
        form = {
            "command": command,
            "text": text,
            "user_id": user,
            "team_id": TEAM,
            "channel_id": "C1",
            "channel_name": "general",
            "response_url": RESPONSE_URL,
            "trigger_id": "trigger-1",
            "is_enterprise_install": "false",
            "api_app_id": "A1",
        }
        return await self.deliver(urlencode(form).encode(), "application/x-www-form-urlencoded")

    async def interaction(self, payload: dict[str, Any]) -> Answer:
        return await self.deliver(
            urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        )

    async def press(self, action: dict[str, Any], *, user: str = BEN, user_team: str = TEAM, **more: Any) -> Answer:
        return await self.interaction(
            {
                "type": "block_actions",
                "user": {"id": user, "team_id": user_team},
                "team": {"id": user_team, "domain": "x"},
                "container": {"type": "message", "message_ts": "1.2", "channel_id": "D1", "is_ephemeral": False},
                "channel": {"id": "D1", "name": "directmessage"},
                "response_url": RESPONSE_URL,
                "trigger_id": "trigger-2",
                "actions": [action],
                "enterprise": None,
                "is_enterprise_install": False,
                **more,
            }
        )

    async def submit(self, callback: str, values: dict[str, Any], *, user: str = ANA, **ids: str) -> Answer:
        state = {"values": {name: {name: held} for name, held in values.items()}}
        view = {"id": "V7", "type": "modal", "callback_id": callback, "private_metadata": json.dumps(ids)}
        return await self.interaction(
            {
                "type": "view_submission",
                "user": {"id": user, "team_id": TEAM},
                "team": {"id": TEAM, "domain": "x"},
                "view": {**view, "state": state},
                "response_urls": [],
            }
        )

    async def event(self, event: dict[str, Any]) -> Answer:
        envelope = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}
        return await self.deliver(json.dumps(envelope).encode(), "application/json")


def button(action: Action, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "block_id": on_message("m1"), "value": CALL, **more}


def menu(choice: DeclineWith) -> dict[str, Any]:
    chosen = {"text": {"type": "plain_text", "text": choice}, "value": option_value(choice, CALL)}
    action_id, block_id = Action.DECLINE_WITH, on_message("m1")
    return {"type": "static_select", "action_id": action_id, "block_id": block_id, "selected_option": chosen}


@asynccontextmanager
async def slack_and_bot(**names: str) -> AsyncIterator[Slack]:
    ringer = Switchboard()
    as_verbs: Verbs = ringer
    bolt = build_app(
        AsyncWebClient("xoxb-test", base_url="http://127.0.0.1:9/api/"),
        Identity(TEAM, "UBOT", "B1"),
        signing_secret=SECRET,
    )

    async def keep(_: object) -> None:
        pass

    web = Web("127.0.0.1", 0, stream=StreamDoor("k", "s", keep), slack=SlackDoor(bolt, SECRET))
    await web.start()
    try:
        async with aiohttp.ClientSession(web.url) as session:
            slack = Slack(session, ringer)
            add_listeners(bolt, as_verbs, ringer, slack.open_view, team=TEAM, now=lambda: NOW, **names)  # type: ignore[arg-type]
            yield slack
    finally:
        await web.stop()


def a_call(*callees: Member, status: CallStatus = CallStatus.RINGING, **more: Any) -> Call:
    call = Call(
        id=CALL,
        type="default",
        team=TEAM,
        channel="C1",
        caller=ANA,
        kind=CallKind.RING,
        created_at=NOW,
        ring_timeout=timedelta(seconds=60),
        status=status,
        members=(Member(ANA, state=MemberState.CALLER), *callees),
        rung_at=None if status is CallStatus.SCHEDULED else NOW,
        on_stream=True,
    )
    return replace(call, **more)


ON_M1 = Press(TEAM, BEN, RESPONSE_URL, "m1", "D1", "1.2")


PLAN = a_call(Member(BEN), status=CallStatus.SCHEDULED, starts_at=NOW + timedelta(hours=1), topic="the plan")
FILLED: dict[str, Any] = {
    "users": {"selected_users": [BEN, CY]},
    "topic": {"value": " the \x00 plan "},
    "at": {"selected_date_time": None},
    "medium": {"selected_option": {"value": "audio"}},
    "ring_timeout": {"selected_option": {"value": "30"}},
}
"""What stands in the fields of a modal."""
