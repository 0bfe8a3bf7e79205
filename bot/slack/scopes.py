"""Why the manifest asks for each scope; one that has no line here has no place there.

https://docs.slack.dev/reference/scopes
"""

SCOPES = {
    "channels:history": "conversations.history and .replies: was a message whose answer got lost posted, in a channel",
    "channels:join": "conversations.join: the bot reads back only where it is a member, so it joins before it posts",
    "channels:read": "conversations.info and .members: is the caller in the channel of a /notify, and who else is",
    "chat:write": "chat.postMessage, .update, .postEphemeral: the cards, the messages to callees, the thread",
    "commands": "/ring and /notify",
    "groups:history": "conversations.history and .replies in private channels",
    "groups:read": "conversations.info and .members in private channels",
    "im:history": "conversations.history and .replies in the bot's direct messages",
    "im:write": "conversations.open: a direct message with each callee",
    "mpim:history": "conversations.history and .replies in group direct messages",
    "mpim:write": "conversations.open: a group message of caller and callees, where the bot cannot post",
    "usergroups:read": "usergroups.users.list: who is in a group that was named",
    "users:read": "users.info, users.list, user_change: name, picture, time zone; bot, deactivated, guest or admin",
    "users:read.email": "users.info with an address, for STREAM_USER_ID_TEMPLATE={email}",
}

OPTIONAL_SCOPES = frozenset({"users:read.email"})
"""The bot works when these are refused."""
