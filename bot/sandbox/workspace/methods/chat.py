"""chat.postMessage, .postEphemeral, .update and .delete."""

from typing import NoReturn

from bot.sandbox.workspace.content import BadContent, Content, read_content
from bot.sandbox.workspace.errors import refuse
from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Conversation, Json, Message
from bot.sandbox.workspace.wire import message_object

LONGEST_UPDATE = 4000
"""chat.update refuses longer text with msg_too_long; chat.postMessage does not."""


def post_message(call: Call) -> Json:
    channel = _channel_to_post(call)
    thread_ts = _thread(channel, call)
    content = _content(call)
    if wait := call.limits.post(channel.id):
        refuse(call.method, "ratelimited", retry_after=wait)
    message = _message(channel, content, thread_ts, call)
    message.reply_broadcast = call.args.flag("reply_broadcast")
    message.metadata = content.metadata
    call.state.post(channel, message)
    shown = message_object(message, call.state, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    channel = call.channel()
    _need_membership(channel, call)
    if call.args.text("user") not in channel.members:
        call.refuse("user_not_in_channel")
    thread_ts = _thread(channel, call)
    message = _message(channel, _content(call), thread_ts, call)
    message.ephemeral_to = call.args.text("user")
    call.state.post(channel, message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    channel, message = _own_message(call)
    if message.bot_id != call.state.bot_id:
        call.refuse("cant_update_message")
    if channel.archived:
        call.refuse("is_inactive")
    if len(call.args.text("text") or "") > LONGEST_UPDATE:
        call.refuse("msg_too_long")
    content = _content(call)
    call.state.edit(message, text=content.text, blocks=content.blocks, metadata=content.metadata)
    shown = message_object(message, call.state, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    channel, message = _own_message(call)
    if message.bot_id != call.state.bot_id or channel.archived:
        call.refuse("cant_delete_message")
    call.state.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def _own_message(call: Call) -> tuple[Conversation, Message]:
    """The message to change: by the id of its conversation, never by a user's or a channel's name."""
    channel = call.channel()
    message = channel.message(call.args.text("ts") or "")
    if message is None or message.tombstone:
        call.refuse("message_not_found")
    return channel, message


def _channel_to_post(call: Call) -> Conversation:
    wanted = call.args.text("channel") or ""
    if wanted in call.state.users:
        return _dm_of(wanted, call)
    by_name = call.state.channel_named(wanted)
    channel = call.channel(by_name.id if by_name else wanted)
    if channel.archived:
        call.refuse("is_archived")
    if channel.kind != "public" or "chat:write.public" not in call.scopes:
        _need_membership(channel, call)
    return channel


def _dm_of(user_id: str, call: Call) -> Conversation:
    """The bot's DM with this person, opened by the post. A deactivated person's takes messages that nobody reads
    (https://github.com/slackapi/python-slack-sdk/issues/1156)."""
    user = call.state.users[user_id]
    unreachable = user.is_stranger and not call.state.share_a_channel(user_id, call.state.bot.id)
    if user.is_bot or unreachable:
        call.refuse("channel_not_found")
    if user.bars_apps:
        call.refuse("restricted_action")
    return call.state.dm_with_bot(user_id)


def _need_membership(channel: Conversation, call: Call) -> None:
    if channel.archived:
        call.refuse("is_archived")
    if not call.in_it(channel):
        call.refuse("not_in_channel")


def _thread(channel: Conversation, call: Call) -> str | None:
    """The parent to reply to. It must be there, and be no reply itself."""
    thread_ts = call.args.text("thread_ts")
    if not thread_ts:
        return None
    parent = channel.message(thread_ts)
    if parent is None or parent.is_reply:
        call.refuse("cannot_reply_to_message")
    return thread_ts


def _content(call: Call) -> Content:
    try:
        return read_content(call.args.as_sent(), call.method, call.state.warnings.append)
    except BadContent as bad:
        _refuse_content(bad, call)


def _refuse_content(bad: BadContent, call: Call) -> NoReturn:
    if bad.problems:
        call.refuse_blocks(bad.code, bad.problems)
    call.refuse_first(bad.code, "invalid_arguments")


def _message(channel: Conversation, content: Content, thread_ts: str | None, call: Call) -> Message:
    return Message(
        channel=channel.id,
        ts=call.state.mint_ts(),
        user=call.state.bot.id,
        bot_id=call.state.bot_id,
        text=content.text,
        blocks=content.blocks,
        thread_ts=thread_ts,
    )


METHODS: dict[str, Handler] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
}
