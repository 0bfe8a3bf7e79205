"""What the Events API says of a change, under the name an app subscribes to. https://docs.slack.dev/reference/events"""

from typing import Any

from bot.sandbox.workspace.records import Conversation, Json, Message, User
from bot.sandbox.workspace.state import State
from bot.sandbox.workspace.wire import message_object, user_object

MESSAGES = {"public": "message.channels", "private": "message.groups", "im": "message.im", "mpim": "message.mpim"}
TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


def event_of(kind: str, payload: dict[str, Any], state: State) -> tuple[str, Json] | None:
    """The subscription's name and the event; None where the app hears nothing of this change."""
    if kind in ("message", "message_deleted"):
        return _message(kind, payload["message"], state)
    if kind == "channel_archive":
        channel: Conversation = payload["channel"]
        name = kind if channel.kind == "public" else kind.replace("channel", "group")
        return name, _stamped({"type": name, "channel": channel.id, "user": channel.creator}, state)
    if kind in ("channel_joined", "channel_left"):
        return _membership(kind, payload["channel"], payload["user"], state)
    if kind == "user_change":
        user: User = payload["user"]
        return "user_change", _stamped({"type": "user_change", "user": user_object(user, state)}, state)
    return None


def _message(kind: str, message: Message, state: State) -> tuple[str, Json] | None:
    """Messages in conversations the bot is in; ephemerals are no events."""
    channel = state.conversations[message.channel]
    if state.bot.id not in channel.members or message.ephemeral_to:
        return None
    where = {"channel": channel.id, "channel_type": TYPES[channel.kind]}
    if kind == "message":
        return MESSAGES[channel.kind], _stamped({**message_object(message, state), **where}, state)
    body = {"type": "message", "subtype": "message_deleted", "deleted_ts": message.ts, **where}
    return MESSAGES[channel.kind], _stamped({**body, "ts": state.mint_ts()}, state)


def _membership(kind: str, channel: Conversation, user: str, state: State) -> tuple[str, Json] | None:
    name = "member_joined_channel" if kind == "channel_joined" else "member_left_channel"
    if state.bot.id not in (*channel.members, user):
        return None
    body = {"type": name, "user": user, "channel": channel.id, "team": state.team.id}
    return name, _stamped({**body, "channel_type": TYPES[channel.kind][0].upper()}, state)


def _stamped(body: Json, state: State) -> Json:
    return {**body, "event_ts": state.mint_ts()}
