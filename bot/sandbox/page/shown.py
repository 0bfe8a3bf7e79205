"""What the page is told of each thing in the workspace and on Stream: plain JSON, and no more than it shows."""

from typing import Any

from bot.sandbox.coordinator import Call
from bot.sandbox.workspace.elements import HOLDS, controls
from bot.sandbox.workspace.records import Conversation, Message, User, Usergroup, View

Json = dict[str, Any]


def user(one: User) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "shown": one.shown_name,
        "real": one.real_name,
        "tz": one.tz,
        "hours24": one.clock_24h,
        "bot": one.is_bot,
        "deleted": one.deleted,
        "guest": one.is_restricted or one.is_ultra_restricted,
    }


def channel(one: Conversation) -> Json:
    return {"id": one.id, "name": one.name, "type": one.kind, "members": one.members, "archived": one.archived}


def group(one: Usergroup) -> Json:
    return {"id": one.id, "handle": one.handle, "name": one.name, "users": one.users, "disabled": one.disabled}


def message(one: Message) -> Json:
    return {
        "channel": one.channel,
        "ts": one.ts,
        "user": one.user,
        "text": one.text,
        "blocks": one.blocks,
        "thread": one.thread_ts if one.is_reply else None,
        "broadcast": one.reply_broadcast,
        "only": one.ephemeral_to,
        "edited": one.edited_ts,
        "gone": one.gone,
        "tombstone": one.tombstone,
        "trouble": one.trouble,
    }


def view(one: View) -> Json:
    """`values` are what each element holds, by block_id and action_id."""
    values: dict[str, Json] = {}
    for control in controls(one.blocks):
        if control.type in HOLDS:
            block_id, action_id = control.key
            values.setdefault(block_id, {})[action_id] = one.values.get(control.key, control.first_value())
    return {
        "id": one.id,
        "user": one.user,
        "type": one.type,
        "title": _text(one, "title"),
        "submit": _text(one, "submit"),
        "close": _text(one, "close"),
        "blocks": one.blocks,
        "values": values,
        "errors": one.errors,
        "trouble": one.trouble,
    }


def _text(one: View, part: str) -> str:
    return str((one.body.get(part) or {}).get("text", ""))


def call(one: Call) -> Json:
    """People by their ids in the workspace, where Stream was told of them."""
    members = {each: _slack_id(member.user) for each, member in one.members.items()}
    return {
        "cid": one.cid,
        "topic": str(one.custom.get("topic") or ""),
        "by": _slack_id(one.created_by),
        "created_at": one.created_at.timestamp(),
        "starts_at": one.starts_at.timestamp() if one.starts_at else None,
        "ended": one.ended_at is not None,
        "members": sorted(members.values()),
        "accepted": sorted(
            members[each] for each in (one.session.accepted_by if one.session else ()) if each in members
        ),
        "in": sorted({_slack_id(each.user) for each in one.participants}),
    }


def _slack_id(one: Any) -> str:
    return str(one.custom.get("slack_user_id") or one.id)
