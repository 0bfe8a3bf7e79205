"""Reads a time that a person typed, in their own time zone, or says what is unclear about it.

The clock (`3pm`, `15:00`, `at 3`) and the pause (`in 1h30`) are read strictly, since a guess would ring
people at the wrong hour; the calendar day (`1 Dec`, `in 2 months`) is left to dateparser. No sentence made here
repeats the person's words, so it can be shown as it is. Only English is promised.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.when.moment import day_and_clock, instant
from bot.when.pause import pause
from bot.when.wall import Here, Unclear, zone_named
from bot.when.words import plain, split_time

__all__ = ["Found", "Unclear", "read_time", "split_time"]


@dataclass(frozen=True)
class Found:
    at: datetime
    text: str


def read_time(text: str, *, tz: str, now: datetime) -> Found | Unclear | None:
    """The time that `text` means to someone in the zone `tz`; None where it is no time at all."""
    words = plain(text)
    if not words or len(words) > 80:
        return None
    here = Here(now.astimezone(UTC), zone_named(tz))
    for read in (pause, instant, day_and_clock):
        if (answer := read(words, here)) is not None:
            return Found(answer, " ".join(text.split())) if isinstance(answer, datetime) else answer
    return None
