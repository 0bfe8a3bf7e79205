"""Who asks for what: a command as it was understood, and a press on a button."""

import json
from dataclasses import dataclass
from enum import StrEnum

from bot.call.values import Call, CallKind


@dataclass(frozen=True)
class Asked:
    """A call that somebody asked for, by a command, a modal or a button. Who the people are is found out later."""

    team: str
    user: str
    """The caller."""
    channel: str
    """The conversation it was asked for in."""
    kind: CallKind = CallKind.RING
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    notify_channel: str = ""
    """The channel whose people are told; empty for people named."""
    topic: str = ""
    when: str = ""
    """Words of a time, read later in the caller's zone."""
    at: float | None = None
    """A time picked in a modal, in unix seconds."""
    video: bool = True
    ring_timeout: int | None = None
    """Seconds, where the caller chose them."""
    response_url: str = ""
    text: str = ""
    """What makes two commands the same, beside person and place: the words as typed."""
    trigger: str = ""
    """Slack's id of this very typing, or form: sent once more, it has the same. Empty where it has none."""
    afresh: bool = False
    """Its people were named some time ago: look once more who of them is there."""

    def to_json(self) -> str:
        """Without its response_url, which will be dead by the time this is read again."""
        return json.dumps({**vars(self), "response_url": ""})

    @classmethod
    def from_json(cls, text: str) -> "Asked":
        """What a newer version has added is left out: while versions change, both read what either wrote."""
        raw = {name: value for name, value in json.loads(text).items() if name in cls.__dataclass_fields__}
        return cls(
            **{
                **raw,
                "kind": CallKind(raw["kind"]),
                "users": tuple(raw["users"]),
                "groups": tuple(raw["groups"]),
            }
        )


@dataclass(frozen=True)
class Press:
    """A button pressed: by whom, and where it stood."""

    team: str
    user: str
    response_url: str = ""
    message_id: str = ""
    """Our id of the message it stood on; empty on Home and in ephemeral notes."""
    channel: str = ""
    ts: str = ""
    opened_link: bool = False
    """It was a link button: their browser is on its way already."""


class How(StrEnum):
    """What became of a call that was asked for."""

    RINGING = "ringing"
    NOTIFYING = "notifying"
    SCHEDULING = "scheduling"
    SAME_AS_BEFORE = "same_as_before"
    """The same words again within seconds: it is the same call."""
    GLARE = "glare"
    """The person asked for was ringing the caller, who has accepted by this."""
    RATE_LIMITED = "rate_limited"
    """They have begun too many within a minute."""
    WORKSPACE_LIMITED = "workspace_limited"
    """All of the workspace together have."""

    @property
    def is_too_many(self) -> bool:
        return self in (How.RATE_LIMITED, How.WORKSPACE_LIMITED)


@dataclass(frozen=True)
class Begun:
    call_id: str
    how: How


@dataclass(frozen=True)
class Cancelled:
    call: Call | None = None
    """The ring that was cancelled."""
    which: tuple[Call, ...] = ()
    """Where it was not one: what could be."""
    too_late: Call | None = None
    """Where nothing could be: the one that goes on already."""
