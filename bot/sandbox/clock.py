"""The clock that tests and the sandbox turn, shared by both stand-ins and the bot.

It runs at the pace of real time from where it was set, and `turn` moves it forward at once. Signatures, tokens and
HTTP time-outs do not follow it: they live in real time.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._born = time.monotonic()
        self._turned = timedelta()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The time it is, aware and in UTC."""
        return self._start + self._turned + timedelta(seconds=time.monotonic() - self._born)

    def turn(self, by: timedelta) -> None:
        """Move the clock forward by `by` and tell everyone who listens. Raises ValueError for a negative turn."""
        if by < timedelta():
            raise ValueError("a clock is never turned back")
        self._turned += by
        for listener in tuple(self._listeners):
            listener()

    def on_turn(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each turn; returns the function that stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def until(self, when: datetime) -> None:
        """Return once it is `when` or later, whether by waiting or by a turn."""
        turned = asyncio.Event()
        stop = self.on_turn(turned.set)
        try:
            while (left := (when - self.now()).total_seconds()) > 0:
                turned.clear()
                try:
                    async with asyncio.timeout(left):
                        await turned.wait()
                except TimeoutError:
                    continue
        finally:
            stop()
