"""Times as people type them: read in the caller's own zone, shown to each in theirs, refused with an offer."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.workspace import Person
from tests.scenarios.conftest import TUESDAY_TEN, Stage


def somebody_in(stage: Stage, name: str, tz: str, *, clock_24h: bool = True) -> Person:
    person = stage.world.workspace.person(name, tz=tz, clock_24h=clock_24h)
    stage.support.invite(person)
    return person


@pytest.mark.parametrize(
    ("typed", "starts_at", "shown"),
    [
        ("at 15:00", datetime(2026, 12, 1, 14, 0, tzinfo=UTC), "today at 15:00"),
        ("tomorrow 9:30", datetime(2026, 12, 2, 8, 30, tzinfo=UTC), "tomorrow at 09:30"),
        ("2026-12-01 14:00", datetime(2026, 12, 1, 13, 0, tzinfo=UTC), "today at 14:00"),
    ],
)
async def test_a_time_is_read_on_the_caller_s_own_wall(
    stage: Stage, typed: str, starts_at: datetime, shown: str
) -> None:
    await stage.ana.types(f'/ring @ben "Retro" {typed}', at="#support")
    await stage.ana.sees(f"Your call with @ben is planned for {shown}: “Retro”.")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == starts_at


async def test_who_travels_is_read_on_the_wall_of_where_they_are_now(stage: Stage) -> None:
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("@ana is ringing you")
    stage.ana.travels("America/New_York")
    await stage.world.settled()
    await stage.ana.types("/ring @cy at 15:00", at="#support")
    await stage.cy.sees("@ana invites you to a call for today at 21:00")


async def test_in_ten_minutes_is_ten_minutes_from_when_it_was_typed(stage: Stage) -> None:
    await stage.ana.types("/ring @ben in 10 minutes", at="#support")
    await stage.ana.sees("is planned for today at 10:10")
    await stage.world.settled()
    starts_at = stage.world.on_stream().starts_at
    assert starts_at is not None
    assert timedelta(0) <= starts_at - (TUESDAY_TEN + timedelta(minutes=10)) <= timedelta(seconds=2)


async def test_each_reader_sees_it_in_their_own_zone(stage: Stage) -> None:
    joe = somebody_in(stage, "joe", "America/New_York", clock_24h=False)
    yui = somebody_in(stage, "yui", "Asia/Tokyo")
    await joe.types("/ring @yui @ana at 9:30", at="#support")
    await joe.sees("is planned for today at 9:30 AM")
    await yui.sees("@joe invites you to a call for today at 23:30")
    await stage.ana.sees("@joe invites you to a call for today at 15:30")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


async def test_tomorrow_is_the_caller_s_tomorrow(stage: Stage) -> None:
    kiri = somebody_in(stage, "kiri", "Pacific/Auckland")
    await kiri.types("/ring @ana tomorrow 9:30", at="#support")
    await stage.ana.sees("@kiri invites you to a call for today at 21:30")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == datetime(2026, 12, 1, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "why", "offer"),
    [
        ("at 9:00", "I read that as today at 09:00, which has passed.", "tomorrow 09:00"),
        ("yesterday 15:00", "I read that as yesterday at 15:00, which has passed.", "tomorrow 15:00"),
        ("at 3", "I read that as 3 o'clock, which may be 03:00 or 15:00.", "today 15:00"),
        ("2028-01-01 10:00", "which is more than a year away.", "2027-01-01 10:00"),
        ("in 2 years", "more than a year away", ""),
        ("tomorrow", "I read that as tomorrow, but not at what time.", "tomorrow 09:00"),
    ],
)
async def test_what_cannot_be_meant_is_refused_and_the_nearest_offered(
    stage: Stage, typed: str, why: str, offer: str
) -> None:
    await stage.ana.types(f"/ring @ben {typed}", at="#support")
    said = stage.ana.reads(await stage.ana.sees(why))
    assert offer in said
    await stage.world.settled()
    assert not stage.world.cids
    stage.ben.sees_not("call")
    assert not stage.support.messages

    if offer:
        await stage.ana.types(f"/ring @ben {offer}", at="#support")
        await stage.ben.sees("@ana invites you to a call for")


async def test_words_that_are_no_time_are_answered_with_what_is(stage: Stage) -> None:
    await stage.ana.types("/ring @ben at the usual time", at="#support")
    await stage.ana.sees("in 10 minutes")
    await stage.world.settled()
    assert not stage.world.cids


async def test_over_the_night_the_clocks_change_half_past_nine_stays_half_past_nine(stage: Stage) -> None:
    await stage.world.at(datetime(2027, 3, 27, 9, 0, tzinfo=UTC))  # 10:00 in Berlin; at 2:00 the clocks go forward.
    await stage.ana.types("/ring @ben tomorrow 9:30", at="#support")
    await stage.ben.sees("invites you to a call for tomorrow at 09:30")
    await stage.world.settled()
    half_past_nine = datetime(2027, 3, 28, 7, 30, tzinfo=UTC)
    assert stage.world.on_stream().starts_at == half_past_nine
    await stage.world.at(half_past_nine)
    await stage.ben.sees("@ana is ringing you")


async def test_an_hour_that_the_clocks_jump_over_is_refused_with_the_next_there_is(stage: Stage) -> None:
    await stage.world.at(datetime(2027, 3, 27, 9, 0, tzinfo=UTC))
    await stage.ana.types("/ring @ben tomorrow 2:30", at="#support")
    await stage.ana.sees("There is no 02:30 tomorrow where you are: the clocks go forward.")
    await stage.ana.sees("tomorrow 03:00")
    await stage.world.settled()
    assert not stage.world.cids
