"""The parts every message is made of: people's words made harmless, mentions, times, and Block Kit's own pieces."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.slack.blocks.actions import CHOICES, LABELS, Action, option_value
from bot.slack.command import escape

Block = dict[str, Any]

NAMES = 15
"""Above so many people, the others are a number."""
TOPIC = 400
"""Characters of a topic as shown, escapes counted."""


@dataclass(frozen=True)
class Drawn:
    """A message: what notifications and screen readers say, and what is seen."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def leads_in(self) -> bool:
        """It has a button that opens its reader's own link into the call, where they have one."""
        return any(map(_leads_in, self._elements))

    def with_link(self, link: str) -> "Drawn":
        """The same for its one reader, whose link this is."""
        return replace(self, blocks=tuple(_linked(block, link) for block in self.blocks))

    @property
    def _elements(self) -> Iterator[Block]:
        return (element for block in self.blocks if block["type"] == "actions" for element in block["elements"])


def _leads_in(element: Block) -> bool:
    return element["action_id"] in LINKED


def _linked(block: Block, link: str) -> Block:
    if block["type"] != "actions":
        return block
    elements = [element | {"url": link} if _leads_in(element) else element for element in block["elements"]]
    return block | {"elements": elements}


# --- people's words

_FORMATTING = re.compile(r"`|(?<!\w)[*_~](?=\S)|(?<=\S)[*_~](?!\w)")
_LOOKALIKES = {"`": "ˋ", "*": "∗", "_": "＿", "~": "∼"}
_JOINERS = "\u200c\u200d"
"""Invisible, but emoji and many scripts are put together with them."""


def clean(text: str) -> str:
    """One line, without what cannot be seen."""
    if text.isprintable():  # Almost always; looking at each character takes its time.
        return " ".join(text.split())
    seen = (c for c in text if c.isspace() or c in _JOINERS or not unicodedata.category(c).startswith("C"))
    return " ".join("".join(seen).split())


def words(text: str, most: int = TOPIC) -> str:
    """People's words as they may stand in mrkdwn: no mention, no link, no formatting, one line, at most so long."""
    plain = _FORMATTING.sub(lambda found: _LOOKALIKES[found[0]], clean(text))
    whole = escape(plain)
    return whole if len(whole) <= most else _cut([escape(character) for character in plain], most)


def _cut(pieces: Sequence[str], most: int) -> str:
    """For what is too long. An escape is never cut in two."""
    room, kept = most - 1, ""
    for piece in pieces:
        if len(kept) + len(piece) > room:
            break
        kept += piece
    return f"{kept.rstrip()}…"


def quoted(text: str, most: int = TOPIC) -> str:
    """In quotes: also so that no quotation or list mark of theirs can stand first in a line. Empty stays empty."""
    shown = words(text, most)
    return f"“{shown}”" if shown else ""


_PIECES = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|[^<&]+|.", re.DOTALL)
_ESCAPED = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_KEPT = re.compile(
    r"<(@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!date\^\d+\^[^|^<>]*\|[^|^<>]*)>"  # One person, a channel, a date
    r"|&(?:amp|lt|gt);"
)
_GROUP = re.compile(r"<!subteam\^S[A-Z0-9]+>")


def sentence(text: str, most: int = 2000, *, groups: bool = False) -> str:
    """mrkdwn of ours that may quote people: mentions and dates in it stay, anything else Slack could act on is escaped.

    A group's mention stays only where asked: everybody in it would be called, unless just one person sees it.
    """
    lines = "\n".join(filter(None, (clean(line) for line in text.splitlines())))
    pieces = [_harmless(piece, groups=groups) for piece in _PIECES.findall(lines)]
    whole = "".join(pieces)
    return whole if len(whole) <= most else _cut(_ESCAPED.findall(whole), most)


def _harmless(piece: str, *, groups: bool) -> str:
    if _KEPT.fullmatch(piece) or (groups and _GROUP.fullmatch(piece)):
        return piece
    return escape(piece)


SPOKEN = 300
"""Characters of a notification: short enough to be read out."""


def spoken(*sentences: str) -> str:
    """As many of these sentences, from the first on, as a notification has room for."""
    said = ""
    for each in filter(None, sentences):
        ended = each if each[-1] in ".?!…" else f"{each}."
        if said and len(said) + len(ended) + 1 > SPOKEN:
            break
        said = f"{said} {ended}".strip()
    return said


# --- people and times


def mention(user: str) -> str:
    return f"<@{user}>"


def mentions(users: Iterable[str], most: int = NAMES) -> str:
    """“Ana, Ben and Cy”; above `most`, “Ana, Ben and 14 others”."""
    return listed([mention(user) for user in users], most)


def listed(names: Sequence[str], most: int = NAMES) -> str:
    if len(names) > most:
        more = len(names) - most
        names = [*names[:most], f"{more} other{'s' if more > 1 else ''}"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


HALF_A_DAY = timedelta(hours=12)


def clock(at: datetime) -> str:
    """The time of day, in the reader's own zone. https://docs.slack.dev/messaging/formatting-message-text#date-formatting"""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"


def day(at: datetime) -> str:
    """Day and time, in the reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d} at {at:%H:%M} UTC>"


def starting(at: datetime, now: datetime) -> str:
    """“at 10:30”, and the day with it where that is half a day away or more."""
    return f"at {clock(at)}" if at - now < HALF_A_DAY else day(at)


def duration(length: timedelta) -> str:
    seconds = max(0, int(length.total_seconds()))
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if seconds < 60:
        return f"{seconds} s"
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)


# --- Block Kit: https://docs.slack.dev/reference/block-kit


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Block:
    """`verbatim`: Slack finds no links, channels or mentions of its own in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(*lines: str) -> Block:
    """A paragraph; empty lines are left out."""
    return {"type": "section", "text": mrkdwn("\n".join(line for line in lines if line))}


def context(*facts: str) -> Block:
    """Small print: facts side by side; empty ones are left out."""
    return {"type": "context", "elements": [mrkdwn(" · ".join(fact for fact in facts if fact))]}


def not_shown(number: int) -> list[Block]:
    """That there are more of them; nothing where all are shown."""
    return [context(f"{number} more not shown")] if number > 0 else []


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


PRIMARY = frozenset({Action.ACCEPT, Action.JOIN, Action.JOIN_EARLY, Action.CALL_BACK, Action.TRY_AGAIN})
DANGER = frozenset({Action.DECLINE, Action.END, Action.PICK_CANCEL})
LINKED = frozenset({Action.ACCEPT, Action.JOIN, Action.JOIN_EARLY})
"""Buttons that open the reader's own link, where there is one for them (see Drawn)."""
CONFIRMED: dict[Action, tuple[str, str, str, str]] = {
    Action.END: ("End for all?", "Everybody in the call will be disconnected.", "End for all", "Keep it going"),
    Action.CANCEL_PLAN: ("Cancel this call?", "Everybody invited will be told.", "Cancel the call", "Keep it"),
}
"""Title, text, yes, no."""


def row(actions: Sequence[Action], call_id: str, block_id: str) -> list[Block]:
    """The row of buttons, as a list of at most one block."""
    if not actions:
        return []
    return [{"type": "actions", "block_id": block_id, "elements": [element(a, call_id) for a in actions]}]


def element(action: Action, call_id: str) -> Block:
    return _menu(call_id) if action is Action.DECLINE_WITH else _button(action, call_id)


def _button(action: Action, call_id: str) -> Block:
    button: Block = {"type": "button", "text": plain(LABELS[action]), "action_id": action.value, "value": call_id}
    if action in PRIMARY:
        button["style"] = "primary"
    if action in DANGER:
        button["style"] = "danger"
    if action in CONFIRMED:
        button["confirm"] = _confirm(*CONFIRMED[action])
    return button


def _confirm(title: str, text: str, yes: str, no: str) -> Block:
    return {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no), "style": "danger"}


def _menu(call_id: str) -> Block:
    return {
        "type": "static_select",
        "action_id": Action.DECLINE_WITH.value,
        "placeholder": plain(LABELS[Action.DECLINE_WITH]),
        "options": [
            {"text": plain(label), "value": option_value(choice, call_id)} for choice, label in CHOICES.items()
        ],
    }
