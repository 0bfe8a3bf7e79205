"""One call to Slack: its turn in the shared rate buckets, its time-out, and what its answer means."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ledger import Clock, Ledger, Tx
from bot.work import IN_HAND, OUTWARD_CALL_SECONDS, NotNow, Priority


class SlackError(Exception):
    """Slack did not do it."""


class SlackRefused(SlackError):
    """Slack refused the call."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{self.__doc__} {method}: {code}")
        self.method = method
        self.code = code


class SlackUnavailable(SlackError, NotNow):
    """Slack gave no answer."""

    def __init__(self, method: str, why: str, *, outcome_unknown: bool = True) -> None:
        NotNow.__init__(self, f"{self.__doc__} {method}: {why}")
        self.outcome_unknown = outcome_unknown
        """It may have been done all the same."""


class SlackBusy(SlackError, NotNow):
    """Slack's rate limits leave no room now."""

    def __init__(self, method: str, seconds: float) -> None:
        NotNow.__init__(self, f"{self.__doc__} {method}: {seconds:.1f} s", after=seconds, counts=False)


TURNS_AT_MOST = 200
SO_FAR_AT_MOST = 500
HELD_FOR = 30.0
"""Seconds, where Slack says that it is too much but not for how long."""

_TOO_MUCH = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_TROUBLE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Slack's own trouble, answered with 200; parts of the work may have been done.
https://docs.slack.dev/reference/methods/chat.postMessage#errors"""


@dataclass(frozen=True)
class Bucket:
    name: str
    per_minute: float
    burst: float
    shared: bool = False
    """By the whole workspace: what is less urgent leaves some of it to what is more."""

    def reserve(self, urgency: Priority) -> float:
        return self.burst * LEFT_TO_OTHERS[urgency] if self.shared else 0.0


LEFT_TO_OTHERS = {
    Priority.RELAY: 0.0,
    Priority.DEAD_BUTTONS: 0.0,
    Priority.DIRECT_MESSAGE: 0.1,
    Priority.CARD: 0.4,
    Priority.THREAD: 0.6,
    Priority.HOME: 0.8,
}
"""How much of a shared bucket's burst work of each priority leaves in it. Few people at once never come near it: a
card that waits when nothing else does would be stale for nothing."""


class _NoRoom(Exception):
    """Raised inside a transaction to undo it: one from each bucket, or from none."""

    def __init__(self, bucket: Bucket, wait: float) -> None:
        self.bucket = bucket
        self.wait = wait


Json = dict[str, Any]
Send = Callable[[], Awaitable[Any]]
Observe = Callable[[str, str, float], None]
"""Method, outcome (`ok`, an error's code, `unavailable`, `cancelled`), seconds."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Json | None
    """None: what came was no answer of Slack's."""

    @property
    def error(self) -> str:
        """Empty where it was done; `unavailable` where nobody knows."""
        if self.status == 429:
            return "ratelimited"
        if self.status >= 500 or self.body is None:
            return "unavailable"
        if self.body.get("ok"):
            return ""
        code = str(self.body.get("error") or "unavailable")
        return "unavailable" if code in _TROUBLE else code

    @property
    def retry_after(self) -> float:
        try:
            return max(1.0, float(self.headers.get("Retry-After", HELD_FOR)))
        except ValueError:
            return HELD_FOR


@dataclass(frozen=True)
class _SoFar:
    """What a piece of work has read before it had to wait for room."""

    fence: int
    attempts: int
    read: dict[tuple[object, ...], Any]


class Calling:
    def __init__(
        self,
        client: AsyncWebClient,
        ledger: Ledger,
        clock: Clock,
        *,
        team: str = "",
        observe: Observe = lambda method, outcome, seconds: None,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._clock = clock
        self._team = team
        self._observe = observe
        self._lines: dict[tuple[str, Priority], datetime] = {}
        """When the last of those who wait for a bucket has its turn."""
        self._turns: dict[tuple[str, str], datetime] = {}
        """When each of them has its own: by bucket, and the work's key."""
        self._so_far: OrderedDict[int, _SoFar] = OrderedDict()

    def _bucket(self, name: str, per_minute: float, burst: float, *, shared: bool = False) -> Bucket:
        return Bucket(f"slack:{self._team}:{name}", per_minute, burst, shared)

    async def _call(self, method: str, buckets: Sequence[Bucket], send: Send) -> Json:
        await self._take_turn(method, buckets)
        error, started = "cancelled", time.perf_counter()
        try:
            answer = await answer_to(method, send)
            error = answer.error
        except SlackUnavailable:
            error = "unavailable"
            raise
        finally:
            self._observe(method, error or "ok", time.perf_counter() - started)
        if error in _TOO_MUCH:
            await self._hold(buckets, answer.retry_after)
            raise SlackBusy(method, answer.retry_after)
        if error == "unavailable":
            raise SlackUnavailable(method, f"status {answer.status}")
        if error:
            raise SlackRefused(method, error)
        return answer.body or {}

    def _read_so_far(self) -> dict[tuple[object, ...], Any]:
        """By the work in hand, its waits for room not counted: of several that need more look-ups than there is room
        for at once, each would begin anew for ever. Only where nobody else has had it meanwhile, nor a try has failed
        since: what was not there then may be there now."""
        claimed = IN_HAND.get()
        if claimed is None:
            return {}
        before = self._so_far.pop(claimed.id, None)
        same = before and before.attempts == claimed.attempts and claimed.fence - before.fence in (0, 1)
        now = _SoFar(claimed.fence, claimed.attempts, before.read if before and same else {})
        self._so_far[claimed.id] = now
        if len(self._so_far) > SO_FAR_AT_MOST:
            self._so_far.popitem(last=False)
        return now.read

    def _forget_so_far(self) -> None:
        """Something is posted: from now on it may be found."""
        if claimed := IN_HAND.get():
            self._so_far.pop(claimed.id, None)

    async def _take_turn(self, method: str, buckets: Sequence[Bucket]) -> None:
        """One from each bucket, or from none."""
        if not buckets:
            return
        in_hand = IN_HAND.get()
        urgency = Priority(in_hand.work.priority) if in_hand else Priority.RELAY

        def take(tx: Tx) -> None:
            now = self._clock.now()
            for bucket in buckets:
                reserve = bucket.reserve(urgency)
                wait = tx.take(bucket.name, per_minute=bucket.per_minute, burst=bucket.burst, now=now, reserve=reserve)
                if wait > 0:
                    raise _NoRoom(bucket, wait)

        try:
            await self._ledger.commit(take)
        except _NoRoom as full:
            wait = self._in_line(full.bucket, urgency, full.wait, in_hand.work.key if in_hand else "")
            raise SlackBusy(method, wait) from None

    def _in_line(self, bucket: Bucket, urgency: Priority, wait: float, whose: str) -> float:
        """Those who wait for the same bucket come back one by one, not all at once for the one that has grown back.
        Whoever asks again before their turn keeps it."""
        now, one = self._clock.now(), timedelta(minutes=1) / bucket.per_minute
        free = now + timedelta(seconds=wait)
        turn = self._turns.get((bucket.name, whose), now) if whose else now
        if turn <= now:
            last = self._lines.get((bucket.name, urgency), now)
            turn = self._lines[(bucket.name, urgency)] = max(free, last + one) if last > now else free
            self._turns[(bucket.name, whose)] = turn
            self._forget_turns(now)
        return (max(turn, free) - now).total_seconds()

    def _forget_turns(self, now: datetime) -> None:
        if len(self._turns) > TURNS_AT_MOST:
            self._turns = {whose: turn for whose, turn in self._turns.items() if turn > now}
            self._lines = {line: last for line, last in self._lines.items() if last > now}

    async def _hold(self, buckets: Sequence[Bucket], seconds: float) -> None:
        """https://docs.slack.dev/apis/web-api/rate-limits: a 429 closes the method for the whole workspace."""

        def hold(tx: Tx) -> None:
            until = self._clock.now() + timedelta(seconds=seconds)
            for bucket in buckets:
                tx.hold(bucket.name, until)

        await self._ledger.commit(hold)


async def answer_to(method: str, send: Send) -> Answer:
    """What Slack says to it, whatever that is. Raises SlackUnavailable where it says nothing; what caused that is left
    out of it: it would carry a response_url into the log."""
    try:
        async with asyncio.timeout(OUTWARD_CALL_SECONDS):
            return _read(await send())
    except SlackApiError as refused:
        return _read(refused.response)
    except aiohttp.ClientConnectorError:
        raise SlackUnavailable(method, "no connection", outcome_unknown=False) from None
    except (aiohttp.ClientError, OSError, TimeoutError, AttributeError) as error:
        # AttributeError: slack_sdk takes an answer of text/plain for JSON.
        raise SlackUnavailable(method, type(error).__name__) from None


def _read(response: Any) -> Answer:
    if isinstance(response, Answer):
        return response
    body = getattr(response, "data", None)
    status: int = response.status_code if hasattr(response, "status_code") else response.status
    return Answer(status, response.headers, body if isinstance(body, dict) and "ok" in body else None)
