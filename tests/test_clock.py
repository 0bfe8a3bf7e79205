"""When the clock ticks between its ordinary ticks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clockwork, SystemClock, wakes_in

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_in", "wakes"),
    [
        pytest.param(0.3, 0.3, id="at its very time"),
        pytest.param(0.999, 0.999, id="just before the next ordinary tick"),
        pytest.param(1.0, None, id="with the next ordinary tick"),
        pytest.param(86_400.0, None, id="tomorrow"),
        pytest.param(0.001, 0.001, id="in a moment"),
        pytest.param(0.0, 0.1, id="this moment"),
        pytest.param(-0.004, 0.1, id="while the tick looked: not a second later"),
        pytest.param(
            -3600.0, 0.1, id="an hour ago, and nobody has had hands for it: it is looked at again, not spun on"
        ),
    ],
)
def test_the_clock_ticks_for_what_comes_before_its_next_tick(due_in: float, wakes: float | None) -> None:
    assert wakes_in(NOW + timedelta(seconds=due_in), NOW) == wakes


async def test_a_clock_that_is_set_back_goes_on() -> None:
    """By an hour, which for the scheduler is the same as that its next ticks are an hour away."""
    ticks = asyncio.Queue[None]()

    async def tick() -> None:
        ticks.put_nowait(None)

    async def nothing() -> None:
        pass

    clockwork = Clockwork(SystemClock(), tick=tick, reconcile=nothing, prune=nothing)
    clockwork.start()
    async with asyncio.timeout(10):
        await ticks.get()
        for job in clockwork._scheduler.get_jobs():
            job.modify(next_run_time=job.next_run_time + timedelta(hours=1))
        await ticks.get()
    await clockwork.stop()
