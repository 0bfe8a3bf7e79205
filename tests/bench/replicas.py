"""Two replicas on one Postgres beside one, where not the database is the limit but the wait for Slack and Stream.

A replica has so many pieces of work in hand at once, and each waits for an answer from outside; that it has to wait is
what a second replica makes up for. (Where the processor is the limit, two replicas want two processors of their own.)
"""

import asyncio
import logging
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from bot.call.ids import new_id
from bot.logs import set_up_logging
from bot.store import open_store
from bot.work import Kick
from bot.worker import SLOTS
from tests.bench.engine import engine
from tests.bench.measuring import median
from tests.bench.postgres import postgres
from tests.bench.processes import line, process
from tests.bench.table import Row

ANSWERS_IN = 1.0
"""Seconds: Slack on a bad day."""
LOOKS_EVERY = 0.02


async def replicas(folder: Path, *, quick: bool) -> list[Row]:
    rounds, count = (1, 6 * SLOTS) if quick else (5, 20 * SLOTS)
    shares = []
    with postgres() as server:
        for _ in range(rounds):
            with server.database() as alone, server.database() as shared:
                one = await _seconds(alone, 1, count)
                shares.append(one / await _seconds(shared, 2, count))
    share = median(shares)
    work = (
        f"two replicas on Postgres beside one; what limits is the wait for answers from outside ({SLOTS} in hand at "
        f"once, each answered in {ANSWERS_IN:g} s)"
    )
    return [Row(work, "≥ 1.6 ×", f"{share:.2f} ×", share >= 1.6, share < 1.3)]


async def _seconds(url: str, replicas: int, count: int) -> float:
    """For so much work, from its commit until nothing of it is left."""
    async with AsyncExitStack() as stack:
        for _ in range(replicas):
            started = await stack.enter_async_context(process("tests.bench.replicas", url))
            assert await line(started) == "ready"
        store = open_store(url)
        stack.push_async_callback(store.close)
        began = time.perf_counter()
        await store.commit(lambda tx: tx.owe(*(Kick(new_id(), "UBEN") for _ in range(count))))
        while True:
            if not (await store.look(lambda tx: tx.queue(datetime.now(UTC)))).depth_by_kind:
                break
            await asyncio.sleep(LOOKS_EVERY)
        return time.perf_counter() - began


async def main(url: str) -> None:
    async with engine(url) as ours:
        ours.nothing = lambda: asyncio.sleep(ANSWERS_IN)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    set_up_logging("console", level=logging.CRITICAL)  # What it says is read by the process that measures.
    asyncio.run(main(*sys.argv[1:]))
