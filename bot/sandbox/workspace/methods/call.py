"""One call of one method, as the method's function sees it: what was sent, the workspace, and how to refuse."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from bot.sandbox.workspace.args import Arguments
from bot.sandbox.workspace.block_rules import Problem
from bot.sandbox.workspace.errors import is_published, refuse
from bot.sandbox.workspace.grants import Triggers
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.records import Conversation, Json
from bot.sandbox.workspace.state import State

T = TypeVar("T")
FAMILY = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
"""Each kind of conversation has scopes of its own: channels:read, groups:read, im:history…"""


@dataclass(frozen=True)
class Call:
    method: str
    args: Arguments
    state: State
    scopes: frozenset[str]
    limits: Limits
    triggers: Triggers
    socket_url: Callable[[], str]
    """A new address for one Socket Mode connection."""

    def refuse(self, code: str, **details: Any) -> NoReturn:
        refuse(self.method, code, details)

    def refuse_first(self, *codes: str) -> NoReturn:
        """Refuse with the first of these codes that is published for this method."""
        refuse(self.method, next(code for code in codes if is_published(self.method, code)))

    def refuse_where_published(self, code: str) -> None:
        """Refuse with this code if the method has it; the others let the same thing pass."""
        if is_published(self.method, code):
            refuse(self.method, code)

    def refuse_blocks(self, code: str, problems: Sequence[Problem]) -> NoReturn:
        """As Slack does: the reasons once bare, once as messages."""
        lines = [str(problem) for problem in problems]
        messages = [f"[ERROR] {line}" for line in lines]
        refuse(self.method, code, {"errors": lines, "response_metadata": {"messages": messages}})

    def need_scope(self, *any_of: str) -> None:
        if any_of and not self.scopes.intersection(any_of):
            self.refuse("missing_scope", needed=",".join(any_of), provided=",".join(sorted(self.scopes)))

    # -- conversations

    def channel(self, wanted: str | None = None) -> Conversation:
        """The conversation the call is about, as far as the bot may know of it."""
        wanted = wanted or self.args.text("channel") or ""
        found = self.state.conversations.get(wanted)
        if found is None or not self.can_see(found):
            self.refuse("channel_not_found")
        return found

    def can_see(self, channel: Conversation) -> bool:
        """A bot knows every public channel, and of others those it is in."""
        return channel.kind == "public" or self.state.bot.id in channel.members

    def in_it(self, channel: Conversation) -> bool:
        return self.state.bot.id in channel.members

    def need_read(self, channel: Conversation, right: str = "read") -> None:
        self.need_scope(f"{FAMILY[channel.kind]}:{right}")

    # -- pages

    def page(self, rows: Sequence[T], default: int, most: int = 1000) -> tuple[list[T], Json]:
        """One page of these rows, and the response_metadata that leads to the next."""
        limit = self.args.number("limit", default)
        if not 0 < limit <= most:
            limit = self._clamp(limit, default, most)
        start = self._start(self.args.text("cursor"))
        following = _cursor(start + limit) if start + limit < len(rows) else ""
        return list(rows[start : start + limit]), {"next_cursor": following}

    def _clamp(self, limit: int, default: int, most: int) -> int:
        self.refuse_where_published("invalid_limit")
        return default if limit <= 0 else most

    def _start(self, cursor: str | None) -> int:
        if not cursor:
            return 0
        offset = _offset(cursor)
        if offset is None:
            self.refuse_first("invalid_cursor", "invalid_arguments")
        return offset


def _cursor(offset: int) -> str:
    return base64.b64encode(f"next:{offset}".encode()).decode()


def _offset(cursor: str) -> int | None:
    try:
        kind, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
        return int(offset) if kind == "next" else None
    except (binascii.Error, ValueError):
        return None


Handler = Callable[[Call], Json]
