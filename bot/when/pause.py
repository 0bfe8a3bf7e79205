"""A pause from now: `in 1h30`, `in 10 minutes`, `an hour and a half from now`."""

import re
from datetime import datetime, timedelta

from bot.when.wall import A_DAY, Here, Unclear, whole_second

NUMBERS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_AMOUNT = rf"\d+(?:\.\d+)?|half an?|(?:a )?quarter of an|an?|{'|'.join(NUMBERS)}"
_UNITS: dict[str, timedelta] = {
    "s|secs?|seconds?": timedelta(seconds=1),
    "m|mins?|minutes?": timedelta(minutes=1),
    "h|hrs?|hours?": timedelta(hours=1),
    "d|days?": timedelta(days=1),
    "w|wks?|weeks?": timedelta(weeks=1),
    "fortnights?": timedelta(weeks=2),
}
UNIT = "|".join(_UNITS)
_STEP = re.compile(
    rf"(?:and )?(?P<amount>{_AMOUNT}) ?(?P<unit>{UNIT})(?![a-z])(?P<half> and a half)?"
    r"(?:(?<=h)(?P<minutes>\d{1,2})(?:m|min)?(?!\w))? ?",
    re.ASCII,
)


def pause(words: str, here: Here) -> datetime | Unclear | None:
    if words == "now":
        return _NOW
    if three := re.fullmatch(r"in (\d{1,3})", words, re.ASCII):
        why = f"I read that as “in {three[1]}”, but not whether minutes or hours are meant."
        return Unclear(why, _in_minutes(int(three[1])))
    bare = re.sub(r"^(?:in|after) | (?:from now|time|ago)$", "", words)
    if bare == words and re.fullmatch(r"\d{1,2}h(\d{2})?", words, re.ASCII):
        return None  # 15h30 without "in" is a clock
    if (length := _length(bare)) is None:
        return None
    return _after(length, here, ago=words.endswith(" ago"))


def _length(words: str) -> timedelta | None:
    length, at = timedelta(), 0
    while at < len(words):
        step = _STEP.match(words, at)
        if step is None:
            return None
        unit = next(value for names, value in _UNITS.items() if re.fullmatch(names, step["unit"]))
        length += unit * (_amount(step["amount"]) + (0.5 if step["half"] else 0))
        length += timedelta(minutes=int(step["minutes"] or 0))
        at = step.end()
    return length


def _amount(words: str) -> float:
    if words[0].isdigit():
        return min(float(words[:20]), 1e6)
    if words in NUMBERS:
        return NUMBERS.index(words) + 1
    return 0.5 if words.startswith("half") else 0.25 if "quarter" in words else 1


_NOW = Unclear("I read that as now; to ring at once, leave the time out.", "in 1 minute")
_TOO_FAR = Unclear("I read that as more than a year away.", "in 365 days")


def _after(length: timedelta, here: Here, *, ago: bool) -> datetime | Unclear:
    if not length:
        return _NOW
    if ago:
        minutes = int(min(length, A_DAY).total_seconds() // 60)
        return Unclear("I read that as a time that has passed.", _in_minutes(minutes))
    if length > timedelta(days=366):
        return _TOO_FAR
    days = timedelta(days=length.days)
    # A day later is the same hour on the wall, whatever the clocks do that night; hours are hours.
    at = whole_second((here.utc(here.wall + days) if days else here.now) + (length - days))
    if at.astimezone(here.zone).replace(tzinfo=None) > here.last:
        return _TOO_FAR
    return at


def _in_minutes(minutes: int) -> str:
    minutes = max(1, minutes)
    return f"in {minutes} minute{'s' if minutes > 1 else ''}"
