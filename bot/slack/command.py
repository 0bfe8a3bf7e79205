"""What people type after /ring and /notify, as values; whatever cannot be read is answered with the form that can.

Slack sends the text escaped (`should_escape` in the manifest): people, groups and channels arrive as ids. The name
beside an id (`<@U012|ana>`) is a label that anyone may choose, so nothing is decided by it.
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import re
import unicodedata
from dataclasses import dataclass, field

from bot.call.values import MEMBERS_AT_MOST
from bot.when import split_time

MOST_PEOPLE = MEMBERS_AT_MOST - 1
"""Beside the caller."""
LONGEST_TOPIC = 200


@dataclass(frozen=True)
class Ring:
    users: tuple[str, ...]
    groups: tuple[str, ...]
    topic: str | None
    when: str | None
    audio: bool


@dataclass(frozen=True)
class Notify:
    users: tuple[str, ...]
    groups: tuple[str, ...]
    channel: str | None
    topic: str | None
    when: str | None
    audio: bool


@dataclass(frozen=True)
class ListCalls:
    """Show my calls."""


@dataclass(frozen=True)
class Cancel:
    """Cancel my outgoing ring."""


@dataclass(frozen=True)
class Help:
    """Say what can be typed."""


@dataclass(frozen=True)
class OpenModal:
    """Nothing was typed: ask in a modal."""


@dataclass(frozen=True)
class Wrong:
    """`why` is mrkdwn, and safe to show as it is."""

    why: str


def parse_ring(
    text: str, *, command: str = "/ring", notify_command: str = "/notify"
) -> Ring | OpenModal | ListCalls | Cancel | Help | Wrong:
    match _word(text):
        case "":
            return OpenModal()
        case "list":
            return ListCalls()
        case "cancel":
            return Cancel()
        case "help" | "?":
            return Help()
    said = _listen(text)
    if why := said.quotes_wrong(command) or _not_for_ring(said, command, notify_command):
        return Wrong(why)
    if why := said.name_wrong() or said.nobody_wrong(command, "ring") or said.rest_wrong(command):
        return Wrong(why)
    return Ring(said.users, said.groups, said.topic, said.when, said.audio)


def parse_notify(text: str, *, command: str = "/notify") -> Notify | OpenModal | Help | Wrong:
    match _word(text):
        case "":
            return OpenModal()
        case "help" | "?":
            return Help()
    said = _listen(text)
    if why := said.quotes_wrong(command) or _not_for_notify(said, command):
        return Wrong(why)
    nobody = None if said.channels else said.nobody_wrong(command, "notify")
    if why := said.name_wrong() or nobody or said.rest_wrong(command):
        return Wrong(why)
    channel = said.channels[0] if said.channels else None
    return Notify(said.users, said.groups, channel, said.topic, said.when, said.audio)


def escape(text: str) -> str:
    """People's words, made safe for mrkdwn. https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _word(text: str) -> str:
    return " ".join(text.casefold().split())


# What was said, before it is judged

_MENTION = (
    r"<@(?P<user>[UW][A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<#?(?P<channel>[CGD][A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<!subteam\^(?P<group>S[A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<!(?P<broadcast>here|channel|everyone)(?:\|[^>]*)?>"
)
_QUOTED = (
    r'["“”„‟＂](?P<double>(?:<[^<>]*>|<(?![^<>]*>)|[^"“”„‟＂<])*)["“”„‟＂]'
    r"|«(?P<guillemets>[^«»]*)»"
    # An apostrophe is no quote: single ones open after a space and close before one.
    r"|(?<![^\s>])['‘](?P<single>\S|\S.{0,400}?\S)['’](?=\s|$)"
)
_TOKEN = re.compile(f"{_MENTION}|{_QUOTED}", re.ASCII | re.DOTALL)
_LOOSE_QUOTE = re.compile('["“”„‟＂«»]')
_NAME = re.compile(r"(?<!\S)[@＠]([^\s,;@#]+)")
_CHANNEL_NAME = re.compile(r"(?<!\S)[#＃]([^\s,;@#]+)")
_BROADCASTS = {"here", "channel", "everyone"}
_BETWEEN_PEOPLE = {"and", "&", "+", "with"}
_BEFORE_A_TOPIC = {"about", "re", "re:", "for", "topic", "topic:"}
_PUNCTUATION = " \t\n,;"
_MYSELF = {"me", "myself"}
_KINDS = {"audio": True, "video": False}


@dataclass(frozen=True)
class _Said:
    users: tuple[str, ...]
    groups: tuple[str, ...]
    channels: tuple[str, ...]
    broadcasts: tuple[str, ...]
    topics: tuple[str, ...]
    words: str
    kinds: frozenset[str] = field(default_factory=frozenset)

    @property
    def topic(self) -> str | None:
        return self.topics[0] if self.topics else None

    @property
    def audio(self) -> bool:
        return "audio" in self.kinds

    @property
    def when(self) -> str | None:
        words = split_time(self.words)[1]
        return None if _word(words) in ("", "now") else words

    def quotes_wrong(self, command: str) -> str | None:
        if loose := _LOOSE_QUOTE.search(self.words):
            topic, when = split_time(self.words[loose.end() :] or self.words[: loose.start()])
            return f"A quotation mark is missing. Type {self._example(command, topic=_plain(topic), when=when)}"
        if len(self.topics) > 1:
            return f"A call has one topic. Type {self._example(command)}"
        if self.topic and len(self.topic) > LONGEST_TOPIC:
            length = len(self.topic)
            return f"That topic has {length} characters, and {LONGEST_TOPIC} is the most. Please shorten it."
        return None

    def nobody_wrong(self, command: str, verb: str) -> str | None:
        people = len(self.users)
        if people > MOST_PEOPLE:
            return f"You named {people} people, and {MOST_PEOPLE} is the most that one call can {verb}."
        if self.users or self.groups:
            return None
        if _word(self.words) in _MYSELF:
            return f"You cannot {verb} yourself. Name somebody else: {command} `@name`"
        return f"Nobody is named. Type `@` and pick people or a group from Slack's list: {command} `@name`"

    def name_wrong(self) -> str | None:
        if name := _NAME.search(self.words):
            return f"I don't know {_shown('@' + name[1])}: pick the name from Slack's list while typing."
        return None

    def rest_wrong(self, command: str) -> str | None:
        if len(self.kinds) > 1:
            return "A call is either audio or video. Type one of the two, or neither for video."
        words, when = split_time(self.words)
        if not words or _word(words) in _MYSELF:
            return None
        if self.topic is None:
            example = self._example(command, topic=_plain(words), when=when)
            return f"A topic goes in quotation marks, and a time reads like `in 10 minutes`. Type {example}"
        example = self._example(command, when=when)
        return f"I don't understand {_shown(words)}; a time reads like `in 10 minutes`. Type {example}"

    def _example(self, command: str, *, topic: str | None = None, when: str = "") -> str:
        """The command as it should have been: ids stand outside the code so that Slack shows names."""
        named = [f"<@{user}>" for user in self.users] + [f"<!subteam^{group}>" for group in self.groups]
        named += [f"<#{channel}>" for channel in self.channels]
        people = " ".join(named[:5]) + (" …" if len(named) > 5 else "") if named else "`@name`"
        words = f'"{topic or self.topic or "topic"}" {when} {"audio" if self.audio else ""}'
        return f"{command} {people} {_shown(words)}"


def _not_for_ring(said: _Said, command: str, notify_command: str) -> str | None:
    if said.channels:
        return f"{command} rings people, not channels. To tell a channel: {notify_command} <#{said.channels[0]}>"
    if said.broadcasts or _CHANNEL_NAME.search(said.words):
        return f"{command} rings people, not channels. To tell a channel: {notify_command} `#channel`"
    return None


def _not_for_notify(said: _Said, command: str) -> str | None:
    if len(said.channels) > 1:
        return f"One channel at a time, please: {command} <#{said.channels[0]}>"
    if said.broadcasts:
        return f"Name the channel itself, and everyone in it is told: {command} `#channel`"
    if name := _CHANNEL_NAME.search(said.words):
        return f"I don't know {_shown('#' + name[1])}: pick the channel from Slack's list while typing."
    if said.channels and (said.users or said.groups):
        people = " ".join([f"<@{user}>" for user in said.users[:5]] or ["`@name`"])
        return f"Either a channel or people: {command} <#{said.channels[0]}> or {command} {people}"
    return None


def _listen(text: str) -> _Said:
    found: dict[str, list[str]] = {"user": [], "group": [], "channel": [], "broadcast": [], "topic": []}
    pieces, at = [], 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or "topic"
        quoted = kind not in found
        found["topic" if quoted else kind].append(token[kind])
        pieces.append(_between(text[at : token.start()], _BEFORE_A_TOPIC if quoted else _BETWEEN_PEOPLE))
        at = token.end()
    pieces.append(_between(text[at:], set()))
    words = " ".join(pieces).split()
    names = [match[1] for match in map(_NAME.fullmatch, words) if match]
    return _Said(
        users=tuple(dict.fromkeys(found["user"])),
        groups=tuple(dict.fromkeys(found["group"])),
        channels=tuple(dict.fromkeys(found["channel"])),
        broadcasts=tuple(found["broadcast"] + [name for name in names if name.casefold() in _BROADCASTS]),
        topics=tuple(topic for quoted in found["topic"] if (topic := _plain(_unescape(_unlinked(quoted))))),
        words=" ".join(word for word in words if word.casefold() not in _KINDS),
        kinds=frozenset(word.casefold() for word in words if word.casefold() in _KINDS),
    )


def _between(piece: str, fillers: set[str]) -> str:
    words = _unescape(piece).strip(_PUNCTUATION)
    return "" if words.casefold() in fillers else words


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _unlinked(text: str) -> str:
    """Mentions and links inside a topic, as the words their writer saw."""
    return re.sub(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>", _seen, text)


def _seen(link: re.Match[str]) -> str:
    sign, target, label = link.groups()
    if sign == "":
        return label or target
    return f"{'@' if sign == '!' else sign}{(label or target).lstrip('@#')}"


def _plain(text: str) -> str:
    """One line without control characters, nor those that turn the direction of what stands after them."""
    if text.isprintable():  # Almost always; looking at each letter takes its time.
        return " ".join(text.split())
    return " ".join("".join(" " if _unprintable(letter) else letter for letter in text).split())


def _unprintable(letter: str) -> bool:
    direction = unicodedata.bidirectional(letter) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return direction or unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}


def _shown(words: str) -> str:
    """What someone typed, said back to them: short, in code, where nothing in it is a link, a mention or a format."""
    line = _plain(words).replace("`", "'")
    return f"`{escape(line if len(line) <= 150 else line[:149] + '…')}`"
