"""The clock on the wall of the person who types: what it shows, what it skips, and what to offer instead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.when.calendar import MONTHS, WEEKDAYS

MORNING = time(9)
"""When a day was named without a time, this is the time that is offered."""
A_DAY = timedelta(days=1)
WAKING = range(7, 22)


@dataclass(frozen=True)
class Unclear:
    why: str
    suggestion: str | None = None
    """A time they may have meant, in words that can be read again."""


@dataclass(frozen=True)
class Here:
    now: datetime
    zone: ZoneInfo

    @property
    def wall(self) -> datetime:
        """What the clock on this person's wall shows now (naive)."""
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    @property
    def today(self) -> date:
        return self.wall.date()

    @property
    def last(self) -> datetime:
        """The last moment that is no more than a year away, on the wall."""
        return whole_second(in_year(self.wall, self.wall.year + 1))

    def utc(self, wall: datetime) -> datetime:
        """In the hour that comes twice when clocks go back, the first, unless it has passed."""
        first, second = (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return first if first > self.now else max(first, second)

    def exists(self, wall: datetime) -> bool:
        return wall.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == wall

    def ahead(self, wall: datetime) -> bool:
        """Neither past nor more than a year away (asked first of the day: UTC has no year 10000)."""
        return self.today <= wall.date() and wall <= self.last and self.utc(wall) > self.now

    def say(self, wall: datetime) -> str:
        return f"{self.say_day(wall.date())} at {clock_text(wall)}"

    def say_day(self, day: date) -> str:
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - self.today).days)
        return near or f"{WEEKDAYS[day.weekday()].title()} {day.day} {MONTHS[day.month - 1].title()} {day.year}"

    def unclear(self, why: str, *offers: datetime) -> Unclear:
        """The reason, with the first of the wall times on offer that can still come."""
        wall = next((wall for wall in map(self._forward, offers) if self.ahead(wall)), None)
        if wall is None:
            return Unclear(why)
        near = {0: "today", 1: "tomorrow"}.get((wall.date() - self.today).days, wall.date().isoformat())
        return Unclear(why, f"{near} {clock_text(wall)}")

    def _forward(self, wall: datetime) -> datetime:
        """`wall`, or where clocks jump over it, the first minute after the jump."""
        wall = whole_second(wall)
        if self.today <= wall.date() and wall <= self.last:
            while not self.exists(wall):
                wall = wall.replace(second=0) + timedelta(minutes=1)
        return wall


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError, ImportError):
        return ZoneInfo("UTC")


def whole_second(at: datetime) -> datetime:
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def in_year(wall: datetime, year: int) -> datetime:
    try:
        return wall.replace(year=year)
    except ValueError:
        return wall.replace(year=year, day=28)  # 29 February


def clock_text(wall: datetime) -> str:
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
