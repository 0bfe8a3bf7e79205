"""What Slack sends an app when a person types a command, presses a button or submits a modal.

https://docs.slack.dev/interactivity/implementing-slash-commands · …/reference/interaction-payloads
"""

import secrets
from typing import Any

from bot.sandbox.workspace.elements import HOLDS, Control, state_values
from bot.sandbox.workspace.records import Conversation, Json, Message, User, View
from bot.sandbox.workspace.state import State
from bot.sandbox.workspace.wire import message_object, view_object

LEGACY_TOKEN = "deprecated-verification-token"
CHANNEL_NAMES = {"im": "directmessage", "private": "privategroup"}
"""What stands as the name where the app need not know the real one."""


def channel_name(channel: Conversation) -> str:
    return CHANNEL_NAMES.get(channel.kind, channel.name)


def command(
    state: State, user: User, channel: Conversation, name: str, text: str, trigger_id: str, response_url: str
) -> Json:
    return {
        "token": LEGACY_TOKEN,
        "team_id": state.team.id,
        "team_domain": state.team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": state.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _click(state: State, kind: str, user: User) -> Json:
    who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
    team = {"id": state.team.id, "domain": state.team.domain}
    shown: Json = {"type": kind, "user": who, "api_app_id": state.app_id, "token": LEGACY_TOKEN, "team": team}
    return {**shown, "enterprise": None, "is_enterprise_install": False}


def message_action(
    state: State,
    user: User,
    message: Message,
    action: Json,
    chosen: dict[tuple[str, str], Any],
    trigger_id: str,
    response_url: str,
) -> Json:
    """block_actions on a message. An ephemeral one is not sent along: nobody but its reader has it."""
    channel = state.conversations[message.channel]
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = bool(message.ephemeral_to)
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    payload = _click(state, "block_actions", user) | {"container": container, "trigger_id": trigger_id}
    payload["channel"] = {"id": channel.id, "name": channel_name(channel)}
    if not message.ephemeral_to:
        payload["message"] = message_object(message, state, with_metadata=True)
    payload["state"] = {"values": state_values(message.blocks, chosen)}
    return {**payload, "response_url": response_url, "actions": [action]}


def view_action(state: State, user: User, view: View, action: Json, trigger_id: str) -> Json:
    values = state_values(view.blocks, view.values)
    payload = _click(state, "block_actions", user)
    payload["container"] = {"type": "view", "view_id": view.id}
    payload |= {"trigger_id": trigger_id, "view": view_object(view, state, values)}
    return {**payload, "state": {"values": values}, "actions": [action]}


def view_submission(state: State, user: User, view: View, trigger_id: str) -> Json:
    values = state_values(view.blocks, view.values)
    payload = _click(state, "view_submission", user)
    return {
        **payload,
        "trigger_id": trigger_id,
        "view": view_object(view, state, values),
        "response_urls": [],
    }


def view_closed(state: State, user: User, view: View, *, cleared: bool) -> Json:
    values = state_values(view.blocks, view.values)
    payload = _click(state, "view_closed", user)
    return {**payload, "view": view_object(view, state, values), "is_cleared": cleared}


def action(state: State, control: Control, value: Any = None) -> Json:
    """The one entry of `actions`: what was used, and what it holds now."""
    block_id, action_id = control.key
    shown: Json = {"type": control.type, "action_id": action_id, "block_id": block_id}
    shown["action_ts"] = state.mint_ts()
    if control.type == "button":
        wanted = ("text", "value", "url", "style", "confirm")
        return shown | {key: control.element[key] for key in wanted if key in control.element}
    if control.type == "overflow":
        return shown | {"selected_option": value}
    if "placeholder" in control.element:
        shown["placeholder"] = control.element["placeholder"]
    return shown | {HOLDS[control.type][0]: value}


def event(state: State, body: Json) -> Json:
    """The Events API's envelope. https://docs.slack.dev/apis/events-api#callback-field"""
    authorization = {
        "enterprise_id": None,
        "team_id": state.team.id,
        "user_id": state.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": LEGACY_TOKEN,
        "team_id": state.team.id,
        "api_app_id": state.app_id,
        "event": body,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(4).upper()}",
        "event_time": state.unix_now(),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_urlsafe(24),
    }
