"""Messages, views and people as Slack writes them: in answers, in events, and in the payload of a click."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.workspace.records import SLACKBOT, Json, Message, User, View
from bot.sandbox.workspace.state import State


def message_object(message: Message, state: State, *, with_metadata: bool = False) -> Json:
    """https://docs.slack.dev/messaging#message-structure; metadata only where it was asked for."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shown["team"] = state.team.id
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": state.app_id}
        shown["bot_profile"] = _bot_profile(state)
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.edited_ts:
        shown["edited"] = {"user": message.bot_id or message.user, "ts": message.edited_ts}
    if message.metadata and with_metadata:
        shown["metadata"] = message.metadata
    return {**shown, **_thread(message, state)}


def _bot_profile(state: State) -> Json:
    profile = {"id": state.bot_id, "app_id": state.app_id, "name": state.bot.name, "deleted": False}
    return {**profile, "team_id": state.team.id, "updated": 0, "icons": {}}


def _thread(message: Message, state: State) -> Json:
    channel = state.conversations[message.channel]
    if message.is_reply:
        parent = channel.message(str(message.thread_ts))
        return {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else ""}
    replies = [] if message.ephemeral_to else channel.replies(message)
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies))[:5],
        "latest_reply": replies[-1].ts,
    }


def view_object(view: View, state: State, values: Json | None = None) -> Json:
    """The view object, with `state.values` where a person has filled it in.
    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    body = view.body
    shown: Json = {
        "id": view.id,
        "team_id": state.team.id,
        "type": view.type,
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": view.external_id,
        "state": {"values": values or {}},
        "hash": view.hash,
        "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": state.app_id,
        "app_installed_team_id": state.team.id,
        "bot_id": state.bot_id,
    }
    return shown


def user_object(user: User, state: State, *, email: bool = False) -> Json:
    """Deactivated people and strangers come with less. https://docs.slack.dev/reference/objects/user-object"""
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": _profile(user, state, email=email),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.deleted:
        return shown
    zone: Json = {"tz": user.tz, "tz_label": user.tz, "tz_offset": _offset(user, state)}
    if user.is_stranger:
        return {**shown, **zone, "is_stranger": True}
    shown |= {**zone, "is_admin": user.is_admin, "is_owner": False, "is_primary_owner": False}
    return {**shown, "is_restricted": user.is_restricted, "is_ultra_restricted": user.is_ultra_restricted}


def _profile(user: User, state: State, *, email: bool) -> Json:
    profile: Json = {"real_name": user.real_name, "display_name": user.display_name, "team": user.team_id}
    profile |= {"status_text": "", "status_emoji": "", "status_expiration": 0}
    if user.email and not user.is_stranger and email:
        profile["email"] = user.email
    if user.id == state.bot.id:
        profile |= {"api_app_id": state.app_id, "bot_id": state.bot_id}
    elif user.id == SLACKBOT:
        profile["always_active"] = True
    return profile


def _offset(user: User, state: State) -> int:
    offset = datetime.astimezone(state.clock.now(), ZoneInfo(user.tz)).utcoffset()
    return int(offset.total_seconds()) if offset else 0
