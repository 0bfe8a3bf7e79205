"""Finds our own messages again by their metadata, where nobody knows whether a post was made.

Slack has no idempotency key; metadata is readable by everyone in the workspace, so it holds ids and numbers only.
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
    try:
        channel = await api.conversations_open((user,))
    except SlackRefused as refused:
        if not_here(refused):
            return None
        raise
    return await find(api, channel, call, event_type, **payload)


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
