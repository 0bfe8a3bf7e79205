"""How often the bot may call: Slack's tiers, a minute by the shared clock. https://docs.slack.dev/apis/web-api/rate-limits"""

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta

from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace.errors import published

PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 600, None: 50}
"""t5 is the data's word for "special"; the one special limit that matters, of chat.postMessage, is below."""
POSTS_PER_MINUTE = 300
"""chat.postMessage: "several hundred messages per minute" a workspace."""
BURST = 5
"""chat.postMessage and response_url: one a second a channel, with short bursts let through."""

MINUTE = timedelta(minutes=1)


class Window:
    """At most `most` in a minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: deque[datetime] = deque()

    def take(self, now: datetime) -> float:
        """0.0 and it is taken, or the seconds until there is room."""
        while self._taken and now - self._taken[0] >= MINUTE:
            self._taken.popleft()
        if len(self._taken) >= self._most:
            return (self._taken[0] + MINUTE - now).total_seconds()
        self._taken.append(now)
        return 0.0


class Drip:
    """One a second, and up to `BURST` at once after a silence."""

    def __init__(self) -> None:
        self._level = float(BURST)
        self._at: datetime | None = None

    def take(self, now: datetime) -> float:
        if self._at is not None:
            self._level = min(BURST, self._level + (now - self._at).total_seconds())
        self._at = now
        if self._level < 1:
            return 1 - self._level
        self._level -= 1
        return 0.0


class Limits:
    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._methods: dict[str, Window] = {}
        self._channels: defaultdict[str, Drip] = defaultdict(Drip)
        self._response_urls: defaultdict[str, Drip] = defaultdict(Drip)

    def method(self, name: str) -> int | None:
        """None where the call may go ahead, else the Retry-After in whole seconds."""
        window = self._methods.get(name) or self._methods.setdefault(name, Window(self._most(name)))
        return _seconds(window.take(self._clock.now()))

    def post(self, channel: str) -> int | None:
        return _seconds(self._channels[channel].take(self._clock.now()))

    def response_url(self, channel: str) -> int | None:
        return _seconds(self._response_urls[channel].take(self._clock.now()))

    @staticmethod
    def _most(name: str) -> int:
        return POSTS_PER_MINUTE if name == "chat.postMessage" else PER_MINUTE[published()[name].tier]


def _seconds(wait: float) -> int | None:
    return math.ceil(wait) if wait > 0 else None
