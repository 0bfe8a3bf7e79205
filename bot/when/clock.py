"""The clock in a person's words: `3pm`, `15:00`, `at 3`, `noon`, `8 in the evening`."""

import re
from dataclasses import dataclass, replace
from datetime import time
from typing import Literal

from bot.when.calendar import NAMED_DAY
from bot.when.wall import MORNING

_CLOCK = re.compile(
    r"(?<![\w:./+-])(?P<at>at )?"
    r"(?:(?P<word>noon|midday|midnight)"
    r"|(?P<hour>\d{1,2})(?:(?P<mark>[:h.])(?P<minute>\d\d)(?::(?P<second>\d\d))?|(?P<h>h))?"
    r" ?(?P<half>[ap]m)?(?P<oclock> ?o'?clock)?)"
    r"(?![\w:/+-]|\.\d)",
    re.ASCII,
)
PART = re.compile(r"\b(?:(?:in the|this|at) )?(morning|afternoon|evening|tonight|night)\b")
PARTS: dict[str, tuple[Literal["am", "pm"], range, time]] = {
    "morning": ("am", range(1, 12), MORNING),
    "afternoon": ("pm", range(1, 7), time(15)),
    "evening": ("pm", range(5, 12), time(19)),
    "tonight": ("pm", range(6, 12), time(20)),
    "night": ("pm", range(6, 12), time(20)),
}


@dataclass(frozen=True)
class Clock:
    hour: int
    minute: int = 0
    second: int = 0
    half: str | None = None
    bare: bool = False
    """Neither minutes nor am or pm: 3 may be the morning's or the afternoon's."""


MIDNIGHT = Clock(24)


def take_clock(words: str, *, number_alone: bool) -> tuple[Clock | None, str]:
    """The one clock among the words, and the words without it. `9.30` is one only where nothing else is."""
    matches = [match for match in _CLOCK.finditer(words) if _is_clock(match, words, number_alone)]
    if len(matches) > 1:
        matches = [match for match in matches if match["mark"] != "."]
    if len(matches) != 1:
        return None, words
    rest = f"{words[: matches[0].start()]} {words[matches[0].end() :]}"
    return _clock(matches[0]), " ".join(rest.split())


def _is_clock(match: re.Match[str], words: str, number_alone: bool) -> bool:
    if any(match[name] for name in ("at", "word", "mark", "h", "half", "oclock")):
        return True
    # A number alone is an hour beside a day that has no number of its own: "tomorrow 9", "9 monday".
    rest = f"{words[: match.start()]} {words[match.end() :]}".strip()
    return bool(NAMED_DAY.fullmatch(rest)) if rest else number_alone


def _clock(match: re.Match[str]) -> Clock:
    if match["word"]:
        return MIDNIGHT if match["word"] == "midnight" else Clock(12, half="pm")
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    return Clock(hour, minute, second, match["half"], bare=not (match["mark"] or match["h"] or match["half"]))


def in_part(clock: Clock, part: str) -> Clock:
    """`at 8` in an evening is 8pm; an hour that is none of that part's stays as open as it was."""
    half, hours, _ = PARTS[part]
    if clock.half is None and clock.hour <= 12:
        return replace(clock, half=half) if clock.hour in hours else replace(clock, bare=True)
    return clock


def times_of(clock: Clock) -> list[time]:
    """The times of day that a clock can mean, the 24-hour reading first; none where there is no such time."""
    if clock.minute > 59 or clock.second > 59 or clock.hour > 23 or (clock.half == "am" and clock.hour > 12):
        return []
    hour = clock.hour % 12 if clock.half and clock.hour <= 12 else clock.hour
    first = time(hour + 12 if clock.half == "pm" and hour < 12 else hour, clock.minute, clock.second)
    if clock.half or clock.hour in (0, *range(13, 24)):
        return [first]
    return sorted([first, first.replace(hour=(first.hour + 12) % 24)]) if clock.bare else _twice(first)


def _twice(first: time) -> list[time]:
    return [first, first.replace(hour=first.hour + 12)] if first.hour < 12 else [first]


def hour_text(clock: Clock) -> str:
    return f"{clock.hour}:{clock.minute:02}{clock.half or ''}"
