"""Rate limits by operation: the app's a minute and a second, and 60 a minute for each user with a user token.

https://getstream.io/video/docs/api/misc/rate_limits/
"""

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .errors import too_many
from .state import Behaviour

PER_MINUTE = {
    "QueryMembers": 300,
    "QueryCallMembers": 300,
    "GoLive": 300,
    "StopLive": 300,
    "ListCallTypes": 300,
    "CreateCallType": 300,
    "GetCallType": 300,
    "UpdateCallType": 300,
    "DeleteCallType": 300,
    "DeleteCall": 60,
    "SendCallEvent": 10_000,
    "UpdateUsers": 300,
    "UpdateUsersPartial": 300,
}
OTHERS_PER_MINUTE = 1000
"""The published limit of most video operations, taken for RingCall and GetCallRingState too, which are not listed."""
USER_PER_MINUTE = 60


@dataclass
class _Window:
    began: int = -1
    count: int = 0


@dataclass
class Limits:
    behaviour: Behaviour
    per_minute: dict[str, int] = field(default_factory=lambda: dict(PER_MINUTE))
    user_per_minute: int = USER_PER_MINUTE
    _windows: defaultdict[tuple[str, ...], _Window] = field(default_factory=lambda: defaultdict(_Window))

    def limit(self, operation: str) -> int:
        return self.per_minute.get(operation, OTHERS_PER_MINUTE)

    def take(self, operation: str, platform: str, user_id: str | None, now: datetime) -> dict[str, str]:
        """Count one request; the X-RateLimit headers of its answer. Raises 429 code 9 above a limit."""
        second, limit = int(now.timestamp()), self.limit(operation)
        minute = second // 60
        next_second, next_minute = in_real_time(second + 1, now), in_real_time((minute + 1) * 60, now)
        headers = self._count(("minute", platform, operation), minute, limit, next_minute, operation)
        if user_id is not None:
            whose = ("user", platform, operation, user_id)
            return self._count(whose, minute, self.user_per_minute, next_minute, operation)
        if self.behaviour.limits_per_second:
            self._count(("second", platform, operation), second, max(1, limit // 30), next_second, operation)
        return headers

    def _count(self, whose: tuple[str, ...], began: int, limit: int, reset: int, operation: str) -> dict[str, str]:
        window = self._windows[whose]
        if window.began != began:
            window.began, window.count = began, 0
        window.count += 1
        headers = _headers(limit, max(0, limit - window.count), reset)
        if window.count > limit:
            raise too_many(f"Too many requests for {operation}, check response headers for more information.", headers)
        return headers

    def info(self, operation: str, platform: str, now: datetime) -> dict[str, int]:
        """What GetRateLimits says of one operation."""
        minute = int(now.timestamp()) // 60
        window = self._windows[("minute", platform, operation)]
        used = window.count if window.began == minute else 0
        limit = self.limit(operation)
        return {"limit": limit, "remaining": max(0, limit - used), "reset": (minute + 1) * 60}


def in_real_time(reset: float, now: datetime) -> int:
    """Whoever reads the header compares it with real time, which the shared clock may be far from: the wait counts."""
    return math.ceil(time.time() + reset - now.timestamp())


def _headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


def platform(headers: Mapping[str, str], user_id: str | None) -> str:
    """Stream sorts traffic by the SDK's name in X-Stream-Client."""
    name = headers.get("X-Stream-Client", "").lower()
    for one, words in (("ios", ("ios", "swift")), ("android", ("android",)), ("web", ("javascript", "react", "js"))):
        if any(word in name for word in words):
            return one
    return "server" if user_id is None else "web"
