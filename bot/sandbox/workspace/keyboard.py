"""Turns what a person types into what Slack sends: names become mentions, and & < > are escaped."""

import re
from collections.abc import Iterable

from bot.sandbox.workspace.records import User
from bot.sandbox.workspace.state import State

SPECIAL = ("here", "channel", "everyone")
URL = re.compile(r"https?://[^\s<>|]+")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_mentions(text: str, author: User, state: State) -> str:
    """The text with every @name, #channel, @group and link that Slack's editor would have turned into one."""
    people, channels = _people(state), _channels(author, state)
    out, at = [], 0
    while at < len(text):
        found = _mention(text, at, "@", people) or _mention(text, at, "#", channels) or _link(text, at)
        taken, written = found or (1, escaped(text[at]))
        out.append(written)
        at += taken
    return "".join(out)


def _mention(text: str, at: int, sign: str, names: dict[str, str]) -> tuple[int, str] | None:
    """How much of the text is a mention that begins here, and what Slack writes for it."""
    if text[at] != sign or (at and (text[at - 1].isalnum() or text[at - 1] in "_@#")):
        return None
    rest = text[at + 1 :].casefold()
    for name in sorted(names, key=len, reverse=True):
        if rest.startswith(name) and _ends(rest, len(name)):
            return len(name) + 1, names[name]
    return None


def _ends(rest: str, at: int) -> bool:
    """A name ends where no letter, digit or joining mark carries it on."""
    following = rest[at : at + 2]
    if not following:
        return True
    carried_on = following[0] in ".-" and len(following) > 1 and following[1].isalnum()
    return not (following[0].isalnum() or following[0] == "_" or carried_on)


def _link(text: str, at: int) -> tuple[int, str] | None:
    found = URL.match(text, at)
    return (len(found[0]), f"<{escaped(found[0])}>") if found else None


def _people(state: State) -> dict[str, str]:
    names = {special: f"<!{special}>" for special in SPECIAL}
    names |= {g.handle.casefold(): f"<!subteam^{g.id}|@{g.handle}>" for g in state.groups.values()}
    for user in state.users.values():
        for name in _names(user):
            names[name.casefold()] = f"<@{user.id}|{user.name}>"
    return names


def _names(user: User) -> Iterable[str]:
    return {name for name in (user.name, user.display_name) if name}


def _channels(author: User, state: State) -> dict[str, str]:
    """Public channels carry their name; private ones only their id, and only those the author is in."""
    names = {}
    for channel in state.conversations.values():
        if channel.kind == "public":
            names[channel.name.casefold()] = f"<#{channel.id}|{channel.name}>"
        elif channel.kind == "private" and author.id in channel.members:
            names[channel.name.casefold()] = f"<#{channel.id}|>"
    return names
