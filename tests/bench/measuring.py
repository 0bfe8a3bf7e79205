"""Medians, percentiles, how much memory a process has, and how long the event loop was held."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["MIB", "Held", "median", "ms", "percentile", "resident", "until", "watched"]

MIB = 1 << 20

LOOKS_EVERY = 0.002


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def resident(pid: int) -> int:
    """Bytes of memory that process has. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html"""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


async def until(holds: Callable[[], bool], *, within: float = 120.0, every: float = 0.01) -> None:
    """Looks again and again, since what is measured is not to be changed for the measuring."""
    async with asyncio.timeout(within):
        while True:
            if holds():
                return
            await asyncio.sleep(every)


@dataclass
class Held:
    """The longest that the event loop did not come round."""

    longest: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Held]:
    held = Held()

    async def look() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(LOOKS_EVERY)
            held.longest = max(held.longest, time.perf_counter() - began - LOOKS_EVERY)

    looking = asyncio.create_task(look())
    try:
        yield held
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
