"""A clock for tests that compare seconds: no machine is too busy for it."""

from datetime import datetime, timedelta

from bot.sandbox.clock import SandboxClock


class StillClock(SandboxClock):
    """It goes on only when it is turned, so that a busy machine is no difference."""

    def __init__(self) -> None:
        super().__init__()
        self._at = super().now()

    def now(self) -> datetime:
        return self._at

    def turn(self, by: timedelta) -> None:
        self._at += by
        super().turn(by)
