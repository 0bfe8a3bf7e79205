"""The calls between bot, Slack and Stream as the page's drawer lists them, with everything secret taken out."""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.coordinator import ApiRequest
from bot.sandbox.coordinator import Delivery as Webhook
from bot.sandbox.workspace.courier import Delivery
from bot.sandbox.workspace.server import APICall
from bot.sandbox.world import World

Json = dict[str, Any]
Thing = APICall | Delivery | ApiRequest | Webhook
MOST = 1000
"""Of the newest, how many a page is shown."""
SECRET = frozenset({"token", "api_key", "api_secret", "trigger_id", "response_url", "response_urls", "client_secret"})
HIDDEN = "•••"
SECRETS = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+"), HIDDEN),
    (re.compile(r"((?:token|api_key)=)[^&\s\"'<>|]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/(?:commands|actions)/\w+/)[\w-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/join/)[\w.~-]{16,}"), rf"\1{HIDDEN}"),
)


@dataclass
class Entry:
    number: int
    thing: Thing
    told: Json | None = None


class Log:
    def __init__(self, world: World) -> None:
        self._sources: tuple[list[Any], ...] = (
            world.workspace.calls,
            world.workspace.deliveries,
            world.coordinator.requests,
            world.coordinator.webhooks,
        )
        self._state = world.workspace.state
        self._read = [0] * len(self._sources)
        self._entries: list[Entry] = []
        self._open: list[Entry] = []

    def look(self) -> list[Json]:
        """The heads of the entries that are new, or have come to something since they were last told of."""
        for at, source in enumerate(self._sources):
            for thing in source[self._read[at] :]:
                self._entries.append(Entry(len(self._entries), thing))
                self._open.append(self._entries[-1])
            self._read[at] = len(source)
        changed = []
        for entry in self._open:
            head = self._head(entry)
            if head != entry.told:
                entry.told = head
                changed.append(head)
        # What is done may still be delivered once more, on purpose: the newest stay open.
        self._open = [entry for entry in self._open if entry.number >= len(self._entries) - 50]
        return changed

    def _head(self, entry: Entry) -> Json:
        thing = entry.thing
        road, what, outcome, ok = _told(thing)
        if isinstance(thing, APICall):
            what = f"{what} {self._place(str(thing.args.get('channel')))}".strip()
        at = _at(thing)
        return {"n": entry.number, "road": road, "what": redacted(what), "outcome": outcome, "ok": ok, "at": at}

    def _place(self, channel_id: str) -> str:
        """As people would name it: a method takes a channel's id, or a person's for their direct message."""
        people = self._state.users
        if channel_id in people:
            return f"@{people[channel_id].name}"
        channel = self._state.conversations.get(channel_id)
        if channel is None or not channel.is_direct:
            return f"#{channel.name}" if channel else ""
        return ", ".join(f"@{people[each].name}" for each in channel.members if each != self._state.bot.id)

    def heads(self) -> list[Json]:
        self.look()
        return [entry.told for entry in self._entries[-MOST:] if entry.told]

    def whole(self, number: int) -> Json:
        """Both sides of one entry. Raises IndexError where there is none."""
        sent, answered = _sides(self._entries[number].thing)
        return {"sent": redacted(sent), "answered": redacted(answered)}


def _at(thing: Thing) -> float | None:
    if isinstance(thing, Webhook):
        return thing.attempts[0].at.timestamp() if thing.attempts else None
    return thing.at.timestamp()


def _told(thing: Thing) -> tuple[str, str, str, bool | None]:
    """Which road, what, what came of it, and whether that is well; None while nobody knows."""
    if isinstance(thing, APICall):
        said = "ok" if thing.ok else str(thing.answer.get("error") or thing.fault or thing.status)
        return "bot-slack", thing.method, said, thing.ok
    if isinstance(thing, Delivery):
        return "slack-bot", _delivered(thing), _came_of(thing), thing.ok if thing.attempts else None
    if isinstance(thing, ApiRequest):
        road = "bot-stream" if thing.who == "server" or not thing.who else "client-stream"
        ok = thing.status < 400 if thing.status else None
        return road, f"{thing.verb} {thing.path}", str(thing.status or "no answer"), ok
    tries = f" ×{len(thing.attempts)}" if len(thing.attempts) > 1 else ""
    ok = None if thing.outcome == "on its way" else thing.outcome == "delivered"
    return "stream-bot", thing.event_type, f"{thing.outcome}{tries}", ok


def _delivered(thing: Delivery) -> str:
    """A delivery as people would name it: the command, the button, the event."""
    payload = thing.payload
    if thing.what == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    if thing.what == "events_api":
        return str(payload.get("event", {}).get("type", "event"))
    actions = payload.get("actions") or [{}]
    return " ".join(filter(None, [payload.get("type", ""), str(actions[0].get("action_id", ""))]))


def _came_of(thing: Delivery) -> str:
    if thing.lost or thing.held:
        return "lost" if thing.lost else "held"
    tries = f" ×{len(thing.attempts)}" if len(thing.attempts) > 1 else ""
    last = thing.last
    return f"{(last.error or last.status) if last else 'on its way'}{tries}"


def _sides(thing: Thing) -> tuple[Any, Any]:
    if isinstance(thing, APICall):
        return thing.args, thing.answer
    if isinstance(thing, Delivery):
        return thing.payload, [
            {"status": each.status, "error": each.error, "body": each.body} for each in thing.attempts
        ]
    if isinstance(thing, ApiRequest):
        return {"query": thing.query, "body": thing.body}, {"status": thing.status}
    return thing.payload, [{"attempt": each.number, "outcome": each.outcome} for each in thing.attempts]


def redacted(value: Any) -> Any:
    """The same without tokens, keys and addresses that act for somebody."""
    if isinstance(value, dict):
        return {key: HIDDEN if key in SECRET and each else redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(each) for each in value]
    if isinstance(value, str):
        for pattern, instead in SECRETS:
            value = pattern.sub(instead, value)
    return value
