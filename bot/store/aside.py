"""Work in a thread of its own, for which a process that is told to stop does not wait, as it does for `to_thread`'s."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread


async def aside(work: Callable[[], None]) -> None:
    """Do this, and raise what it raises. Whoever stops awaiting it does not stop it; the end of the process does."""
    loop, done = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def tell(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error = None
        try:
            work()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(tell, error)

    Thread(target=run, name=getattr(work, "__name__", "aside"), daemon=True).start()
    await done
