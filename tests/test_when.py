"""Times that people type, in the zones they live in. Ana is in Kolkata, where it is Sunday 22 November 2026, 12:00."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.when import Found, Unclear, read_time, split_time

KOLKATA, NEW_YORK, AUCKLAND = "Asia/Kolkata", "America/New_York", "Pacific/Auckland"
SUNDAY_NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def on_the_wall(at: datetime, tz: str) -> str:
    return at.astimezone(ZoneInfo(tz)).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def read(text: str, *, tz: str = KOLKATA, now: datetime = SUNDAY_NOON) -> str | None:
    """The time found, on the person's wall; or what was offered instead, in brackets."""
    answer = read_time(text, tz=tz, now=now)
    if isinstance(answer, Unclear):
        return f"({answer.suggestion})" if answer.suggestion else "(?)"
    return on_the_wall(answer.at, tz) if answer else None


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("in 10 minutes", "2026-11-22 12:10"),
        ("in 10 min", "2026-11-22 12:10"),
        ("10 minutes", "2026-11-22 12:10"),
        ("in a minute", "2026-11-22 12:01"),
        ("in 90 seconds", "2026-11-22 12:01:30"),
        ("in 1h30", "2026-11-22 13:30"),
        ("in 1h30m", "2026-11-22 13:30"),
        ("in 1 hour and 30 minutes", "2026-11-22 13:30"),
        ("in 1.5 hours", "2026-11-22 13:30"),
        ("in an hour and a half", "2026-11-22 13:30"),
        ("in half an hour", "2026-11-22 12:30"),
        ("in a quarter of an hour", "2026-11-22 12:15"),
        ("in 2 hours", "2026-11-22 14:00"),
        ("two hours from now", "2026-11-22 14:00"),
        ("in 2 days", "2026-11-24 12:00"),
        ("in 2 days at 10:00", "2026-11-24 10:00"),
        ("in 2 months", "2027-01-22 12:00"),
        ("in a month at 9:30", "2026-12-22 09:30"),
        ("at 15:00", "2026-11-22 15:00"),
        ("15:00", "2026-11-22 15:00"),
        ("15:00:20", "2026-11-22 15:00:20"),
        ("at 15", "2026-11-22 15:00"),
        ("15h30", "2026-11-22 15:30"),
        ("at 3pm", "2026-11-22 15:00"),
        ("3 PM", "2026-11-22 15:00"),
        ("3 p.m.", "2026-11-22 15:00"),
        ("3:15pm", "2026-11-22 15:15"),
        ("3 in the afternoon", "2026-11-22 15:00"),
        ("tonight at 8", "2026-11-22 20:00"),
        ("midnight", "2026-11-23 00:00"),
        ("12:00:01", "2026-11-22 12:00:01"),
        ("tomorrow 9:30", "2026-11-23 09:30"),
        ("Tomorrow, 9:30", "2026-11-23 09:30"),
        ("9:30 tomorrow", "2026-11-23 09:30"),
        ("tomorrow at 9", "2026-11-23 09:00"),
        ("tomorrow 9", "2026-11-23 09:00"),
        ("tomorrow at 12", "2026-11-23 12:00"),
        ("tomorrow noon", "2026-11-23 12:00"),
        ("tomorrow 12am", "2026-11-23 00:00"),
        ("tomorrow morning at 8", "2026-11-23 08:00"),
        ("the day after tomorrow 10:00", "2026-11-24 10:00"),
        ("today 13:00", "2026-11-22 13:00"),
        ("monday 9:30", "2026-11-23 09:30"),
        ("on Tue at 10am", "2026-11-24 10:00"),
        ("sunday 13:00", "2026-11-22 13:00"),
        ("sunday 11:00", "2026-11-29 11:00"),
        ("next sunday 13:00", "2026-11-29 13:00"),
        ("next monday 10:00", "2026-11-23 10:00"),
        ("friday next week 10:00", "2026-11-27 10:00"),
        ("1 Dec 14:00", "2026-12-01 14:00"),
        ("dec 1 at 2pm", "2026-12-01 14:00"),
        ("1st of December 14:00", "2026-12-01 14:00"),
        ("Sat 5 Dec 10:00", "2026-12-05 10:00"),
        ("1 Dec 26 10:00", "2026-12-01 10:00"),
        ("21 Nov 10:00", "2027-11-21 10:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00Z", "2026-12-01 19:30"),
        ("2026-12-01T14:00:00+01:00", "2026-12-01 18:30"),
        ("13/04 15:00", "2027-04-13 15:00"),
        ("04/04/2027 15:00", "2027-04-04 15:00"),
        ("2027-11-22 12:00", "2027-11-22 12:00"),
        ("in 365 days", "2027-11-22 12:00"),
    ],
)
def test_a_time_is_read_where_its_writer_is(text: str, wall: str) -> None:
    assert read(text) == wall


@pytest.mark.parametrize(
    ("text", "why", "offer"),
    [
        ("11:00", "I read that as today at 11:00, which has passed.", "tomorrow 11:00"),
        ("at 3:30", "I read that as today at 03:30, which has passed.", "today 15:30"),
        ("noon", "I read that as today at 12:00, which has passed.", "tomorrow 12:00"),
        ("yesterday 9:00", "I read that as yesterday at 09:00, which has passed.", "tomorrow 09:00"),
        ("2 hours ago", "I read that as a time that has passed.", "in 120 minutes"),
        (
            "2025-12-01 14:00",
            "I read that as Monday 1 December 2025 at 14:00, which has passed.",
            "2026-12-01 14:00",
        ),
        ("2026-11-22T06:30Z", "I read that as today at 12:00, which has passed.", "tomorrow 12:00"),
        (
            "1 Dec 2028 14:00",
            "I read that as Friday 1 December 2028 at 14:00, which is more than a year away.",
            "2026-12-01 14:00",
        ),
        (
            "2027-11-22 12:01",
            "I read that as Monday 22 November 2027 at 12:01, which is more than a year away.",
            "today 12:01",
        ),
        (
            "29 feb 10:00",
            "I read that as Tuesday 29 February 2028 at 10:00, which is more than a year away.",
            "2027-02-28 10:00",
        ),
        ("in 400 days", "I read that as more than a year away.", "in 365 days"),
        ("in 99999999999999999999999 hours", "I read that as more than a year away.", "in 365 days"),
        ("at 3", "I read that as 3 o'clock, which may be 03:00 or 15:00.", "today 15:00"),
        ("at 8", "I read that as 8 o'clock, which may be 08:00 or 20:00.", "today 20:00"),
        ("tomorrow at 3", "I read that as 3 o'clock, which may be 03:00 or 15:00.", "tomorrow 15:00"),
        ("11 o'clock", "I read that as 11 o'clock, which may be 11:00 or 23:00.", "tomorrow 11:00"),
        ("tomorrow", "I read that as tomorrow, but not at what time.", "tomorrow 09:00"),
        ("today", "I read that as today, but not at what time.", "today 13:00"),
        ("tonight", "I read that as today, but not at what time.", "today 20:00"),
        ("sunday", "I read that as today, but not at what time.", "today 13:00"),
        ("1 Dec", "I read that as Tuesday 1 December 2026, but not at what time.", "2026-12-01 09:00"),
        ("next week", "I read that as next week, but not on which day.", "tomorrow 09:00"),
        ("december", "I read that as a month, but not on which day.", None),
        (
            "03/04 15:00",
            "I cannot tell whether that is Thursday 4 March 2027 or Saturday 3 April 2027.",
            "2027-03-04 15:00",
        ),
        ("30 feb 10:00", "I read that as a day that is not in the calendar.", None),
        ("2026-13-01 10:00", "I read that as a day that is not in the calendar.", None),
        ("sat 6 dec 10:00", "6 December 2026 is not that day of the week.", None),
        (
            "tomorrow at midnight",
            "Midnight of tomorrow may be the one before it or the one after it.",
            "2026-11-24 00:00",
        ),
        ("25:00", "There is no such time as 25:00.", None),
        ("in 3", "I read that as “in 3”, but not whether minutes or hours are meant.", "in 3 minutes"),
        ("now", "I read that as now; to ring at once, leave the time out.", "in 1 minute"),
        ("in 0 minutes", "I read that as now; to ring at once, leave the time out.", "in 1 minute"),
        ("3pm EST", "Times are read in your own time zone, so leave the zone's name out.", None),
    ],
)
def test_what_is_unclear_is_said_and_the_nearest_time_offered(text: str, why: str, offer: str | None) -> None:
    answer = read_time(text, tz=KOLKATA, now=SUNDAY_NOON)
    assert isinstance(answer, Unclear)
    assert (answer.why, answer.suggestion) == (why, offer)


@pytest.mark.parametrize(
    "text", ["", " ", "hello", "in the meeting room", "15:00-16:00", "in 10 minuts", "may I ask", "3 of 5", "x" * 5000]
)
def test_what_is_no_time_is_not_taken_for_one(text: str) -> None:
    assert read_time(text, tz=KOLKATA, now=SUNDAY_NOON) is None


@pytest.mark.parametrize(
    ("text", "tz", "now", "wall"),
    [
        pytest.param(
            "2027-03-14 02:30", NEW_YORK, SUNDAY_NOON, "(2027-03-14 03:00)", id="an hour that clocks jump over"
        ),
        pytest.param(
            "tomorrow 2:30",
            NEW_YORK,
            datetime(2027, 3, 13, 17, 0, tzinfo=UTC),
            "(tomorrow 03:00)",
            id="tomorrow's lost hour",
        ),
        pytest.param(
            "tomorrow 2:30",
            AUCKLAND,
            datetime(2026, 9, 26, 0, 0, tzinfo=UTC),
            "(tomorrow 03:00)",
            id="the lost hour in Auckland comes in September",
        ),
        pytest.param(
            "in 24 hours",
            NEW_YORK,
            datetime(2027, 3, 13, 17, 0, tzinfo=UTC),
            "2027-03-14 12:00",
            id="24 hours are written as a day, and a day later it is noon again",
        ),
        pytest.param(
            "in 3 hours",
            NEW_YORK,
            datetime(2027, 3, 14, 6, 0, tzinfo=UTC),
            "2027-03-14 05:00",
            id="three hours are three hours, whatever the wall shows",
        ),
        pytest.param(
            "15:00", AUCKLAND, datetime(2026, 11, 21, 23, 0, tzinfo=UTC), "2026-11-22 15:00", id="it is Sunday there"
        ),
        pytest.param(
            "tomorrow 9:30", NEW_YORK, datetime(2026, 11, 22, 3, 0, tzinfo=UTC), "2026-11-22 09:30", id="still Saturday"
        ),
        pytest.param("15:00", "Mars/Olympus", SUNDAY_NOON, "2026-11-22 15:00", id="an unknown zone is UTC"),
        pytest.param("15:00", "../etc/passwd", SUNDAY_NOON, "2026-11-22 15:00", id="a zone that is no zone is UTC"),
        pytest.param("15:00", "", SUNDAY_NOON, "2026-11-22 15:00", id="no zone is UTC"),
    ],
)
def test_clocks_and_zones(text: str, tz: str, now: datetime, wall: str) -> None:
    known = tz if tz in (NEW_YORK, AUCKLAND) else "UTC"
    answer = read_time(text, tz=tz, now=now)
    got = f"({answer.suggestion})" if isinstance(answer, Unclear) else answer and on_the_wall(answer.at, known)
    assert got == wall


def test_an_hour_that_does_not_exist_is_explained() -> None:
    answer = read_time("2027-03-14 02:30", tz=NEW_YORK, now=SUNDAY_NOON)
    assert isinstance(answer, Unclear)
    assert answer.why == "There is no 02:30 Sunday 14 March 2027 where you are: the clocks go forward."


def test_of_an_hour_that_comes_twice_the_first_is_taken() -> None:
    answer = read_time("2026-11-01 01:30", tz=NEW_YORK, now=datetime(2026, 10, 30, tzinfo=UTC))
    assert answer == Found(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "2026-11-01 01:30")


def test_of_an_hour_that_comes_twice_the_second_is_taken_once_the_first_has_passed() -> None:
    answer = read_time("1:30", tz=NEW_YORK, now=datetime(2026, 11, 1, 5, 45, tzinfo=UTC))
    assert answer == Found(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "1:30")


def test_a_fraction_of_a_second_is_rounded_up() -> None:
    answer = read_time("in  10\tminutes", tz="UTC", now=datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC))
    assert answer == Found(datetime(2026, 11, 22, 12, 10, 1, tzinfo=UTC), "in 10 minutes")


@pytest.mark.parametrize(
    ("words", "other", "time"),
    [
        ("", "", ""),
        ("hello", "hello", ""),
        ("in 10 minutes", "", "in 10 minutes"),
        ("standup tomorrow 9:30", "standup", "tomorrow 9:30"),
        ("tomorrow 9:30 and standup", "and standup", "tomorrow 9:30"),
        ("sync 2 people tomorrow at noon", "sync 2 people", "tomorrow at noon"),
        ("Q3 at 3", "Q3", "at 3"),
        ("1 dec 14:00", "", "1 dec 14:00"),
        ("on the 5th at 10", "", "on the 5th at 10"),
        ("the day after tomorrow 10:00", "", "the day after tomorrow 10:00"),
        ("an hour from now", "", "an hour from now"),
        ("next week", "", "next week"),
        ("15:00 CET", "", "15:00 CET"),
        ("now", "", "now"),
        ("in the meeting room", "in the meeting room", ""),
        ("on fire", "on fire", ""),
        ("may I ask", "may I ask", ""),
        ("three of us", "three of us", ""),
    ],
)
def test_the_words_of_a_time_are_told_from_others(words: str, other: str, time: str) -> None:
    assert split_time(words) == (other, time)


WORDS = """
    in at on next a the 1 3 9 12 15 30 31 9:30 2:30 25:00 1h30 3pm 12am noon midnight tonight today tomorrow yesterday
    monday sun week days hours minutes months year dec feb may 29 1st 2027 2026-12-01 03/04 13/4/27 1.12 now ago and
    morning evening utc est T Z half an hour
"""
words = st.sampled_from(WORDS.split())
typed = st.one_of(st.text(), st.text("0123456789:./-apmh tz+", max_size=40), st.lists(words, max_size=6).map(" ".join))
zones = st.sampled_from([KOLKATA, NEW_YORK, AUCKLAND, "UTC", "Australia/Lord_Howe", "Asia/Kathmandu", "nowhere"])
microseconds = st.integers(-3 * 366 * 86_400 * 10**6, 9 * 366 * 86_400 * 10**6)
moments = microseconds.map(lambda since: SUNDAY_NOON + timedelta(microseconds=since))


@given(typed, zones, moments)
@example("may " + "1" * 60 + "x", "UTC", SUNDAY_NOON)
@example("0001-01-01 00:00", AUCKLAND, SUNDAY_NOON)
@example("0001-01-01T00:00+14:00", NEW_YORK, SUNDAY_NOON)
@example("9999-12-31T23:59-12:00", AUCKLAND, SUNDAY_NOON)
@example("31 dec 9999 23:59", NEW_YORK, SUNDAY_NOON)
@example("in 9999 years", NEW_YORK, SUNDAY_NOON)
@example("٣:٣٠", NEW_YORK, SUNDAY_NOON)
def test_whatever_is_typed_is_a_time_to_come_or_an_answer(text: str, tz: str, now: datetime) -> None:
    answer = read_time(text, tz=tz, now=now)
    if isinstance(answer, Found):
        assert now < answer.at <= now + timedelta(days=366, seconds=1)
        assert (answer.at.tzinfo, answer.at.microsecond) == (UTC, 0)
    if isinstance(answer, Unclear):
        assert answer.why.endswith(".")
        if answer.suggestion:
            offered = read_time(answer.suggestion, tz=tz, now=now)
            assert isinstance(offered, Found)
            assert offered.text == answer.suggestion


@given(st.text())
def test_splitting_loses_no_word(text: str) -> None:
    assert sorted(" ".join(split_time(text)).split()) == sorted(text.split())
