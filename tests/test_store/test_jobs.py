"""What a transaction leaves behind in memory once everybody has been told."""

import gc
from contextlib import suppress

from bot.store import Store, Tx
from bot.store.jobs import Job


class Mistake(Exception):
    """A change fails for a reason of its own."""


def fail(tx: Tx) -> None:
    raise Mistake


async def test_a_change_that_fails_is_gone_once_it_is_told(store: Store) -> None:
    """Not only when the garbage collector comes for it, minutes later: each that finds a rate bucket empty fails."""
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
