"""One call to Slack: its turn, its time-out, and what its answer means."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ledger import Clock, Ledger
from bot.slack.refusals import OF_THE_BOT
from bot.slack.turns import Bucket, Turns
from bot.work import IN_HAND, OUTWARD_CALL_SECONDS, NotNow


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


class SlackUnauthorized(SlackUnavailable):
    """Slack refuses the bot itself."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(method, code, outcome_unknown=False)
        self.code = code


class SlackBusy(SlackError, NotNow):
    """Slack's rate limits leave no room now."""

    def __init__(self, method: str, seconds: float) -> None:
        NotNow.__init__(self, f"{self.__doc__} {method}: {seconds:.1f} s", after=seconds, counts=False)


SO_FAR_AT_MOST = 500
HELD_FOR = 30.0
"""Seconds, where Slack says that it is too much but not for how long."""

_TOO_MUCH = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_TROUBLE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Slack's own trouble, answered with 200; parts of the work may have been done.
https://docs.slack.dev/reference/methods/chat.postMessage#errors"""


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
        self._team = team
        self._observe = observe
        self._turns = Turns(ledger, clock)
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
            await self._turns.hold(buckets, answer.retry_after)
            raise SlackBusy(method, answer.retry_after)
        if error == "unavailable":
            raise SlackUnavailable(method, f"status {answer.status}")
        if error in OF_THE_BOT:
            raise SlackUnauthorized(method, error)
        if error:
            raise SlackRefused(method, error)
        return answer.body or {}

    async def _take_turn(self, method: str, buckets: Sequence[Bucket]) -> None:
        if wait := await self._turns.take(buckets):
            raise SlackBusy(method, wait)

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
