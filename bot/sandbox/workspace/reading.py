"""Turns text and blocks into what a person reads on the screen: names for mentions, their own time for dates."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.workspace.records import Json, User
from bot.sandbox.workspace.state import State

ANGLED = re.compile(r"<([^<>]+)>")
MARKS = re.compile(r"(?<![\w*_~`])([*_~`]{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])", re.S)
DATE_TOKEN = re.compile(r"\{(\w+)\}")
LEAVES = ("text", "user", "channel", "usergroup", "broadcast", "link", "emoji", "date")
MENUS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")


class Reader:
    """One person's eyes."""

    def __init__(self, state: State, user: User) -> None:
        self._state = state
        self._user = user
        self._zone = ZoneInfo(user.tz)

    # -- text

    def mrkdwn(self, text: str) -> str:
        """https://docs.slack.dev/messaging/formatting-message-text"""
        parts = re.split(r"(```.*?```|`[^`\n]+`)", text, flags=re.S)
        return unescape("".join(self._code(p) if at % 2 else self._prose(p) for at, p in enumerate(parts)))

    def _code(self, text: str) -> str:
        return text.strip("`")

    def _prose(self, text: str) -> str:
        shown = ANGLED.sub(lambda found: self._angled(found[1]), text)
        return MARKS.sub(r"\2", MARKS.sub(r"\2", shown))

    def _angled(self, inside: str) -> str:
        body, _, label = inside.partition("|")
        if body.startswith("@"):
            return f"@{self._name(body[1:], label)}"
        if body.startswith("#"):
            return f"#{self._channel(body[1:], label)}"
        if body.startswith("!"):
            return self._special(body[1:], label)
        return label or body.removeprefix("mailto:")

    def _name(self, user_id: str, label: str) -> str:
        user = self._state.users.get(user_id)
        return user.shown_name if user else label or user_id

    def _channel(self, channel_id: str, label: str) -> str:
        channel = self._state.conversations.get(channel_id)
        if channel and channel.kind != "public" and self._user.id not in channel.members:
            return "private channel"
        return channel.name if channel else label or channel_id

    def _special(self, body: str, label: str) -> str:
        name, *rest = body.split("^")
        if name == "subteam":
            group = self._state.groups.get(rest[0] if rest else "")
            return f"@{group.handle}" if group else label
        if name == "date" and len(rest) >= 2:
            return self._date(rest[0], rest[1], label)
        return f"@{name}"

    # -- dates, as this person's device shows them

    def _date(self, seconds: str, pattern: str, fallback: str) -> str:
        if not seconds.lstrip("-").isdigit():
            return fallback
        at = datetime.fromtimestamp(int(seconds), self._zone)
        return DATE_TOKEN.sub(lambda found: self._token(found[1], at), pattern)

    def _token(self, token: str, at: datetime) -> str:
        kind = token.removesuffix("_pretty")
        if token.endswith("_pretty") and (near := self._near(at.date())):
            return near
        shown = {
            "date_num": at.strftime("%Y-%m-%d"),
            "date": f"{at:%B} {_ordinal(at.day)}, {at.year}",
            "date_short": f"{at:%b} {at.day}, {at.year}",
            "date_long": f"{at:%A}, {at:%B} {_ordinal(at.day)}, {at.year}",
            "time": self.time(at),
            "time_secs": self.time(at, seconds=True),
            "ago": self._ago(at),
        }
        return shown.get(kind, f"{{{token}}}")

    def time(self, at: datetime, *, seconds: bool = False) -> str:
        at = at.astimezone(self._zone)
        if self._user.clock_24h:
            return at.strftime("%H:%M:%S" if seconds else "%H:%M")
        return f"{int(at.strftime('%I'))}{at.strftime(':%M:%S %p' if seconds else ':%M %p')}"

    def _near(self, day: date) -> str | None:
        days = (day - self._state.clock.now().astimezone(self._zone).date()).days
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)

    def _ago(self, at: datetime) -> str:
        left = at - self._state.clock.now()
        size, ahead = abs(left), left > timedelta()
        minutes = round(size.total_seconds() / 60)
        amount = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
        return f"in {amount}" if ahead else f"{amount} ago"

    # -- blocks

    def shows(self, text: str, blocks: list[Json]) -> str:
        """What is on the screen: the blocks where there are any; then `text` is only for notifications."""
        return self.blocks(blocks) if blocks else self.mrkdwn(text)

    def blocks(self, blocks: Iterable[Json]) -> str:
        return "\n".join(line for block in blocks if (line := self._block(block)))

    def _block(self, block: Json) -> str:
        kind = block["type"]
        if kind in ("section", "header"):
            parts = [block.get("text"), *block.get("fields", []), block.get("accessory")]
            return " ".join(self._part(part) for part in parts if part)
        if kind in ("actions", "context", "context_actions"):
            return " ".join(self._part(part) for part in block["elements"])
        if kind == "input":
            return f"{self._part(block['label'])}: {self._part(block['element'])}"
        if kind == "rich_text":
            return "\n".join(self._rich(part) for part in block["elements"])
        if kind == "markdown":
            return MARKS.sub(r"\2", unescape(str(block["text"])))
        if kind == "image":
            return str(block.get("alt_text", ""))
        return "———" if kind == "divider" else ""

    def _part(self, part: Json) -> str:
        kind = part["type"]
        if kind == "plain_text":
            return unescape(part["text"])
        if kind == "mrkdwn":
            return self.mrkdwn(part["text"])
        if kind == "button":
            return f"[{part['text']['text']}]"
        if kind == "overflow":
            return "[⋯]"
        if kind == "image":
            return str(part.get("alt_text", ""))
        if kind in MENUS or kind.startswith("multi_"):
            return f"[{part.get('placeholder', {}).get('text', '')} ▾]"
        if "options" in part:
            return " ".join(f"( ) {self._part(option['text'])}" for option in part["options"])
        return "[          ]"

    def _rich(self, part: Json) -> str:
        kind = part.get("type", "")
        if kind in LEAVES:
            return self._leaf(kind, part)
        between = "\n" if kind == "rich_text_list" else ""
        return between.join(self._rich(each) for each in part.get("elements", []))

    def _leaf(self, kind: str, part: Json) -> str:
        if kind == "user":
            return f"@{self._name(part['user_id'], '')}"
        if kind == "channel":
            return f"#{self._channel(part['channel_id'], '')}"
        if kind == "usergroup":
            return self._special(f"subteam^{part['usergroup_id']}", "")
        if kind == "date":
            return self._date(str(part["timestamp"]), part["format"], part.get("fallback", ""))
        if kind == "link":
            return str(part.get("text") or part["url"])
        return {"broadcast": "@{range}", "emoji": ":{name}:", "text": "{text}"}[kind].format(**part)


def unescape(text: Any) -> str:
    return str(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _ordinal(day: int) -> str:
    ending = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
