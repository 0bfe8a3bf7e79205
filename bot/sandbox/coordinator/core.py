"""What every operation works with: the app, the clock, the timers, and the way to tell the world of an event."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..clock import SandboxClock
from .answers import call_response
from .dates import Dates
from .errors import bad_input, not_found
from .state import App, Call, User
from .timers import Timers

WITHOUT_CALL = frozenset(
    {
        "call.session_participant_joined",
        "call.session_participant_left",
        "call.session_participant_count_updated",
        "call.blocked_user",
        "call.unblocked_user",
        "call.kicked_user",
        "call.user_muted",
        "call.permission_request",
        "call.permissions_updated",
        "call.reaction_new",
        "custom",
    }
)
"""Events of a call that do not carry it, going by their schemas."""


@dataclass(frozen=True)
class Event:
    """Something that happened, with its times still times; `to` are the users whose clients hear of it."""

    type: str
    payload: dict[str, Any]
    to: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """One request to an operation. `user` is None for the server."""

    operation: str
    user: User | None
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    dates: Dates

    @property
    def cid(self) -> str:
        return f"{self.path['type']}:{self.path['id']}"

    def flag(self, name: str) -> bool:
        """A boolean of the query, `true` or `false`."""
        text = self.query.get(name, "false")
        if text not in ("true", "false"):
            raise bad_input(f"{name} must be true or false")
        return text == "true"

    def number(self, name: str, default: int, most: int) -> int:
        text = self.query.get(name, str(default))
        if not text.isdecimal() or len(text) > 9 or int(text) > most:
            raise bad_input(f"{name} must be a number from 0 to {most}")
        return int(text)


@dataclass
class Core:
    app: App
    clock: SandboxClock
    timers: Timers
    publish: Callable[[Event], None]
    warnings: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.clock.now()

    def call(self, cid: str) -> Call:
        if (call := self.app.calls.get(cid)) is None:
            raise not_found(f"Can't find call with id {cid}")
        return call

    def user(self, user_id: str) -> User:
        if (user := self.app.users.get(user_id)) is None:
            raise not_found(f"the user {user_id} does not exist")
        return user

    def emit(self, call: Call, kind: str, *, to: frozenset[str] | None = None, **fields: Any) -> None:
        """Tell hooks and clients of an event of a call; to its members and creator, if not said otherwise."""
        payload: dict[str, Any] = {"type": kind, "created_at": self.now(), "call_cid": call.cid}
        if kind not in WITHOUT_CALL:
            payload["call"] = call_response(call)
        everyone = frozenset(call.members) | {call.created_by.id}
        present = {key: value for key, value in fields.items() if value is not None}
        self.publish(Event(kind, payload | present, everyone if to is None else to))

    def emit_user(self, kind: str, user: dict[str, Any], **fields: Any) -> None:
        payload = {"type": kind, "created_at": self.now(), "custom": {}, "user": user, **fields}
        self.publish(Event(kind, payload, frozenset()))

    def warn(self, sentence: str) -> None:
        """Keep what Stream lets pass and a careful client would not send."""
        self.warnings.append(sentence)
