"""conversations.info, .members, .list, .join and .open."""

from bot.sandbox.workspace.methods.call import FAMILY, Call, Handler
from bot.sandbox.workspace.records import Conversation, ConversationKind, Json, User

KINDS: dict[str, ConversationKind] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
    "mpim": "mpim",
}
MOST_IN_GROUP_DM = 8
"""https://docs.slack.dev/reference/methods/conversations.open: up to 8 users besides the bot."""


def info(call: Call) -> Json:
    channel = call.channel()
    call.need_read(channel)
    shown = as_slack_shows(channel, call)
    if call.args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(call: Call) -> Json:
    channel = call.channel()
    call.need_read(channel)
    people, metadata = call.page(channel.members, default=100, most=999)
    return {"members": people, "response_metadata": metadata}


def list_(call: Call) -> Json:
    kinds = [KINDS.get(kind) for kind in call.args.listed("types") or ["public_channel"]]
    if None in kinds:
        call.refuse("invalid_types")
    for kind in kinds:
        call.need_scope(f"{FAMILY[str(kind)]}:read")
    found = [
        channel
        for channel in call.state.conversations.values()
        if channel.kind in kinds
        and call.can_see(channel)
        and not (channel.archived and call.args.flag("exclude_archived"))
    ]
    page, metadata = call.page(found, default=100)
    return {"channels": [as_slack_shows(c, call) for c in page], "response_metadata": metadata}


def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        call.refuse("method_not_supported_for_channel_type")
    if channel.archived:
        call.refuse("is_archived")
    if call.in_it(channel):
        return {"channel": as_slack_shows(channel, call), "warning": "already_in_channel"}
    channel.members.append(call.state.bot.id)
    call.state.tell("channel_joined", channel=channel, user=call.state.bot.id)
    return {"channel": as_slack_shows(channel, call)}


def open_(call: Call) -> Json:
    if wanted := call.args.text("channel"):
        return _opened(call.channel(wanted), call, already=True)
    people = _people(call)
    call.need_scope("im:write" if len(people) == 1 else "mpim:write")
    everyone = [*people, call.state.bot.id]
    already = call.state.direct(everyone) is not None
    if call.args.flag("prevent_creation") and not already:
        call.refuse("channel_not_found")
    return _opened(call.state.open_direct(everyone, creator=call.state.bot.id), call, already)


def _people(call: Call) -> list[str]:
    """The people to open a conversation with; one who cannot be in it refuses the whole call."""
    wanted = [user for user in dict.fromkeys(call.args.listed("users")) if user != call.state.bot.id]
    if not call.args.listed("users"):
        call.refuse("users_list_not_supplied")
    if not wanted:
        call.refuse("not_enough_users")
    if len(wanted) > MOST_IN_GROUP_DM:
        call.refuse("too_many_users")
    for user_id in wanted:
        _may_be_opened(call.state.users.get(user_id), len(wanted), call)
    return wanted


def _may_be_opened(user: User | None, company: int, call: Call) -> None:
    if user is None:
        call.refuse("user_not_found")
    if user.deleted:
        call.refuse("user_disabled")
    if user.is_bot:
        call.refuse("invalid_user_combination")
    if user.is_stranger and not call.state.share_a_channel(user.id, call.state.bot.id):
        call.refuse("user_not_visible")
    if user.is_stranger and company > 1:
        call.refuse("invalid_user_combination")


def _opened(channel: Conversation, call: Call, already: bool) -> Json:
    if not channel.is_direct:
        call.refuse("method_not_supported_for_channel_type")
    answer: Json = {"channel": {"id": channel.id}}
    if already:
        answer |= {"no_op": True, "already_open": True}
    if call.args.flag("return_im"):
        answer["channel"] = as_slack_shows(channel, call)
    return answer


def as_slack_shows(channel: Conversation, call: Call) -> Json:
    """The conversation object. https://docs.slack.dev/reference/objects/conversation-object"""
    bot = call.state.bot.id
    if channel.kind == "im":
        other = next((m for m in channel.members if m != bot), bot)
        gone = call.state.users[other].deleted
        shown = {"id": channel.id, "created": channel.created, "is_im": True, "is_archived": gone}
        return {**shown, "user": other, "is_user_deleted": gone, "is_org_shared": False}
    strangers = any(call.state.users[m].is_stranger for m in channel.members)
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "creator": channel.creator,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_general": False,
        "is_shared": strangers,
        "is_ext_shared": strangers,
        "is_org_shared": False,
        "is_member": bot in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


METHODS: dict[str, Handler] = {
    "conversations.info": info,
    "conversations.members": members,
    "conversations.list": list_,
    "conversations.join": join,
    "conversations.open": open_,
}
