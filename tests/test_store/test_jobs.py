"""What a transaction leaves behind in memory once everybody has been told."""

import asyncio
import gc
from contextlib import suppress

from bot.ledger import patience
from bot.store import Store, Tx
from bot.store.jobs import Job, Jobs


class Mistake(Exception):
    """A change fails for a reason of its own."""


def fail(tx: Tx) -> None:
    raise Mistake


async def test_a_change_that_fails_is_gone_once_it_is_told(store: Store) -> None:
    """Not only when the garbage collector comes for it, minutes later."""
    gc.collect()
    gc.disable()
    try:
        with suppress(Mistake):
            await store.commit(fail)
        with suppress(Mistake):
            await store.look(fail)
        await store.close()  # Its threads have let go of everything.
        assert [kept for kept in gc.get_objects() if type(kept) in (Job, Mistake)] == []
    finally:
        gc.enable()


async def test_who_was_answered_at_the_last_moment_is_not_told_that_it_was_too_late() -> None:
    jobs = Jobs([], at_once=1, name="store-nobody")
    with patience(0.0):
        asking = asyncio.create_task(jobs.done(lambda tx: "done"))
        await asyncio.sleep(0)
    (job,) = jobs._waiting
    job.result = "done"
    jobs._answer_all([job])
    jobs._look_after(asyncio.get_running_loop())  # Before whoever asked has had their turn.
    assert await asking == "done"
