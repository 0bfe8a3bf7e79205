"""The day in a person's words: `tomorrow` is read here, the rest (`1 Dec`) by dateparser."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from dateparser.date import DateDataParser

from bot.when.calendar import MONTH_WORD, MONTHS, WEEKDAY, WEEKDAY_WORD, WEEKDAYS
from bot.when.clock import Clock, times_of
from bot.when.pause import NUMBERS
from bot.when.wall import A_DAY, MORNING, Here, Unclear


@dataclass(frozen=True)
class Day:
    date: date
    weekly: bool = False
    """A weekday: once today's hour has passed, the next one is meant."""
    keeps_clock: bool = False
    """Counted from now (in 2 months): without a clock it keeps the present one."""


_NEAR = {"": 0, "today": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1, "day after tomorrow": 2}
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d\d))?", re.ASCII)
_MONTH_NAMED = re.compile(rf"[a-z\d ./-]*\b{MONTH_WORD}\b[a-z\d ./-]*", re.ASCII)
_COUNTS = rf"(?:\d{{1,4}}|an?|{'|'.join(NUMBERS)}) ?(?:day|week|month|year)s?"
_COUNTED = re.compile(rf"in {_COUNTS}(?: (?:and )?{_COUNTS})*", re.ASCII)
_NO_SUCH_DAY = "I read that as a day that is not in the calendar."


def read_day(words: str, here: Here, clock: Clock | None) -> Day | Unclear | None:
    words = re.sub(r"^(?:on )?(?:the )?| at$", "", words)
    if words in _NEAR:
        return Day(here.today + _NEAR[words] * A_DAY)
    if weekday := WEEKDAY.fullmatch(words):
        return _weekday(weekday, here)
    if words == "next week":
        monday = datetime.combine(here.today + (7 - here.today.weekday()) * A_DAY, MORNING)
        return here.unclear("I read that as next week, but not on which day.", monday)
    if iso := _ISO_DAY.fullmatch(words):
        day = _existing(*iso.groups())
        return Day(day) if day else Unclear(_NO_SUCH_DAY)
    if numeric := _NUMERIC.fullmatch(words):
        return _numeric(numeric, here, clock)
    if _COUNTED.fullmatch(words):
        counted = _by_dateparser(words, here)
        return Day(counted, keeps_clock=True) if counted else None
    return _month_named(words, here) if _MONTH_NAMED.fullmatch(words) else None


def _weekday(match: re.Match[str], here: Here) -> Day:
    name = (match[2] or match[5])[:3]
    number = next(i for i, weekday in enumerate(WEEKDAYS) if weekday.startswith(name))
    if match[3] or match[4]:
        return Day(here.today + (7 - here.today.weekday() + number) * A_DAY)
    days = (number - here.today.weekday()) % 7
    if match[1] == "next" and days == 0:
        days = 7
    return Day(here.today + days * A_DAY, weekly=True)


def _existing(year: int | str, month: int | str, day: int | str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _numeric(match: re.Match[str], here: Here, clock: Clock | None) -> Day | Unclear:
    """03/04 is 3 April to some and 4 March to others; 13/04 is 13 April to both."""
    one, two, year = match[1], match[2], match[3]
    readings = {day for order in ((two, one), (one, two)) if (day := _coming(year, *order, here))}
    if len(readings) == 1:
        return Day(readings.pop())
    if not readings:
        return Unclear(_NO_SUCH_DAY)
    first, second = sorted(readings)
    times = (times_of(clock) if clock else []) or [MORNING]
    why = f"I cannot tell whether that is {here.say_day(first)} or {here.say_day(second)}."
    return here.unclear(why, *(datetime.combine(day, times[0]) for day in (first, second)))


def _coming(year: str | None, month: str, day: str, here: Here) -> date | None:
    if year:
        return _existing(int(year) + (2000 if len(year) == 2 else 0), month, day)
    years = range(here.today.year, here.today.year + 9)
    days = (_existing(candidate, month, day) for candidate in years)
    return next((found for found in days if found and found >= here.today), None)


def _month_named(words: str, here: Here) -> Day | Unclear | None:
    if not re.search(r"\d", words):
        return Unclear("I read that as a month, but not on which day.") if words.count(" ") < 2 else None
    year = here.today.year
    with_year = [words] if re.search(r"\d{4}", words) else [f"{words} {year + more}" for more in range(9)]
    past: list[date] = []
    for candidate in (*with_year, words):  # Each takes a millisecond.
        day = _by_dateparser(candidate, here)
        if day and day >= here.today:
            break
        past += [day] if day else []
    else:
        if not past:
            return Unclear(_NO_SUCH_DAY) if all(map(_DATE_WORD.fullmatch, words.split())) else None
        day = past[0]
    named = re.search(rf"\b{WEEKDAY_WORD}\b", words)
    if named and not WEEKDAYS[day.weekday()].startswith(named[0][:3]):
        return here.unclear(f"{day.day} {MONTHS[day.month - 1].title()} {day.year} is not that day of the week.")
    return Day(day)


_DATE_WORD = re.compile(rf"{WEEKDAY_WORD}|{MONTH_WORD}|\d+(?:st|nd|rd|th)?|of|the")


def _by_dateparser(words: str, here: Here) -> date | None:
    settings = {
        "RELATIVE_BASE": datetime.combine(here.today, time()),
        "REQUIRE_PARTS": ["day", "month"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    try:
        found = DateDataParser(languages=["en"], settings=settings).get_date_data(words).date_obj
    except (ValueError, OverflowError):
        return None
    return found.date() if isinstance(found, datetime) else None
