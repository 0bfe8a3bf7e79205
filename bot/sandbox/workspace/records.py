"""What a workspace is made of: users, channels, user groups, messages and views, as Slack would keep them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Json = dict[str, Any]
ConversationKind = Literal["public", "private", "im", "mpim"]

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Team:
    id: str
    domain: str
    name: str


@dataclass
class User:
    id: str
    name: str
    """The handle people type after an @, unique in the workspace."""
    real_name: str
    display_name: str
    email: str | None
    tz: str
    team_id: str
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    """Someone of another organisation, met in a shared channel (Slack Connect)."""
    bars_apps: bool = False
    """A preference keeps apps from writing to them."""
    clock_24h: bool = True
    """How this person's client shows times."""

    @property
    def shown_name(self) -> str:
        return self.display_name or self.real_name or self.name


@dataclass
class Conversation:
    """A channel, a direct message or a group DM."""

    id: str
    name: str
    kind: ConversationKind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    archived: bool = False
    messages: list["Message"] = field(default_factory=list)

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def message(self, ts: str) -> "Message | None":
        """The message everyone sees at `ts`; ephemerals are nobody's to look up."""
        return next((m for m in self.messages if m.ts == ts and not m.gone and not m.ephemeral_to), None)

    def replies(self, parent: "Message") -> list["Message"]:
        return [m for m in self.messages if m.thread_ts == parent.ts and m is not parent and not m.gone]


@dataclass
class Usergroup:
    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


@dataclass(frozen=True)
class Version:
    """How a message looked before an edit."""

    text: str
    blocks: list[Json]
    at: datetime


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    thread_ts: str | None = None
    reply_broadcast: bool = False
    metadata: Json | None = None
    ephemeral_to: str | None = None
    subtype: str | None = None
    edits: list[Version] = field(default_factory=list)
    """Earlier versions, oldest first."""
    edited_ts: str | None = None
    deleted: bool = False
    tombstone: bool = False
    """Deleted, but its thread lives on under "This message was deleted."."""
    trouble: dict[str, str] = field(default_factory=dict)
    """By user: what their client says beside a button that the app did not answer well."""

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(float(self.ts), UTC)

    @property
    def gone(self) -> bool:
        return self.deleted and not self.tombstone

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class View:
    """A modal or a Home tab, as one person has it before them."""

    id: str
    user: str
    body: Json
    """What the app sent, with the ids Slack adds."""
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What the person put in, by block_id and action_id."""
    errors: dict[str, str] = field(default_factory=dict)
    """What stands in red under a field, by block_id."""
    trouble: str = ""
    """What the client says when the app did not answer well."""

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def external_id(self) -> str:
        return str(self.body.get("external_id") or "")

    @property
    def blocks(self) -> list[Json]:
        return list(self.body["blocks"])
