"""Finds conversations with the bot, and our own messages in them again where nobody knows whether a post was made.

Slack has no idempotency key, so a message is known by its metadata; that is readable by everyone in the workspace, so
it holds ids and numbers only.
https://docs.slack.dev/messaging/message-metadata
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

from bot.call.values import Call
from bot.slack.api import Posted, Read, SlackApi, SlackRefused

MESSAGE = "huddle_ringer_message"
LINES = "huddle_ringer_lines"
NOTE = "huddle_ringer_note"

CLOCKS_DIFFER = timedelta(minutes=2)
READ_AT_MOST = 2000
"""Messages of one conversation: a post of unknown outcome is looked up within minutes, so it stands near the end."""

GROUP_DM = 8
"""People beside the bot. https://docs.slack.dev/reference/methods/conversations.open"""

NOT_HERE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "channel_is_limited_access",
        "posting_to_channel_denied",
        "method_not_supported_for_channel_type",
        "ekm_access_denied",
        "team_not_found",
        "user_not_found",
        "user_not_visible",
        "user_disabled",
        "user_not_in_channel",
        "cannot_dm_bot",
        "cant_dm_bot",
        "invalid_user_combination",
        "too_many_users",
        "not_enough_users",
        "too_many_members",
    }
)
"""Nothing can be posted (opened, joined) there, however often it is tried."""
BROKEN = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "markdown_text_conflict",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "invalid_arguments",
        "block_mismatch",
        "view_too_large",
    }
)
"""What was drawn is not what Slack takes: the same again fails again."""


def not_here(refused: SlackRefused) -> bool:
    return refused.code in NOT_HERE or refused.code.startswith("restricted_action")


async def direct(api: SlackApi, *users: str) -> str:
    """The direct message or group DM of these people and the bot; empty where they cannot have one."""
    try:
        return await api.conversations_open(users)
    except SlackRefused as refused:
        if not not_here(refused):
            raise
        return ""


async def group_dm(api: SlackApi, call: Call) -> str:
    """Of the caller and the callees; empty where they cannot have one with the bot."""
    users = [member.user for member in call.members]
    return await direct(api, *users) if len(users) <= GROUP_DM else ""


async def find(api: SlackApi, channel: str, call: Call, event_type: str, **payload: str) -> Posted | None:
    """The message of ours in this conversation, posted since the call was asked for, whose metadata says so."""
    oldest = (call.created_at - CLOCKS_DIFFER).timestamp()
    try:
        found = await _first(api.history(channel, oldest=oldest), event_type, payload)
    except SlackRefused as refused:
        if not_here(refused):
            return None
        raise
    return Posted(channel, found.ts) if found else None


async def find_direct(api: SlackApi, user: str, call: Call, event_type: str, **payload: str) -> Posted | None:
    """The same in the direct messages of the bot and `user`."""
    channel = await direct(api, user)
    return await find(api, channel, call, event_type, **payload) if channel else None


async def _first(messages: AsyncGenerator[Read, None], event_type: str, payload: dict[str, str]) -> Read | None:
    read = 0
    async with aclosing(messages) as each:
        async for message in each:
            if message.event_type == event_type and payload.items() <= message.payload.items():
                return message
            read += 1
            if read >= READ_AT_MOST:
                return None
    return None
