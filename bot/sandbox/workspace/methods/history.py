"""conversations.history, conversations.replies and chat.getPermalink: reading back what was posted."""

import re
from collections.abc import Callable

from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Json, Message
from bot.sandbox.workspace.wire import message_object

TS = re.compile(r"\d+(\.\d+)?")


def history(call: Call) -> Json:
    """The channel's messages, newest first; replies only where they were also sent to the channel."""
    channel = call.channel()
    call.need_read(channel, "history")
    if not call.in_it(channel):
        call.refuse("not_in_channel")
    wanted = _between(call)
    shown = [m for m in channel.messages if _in_history(m) and wanted(m)]
    page, metadata = call.page(shown[::-1], default=100, most=999)
    return _answer(page, metadata, call)


def replies(call: Call) -> Json:
    """A parent and its thread, oldest first; a reply's own ts finds that reply alone."""
    channel = call.channel()
    call.need_read(channel, "history")
    if not call.in_it(channel):
        call.refuse("channel_not_found")
    parent = channel.message(call.args.text("ts") or "")
    if parent is None:
        call.refuse("thread_not_found")
    wanted = _between(call)
    thread = [parent, *(m for m in channel.replies(parent) if wanted(m))]
    page, metadata = call.page(thread, default=1000, most=1000)
    return _answer(page, metadata, call)


def _answer(page: list[Message], metadata: Json, call: Call) -> Json:
    with_metadata = call.args.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_object(m, call.state, with_metadata=with_metadata) for m in page],
        "has_more": bool(metadata["next_cursor"]),
    }
    return {**answer, "response_metadata": metadata} if metadata["next_cursor"] else answer


def _in_history(message: Message) -> bool:
    at_top = not message.is_reply or message.reply_broadcast
    return at_top and not message.gone and not message.ephemeral_to


def _between(call: Call) -> Callable[[Message], bool]:
    """Whether a message lies between `oldest` and `latest`."""
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    inclusive = call.args.flag("inclusive")

    def wanted(message: Message) -> bool:
        at = float(message.ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        return after and (latest is None or at < latest or (inclusive and at == latest))

    return wanted


def _bound(call: Call, name: str) -> float | None:
    value = call.args.text(name)
    if value in (None, ""):
        return None
    if not TS.fullmatch(str(value)):
        call.refuse_first(f"invalid_ts_{name}")
    return float(str(value))


def permalink(call: Call) -> Json:
    channel = call.channel()
    message = channel.message(call.args.text("message_ts") or "")
    if message is None:
        call.refuse("message_not_found")
    link = f"https://{call.state.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


METHODS: dict[str, Handler] = {
    "conversations.history": history,
    "conversations.replies": replies,
    "chat.getPermalink": permalink,
}
