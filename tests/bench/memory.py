"""What the process holds on to: how it grows with calls in the ledger, and whether it goes on growing under load."""

import asyncio
import gc
import logging
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bot.call.ids import new_id
from bot.call.values import CallKind, CallStatus
from bot.garbage import settle
from bot.logs import set_up_logging
from bot.ringer.press import Asked
from bot.store import migrate, open_store
from tests.bench.engine import Engine, engine, planned, put_down
from tests.bench.measuring import MIB, median, resident
from tests.bench.processes import line, process
from tests.bench.table import Row

RINGS_A_SECOND = 50
LEAKING = 10 * MIB
"""More than any part of the warming up, which takes some minutes."""
SETTLES_IN = 3.0
"""Seconds of ticking after which all has been looked at."""


async def memory(folder: Path, *, quick: bool) -> list[Row]:
    rounds, live, later, soak = (1, 1_000, 10_000, 6) if quick else (5, 10_000, 100_000, 600)
    grown = [await _grown(folder / f"memory{number}.db", live, later) for number in range(rounds)]
    warm, then = await _soaked(folder / "soak.db", soak)
    most, more = median(grown), then - warm
    return [
        Row(
            f"memory: growth for {live:,} live and {later:,} future calls",
            "≤ 15 MB",
            f"{most / MIB:.1f} MB",
            most <= 15 * MIB,
            most > 15 * MIB,
        ),
        Row(
            f"memory: {RINGS_A_SECOND} rings a second, growth from {soak / 2:.0f} s to {soak} s",
            "none (≤ 2 MB)",
            f"{more / MIB:.1f} MB of {warm / MIB:.0f}",
            more <= 2 * MIB,
            more > LEAKING,
        ),
    ]


async def _grown(path: Path, live: int, later: int) -> float:
    """The calls are put down by this process; the one that is measured only has them in its ledger, and ticks."""
    url = f"sqlite:///{path}"
    migrate(url)
    async with process("tests.bench.memory", "watch", url) as watched:
        before = int(await line(watched))
        store, now = open_store(url), datetime.now(UTC)
        await put_down(store, [planned(now + timedelta(hours=1, seconds=at)) for at in range(later)])
        plan = planned(now + timedelta(hours=2))
        going_on = replace(plan, status=CallStatus.ACCEPTED, accepted_at=now, started_at=now)
        await put_down(store, [replace(going_on, id=new_id()) for _ in range(live)])
        await store.close()
        assert watched.stdin is not None
        watched.stdin.write(b"\n")
        return int(await line(watched)) - before


async def _soaked(path: Path, seconds: float) -> tuple[int, int]:
    url = f"sqlite:///{path}"
    migrate(url)
    async with process("tests.bench.memory", "soak", url, str(seconds)) as soaked:
        half, whole = [int(await line(soaked, within=seconds * 2 + 60)) for _ in range(2)]
        return half, whole


# --- in the process that is measured


def _kept() -> int:
    """Bytes of memory this process has, garbage aside."""
    gc.collect()
    return resident(os.getpid())


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


async def _watch(url: str) -> None:
    async with engine(url) as ours:
        settle()
        await _rings(ours, 3.0)
        _say(_kept())
        await asyncio.to_thread(sys.stdin.readline)
        await ours.ringer.silent_calls(None, 100)
        await asyncio.sleep(SETTLES_IN)
        _say(_kept())


async def _soak(url: str, seconds: float) -> None:
    async with engine(url) as ours:
        settle()
        for _ in range(2):
            await _rings(ours, seconds / 2)
            _say(_kept())


async def _rings(ours: Engine, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        user = uuid4().hex
        await ours.ringer.ask(Asked("T1", user, "C1", CallKind.RING, (f"{user}B",), text=user))
        await asyncio.sleep(1 / RINGS_A_SECOND)


async def main(what: str, url: str, seconds: str = "0") -> None:
    await (_watch(url) if what == "watch" else _soak(url, float(seconds)))


if __name__ == "__main__":
    set_up_logging("console", level=logging.CRITICAL)  # What it says is read by the process that measures.
    asyncio.run(main(*sys.argv[1:]))
