"""All a workspace knows, and the few ways it changes; no HTTP here, and no opinion on who may do what."""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace.elements import with_ids
from bot.sandbox.workspace.records import (
    Conversation,
    ConversationKind,
    Json,
    Message,
    Team,
    User,
    Usergroup,
    Version,
    View,
)

Listener = Callable[[str, Json], None]


class State:
    def __init__(self, clock: SandboxClock, team: Team, bot: User, bot_id: str, app_id: str) -> None:
        self.clock = clock
        self.team = team
        self.bot = bot
        self.bot_id = bot_id
        self.app_id = app_id
        self.users: dict[str, User] = {bot.id: bot}
        self.conversations: dict[str, Conversation] = {}
        self.groups: dict[str, Usergroup] = {}
        self.homes: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        """Each person's stack of open modals, the one on top last."""
        self.warnings: list[str] = []
        """What Slack would let pass and a reviewer would not."""
        self._listeners: list[Listener] = []
        self._last_ts = (0, 0)

    # -- telling others

    def watch(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, kind: str, **payload: Any) -> None:
        for listener in tuple(self._listeners):
            listener(kind, payload)

    # -- ids and times

    def mint_ts(self) -> str:
        """The next timestamp: by the shared clock, and never one that was given before."""
        now = self.clock.now()
        at = (int(now.timestamp()), now.microsecond)
        if at <= self._last_ts:
            at = (self._last_ts[0] + (self._last_ts[1] + 1) // 1_000_000, (self._last_ts[1] + 1) % 1_000_000)
        self._last_ts = at
        return f"{at[0]}.{at[1]:06d}"

    def mint_id(self, prefix: str, name: str, taken: Iterable[str]) -> str:
        """An id one can recognise: the prefix, a zero and the name where it fits Slack's alphabet."""
        stem = f"{prefix}0{re.sub('[^A-Z0-9]', '', name.upper())}"
        others, wanted, n = set(taken), stem, 1
        while wanted in others or wanted == f"{prefix}0":
            n += 1
            wanted = f"{stem}{n}"
        return wanted

    def unix_now(self) -> int:
        return int(self.clock.now().timestamp())

    # -- who and where

    def channel_named(self, name: str) -> Conversation | None:
        wanted = name.removeprefix("#")
        return next((c for c in self.conversations.values() if not c.is_direct and c.name == wanted), None)

    def direct(self, members: Iterable[str]) -> Conversation | None:
        """The direct message or group DM of exactly these people."""
        wanted = set(members)
        return next((c for c in self.conversations.values() if c.is_direct and set(c.members) == wanted), None)

    def open_direct(self, members: Iterable[str], creator: str) -> Conversation:
        """That direct message, made now where it was not there yet."""
        people = list(dict.fromkeys(members))
        if found := self.direct(people):
            return found
        kind: ConversationKind = "im" if len(people) <= 2 else "mpim"
        names = [self.users[p].name for p in people]
        made = self._direct_named(kind, "" if kind == "im" else f"mpdm-{'--'.join(names)}-1", people, creator)
        self.tell("channel", channel=made)
        return made

    def _direct_named(self, kind: ConversationKind, name: str, people: list[str], creator: str) -> Conversation:
        prefix, stem = ("D", "".join(self.users[p].name for p in people)) if kind == "im" else ("C", "MPDM")
        made = Conversation(
            id=self.mint_id(prefix, stem, self.conversations),
            name=name,
            kind=kind,
            creator=creator,
            created=self.unix_now(),
            members=people,
        )
        self.conversations[made.id] = made
        return made

    def dm_with_bot(self, user: str) -> Conversation:
        return self.open_direct([user, self.bot.id], creator=self.bot.id)

    def share_a_channel(self, one: str, other: str) -> bool:
        return any(one in c.members and other in c.members for c in self.conversations.values() if c.kind != "im")

    # -- messages

    def post(self, channel: Conversation, message: Message) -> Message:
        message.blocks = with_ids(message.blocks)
        channel.messages.append(message)
        self.tell("message", message=message)
        return message

    def edit(self, message: Message, *, text: str, blocks: list[Json], metadata: Json | None) -> None:
        message.edits.append(Version(message.text, message.blocks, self.clock.now()))
        message.text, message.blocks = text, with_ids(blocks)
        message.edited_ts = self.mint_ts()
        if metadata is not None:
            message.metadata = metadata
        self.tell("message_changed", message=message)

    def delete(self, message: Message) -> None:
        """Take a message away; where a thread hangs on it, a tombstone stays."""
        message.deleted = True
        channel = self.conversations[message.channel]
        if not message.ephemeral_to and channel.replies(message):
            message.edits.append(Version(message.text, message.blocks, self.clock.now()))
            message.tombstone = True
            message.text, message.blocks, message.metadata = "This message was deleted.", [], None
            message.subtype, message.user, message.bot_id = "tombstone", "USLACKBOT", None
        self.tell("message_deleted", message=message)

    # -- views

    def new_view(self, user: str, body: Json, *, on: View | None = None) -> View:
        view_id = f"V0{secrets.token_hex(5).upper()}"
        return View(
            id=view_id,
            user=user,
            body={**body, "blocks": with_ids(body["blocks"])},
            hash=self.new_hash(),
            root_view_id=on.root_view_id if on else view_id,
            previous_view_id=on.id if on else None,
        )

    def new_hash(self) -> str:
        return f"{self.unix_now()}.{secrets.token_hex(4)}"

    def open_modal(self, view: View) -> None:
        """Put a modal before its person; one opened anew takes the place of what was there."""
        stack = self.modals.setdefault(view.user, [])
        if view.previous_view_id is None:
            stack.clear()
        stack.append(view)
        self.tell("view", view=view)

    def redraw(self, view: View, body: Json) -> None:
        """Put another body into a view that is open. What was typed stays where block_id and action_id stay."""
        view.body = {**body, "blocks": with_ids(body["blocks"])}
        view.hash = self.new_hash()
        view.errors, view.trouble = {}, ""
        self.tell("view", view=view)

    def close_modal(self, view: View) -> None:
        stack = self.modals.get(view.user, [])
        if view in stack:
            stack.remove(view)
        self.tell("view_closed", view=view)

    def close_modals(self, user: str) -> None:
        self.modals[user] = []
        self.tell("view_closed", user=user)

    def views(self) -> list[View]:
        return [*(v for stack in self.modals.values() for v in stack), *self.homes.values()]
