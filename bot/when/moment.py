"""Puts the day and the clock together, and checks that the moment can still come."""

import re
from datetime import UTC, datetime, time, timedelta

from bot.when.calendar import ZONE
from bot.when.clock import MIDNIGHT, PART, PARTS, Clock, hour_text, in_part, take_clock, times_of
from bot.when.day import Day, read_day
from bot.when.wall import A_DAY, MORNING, WAKING, Here, Unclear, clock_text, in_year, whole_second

_AFTERNOON = range(12, 19)
"""3:30 typed at noon is likely to mean 15:30; 9:30 typed at noon is tomorrow's."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:?\d\d(:?\d\d(\.\d+)?)? ?(z|[+-]\d\d(:?\d\d)?)", re.ASCII)


def instant(words: str, here: Here) -> datetime | Unclear | None:
    """A time that carries its own offset, which wins over the person's zone."""
    if not _ISO.fullmatch(words):
        return None
    try:
        at = datetime.fromisoformat(words.replace(" ", "T", 1).replace(" ", "").upper())
        wall = at.astimezone(here.zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return here.unclear("That date or time is not in the calendar.")
    return _checked(wall, here, at=at.astimezone(UTC))


def day_and_clock(words: str, here: Here) -> datetime | Unclear | None:
    part = PART.search(words)
    rest = PART.sub(" today " if part and part[1] == "tonight" else " ", words)
    clock, day_words = take_clock(" ".join(rest.split()), number_alone=part is not None)
    if clock is not None and ZONE.search(day_words):
        return Unclear("Times are read in your own time zone, so leave the zone's name out.")
    if part is None and clock is None and not day_words:
        return None
    day = read_day(day_words, here, clock)
    if not isinstance(day, Day):
        return day
    if clock is None:
        return _without_clock(day, PARTS[part[1]][2] if part else MORNING, here)
    if clock == MIDNIGHT:
        return _midnight(day, here)
    return _at(day, in_part(clock, part[1]) if part else clock, here, named=bool(day_words or part))


def _without_clock(day: Day, usual: time, here: Here) -> datetime | Unclear:
    if day.keeps_clock:
        return _checked(datetime.combine(day.date, here.wall.time()), here)
    why = f"I read that as {here.say_day(day.date)}, but not at what time."
    wall = datetime.combine(day.date, usual)
    if day.date != here.today or here.ahead(wall):
        return here.unclear(why, wall)
    next_hour = here.wall.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    offers = [next_hour] if next_hour.date() == here.today and next_hour.hour in WAKING else []
    return here.unclear(why, *offers, wall + (7 if day.weekly else 1) * A_DAY)


def _midnight(day: Day, here: Here) -> datetime | Unclear:
    end = datetime.combine(day.date, time()) + A_DAY
    if day.date == here.today:
        return _checked(end, here)
    why = f"Midnight of {here.say_day(day.date)} may be the one before it or the one after it."
    return here.unclear(why, end)


def _at(day: Day, clock: Clock, here: Here, *, named: bool) -> datetime | Unclear:
    readings = [datetime.combine(day.date, at) for at in times_of(clock)]
    if not readings:
        return here.unclear(f"There is no such time as {hour_text(clock)}.")
    if day.weekly:
        readings = [wall if here.ahead(wall) else wall + 7 * A_DAY for wall in readings]
    if clock.bare and len(readings) == 2 and not (named and clock.hour >= WAKING[0]):
        early, late = (f"{wall:%H:%M}" for wall in readings)
        walls = [wall + days for wall in readings for days in (timedelta(), A_DAY) if wall.hour in WAKING]
        walls.sort()
        return here.unclear(f"I read that as {clock.hour} o'clock, which may be {early} or {late}.", *walls)
    wall = readings[-1] if clock.bare and clock.hour == 12 else readings[0]
    return _checked(wall, here, others=readings[1:])


def _checked(
    wall: datetime, here: Here, *, at: datetime | None = None, others: list[datetime] | None = None
) -> datetime | Unclear:
    """The instant of a time on the wall, unless it has passed, is too far away or is jumped over by the clocks."""
    if wall > here.last:
        why = f"I read that as {here.say(wall)}, which is more than a year away."
        return here.unclear(why, *(in_year(wall, here.wall.year + years) for years in (0, 1)))
    if wall.date() < here.today or (at or here.utc(wall)) <= here.now:
        return _passed(wall, here, others or [])
    if not here.exists(wall):
        day = here.say_day(wall.date())
        return here.unclear(f"There is no {clock_text(wall)} {day} where you are: the clocks go forward.", wall)
    return whole_second(at or here.utc(wall))


def _passed(wall: datetime, here: Here, others: list[datetime]) -> Unclear:
    why = f"I read that as {here.say(wall)}, which has passed."
    if here.today - wall.date() > A_DAY:
        return here.unclear(why, *(in_year(wall, here.wall.year + years) for years in (0, 1)))
    tomorrow = datetime.combine(here.today + A_DAY, wall.time())
    return here.unclear(why, *(other for other in others if other.hour in _AFTERNOON), tomorrow)
