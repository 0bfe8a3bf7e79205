"""Brings what people do to the app: signed HTTP requests, or envelopes down a socket, with Slack's three seconds.

https://docs.slack.dev/authentication/verifying-requests-from-slack · https://docs.slack.dev/apis/events-api#retries
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults, Kind, Road
from bot.sandbox.workspace.records import Json
from bot.sandbox.workspace.sockets import Sockets

What = Literal["slash_commands", "interactive", "events_api"]
RETRIES = (timedelta(minutes=1), timedelta(minutes=5))
"""Only events are tried again: at once, after a minute, after five."""
STOPS_WITHIN = 1.0
AT_THE_DOOR = {Kind.TOO_MANY: 429, Kind.ERROR_500: 500, Kind.ERROR_503: 503}


@dataclass
class Attempt:
    """One try, and what came of it: an answer, or why there was none."""

    status: int | None = None
    body: Any = None
    """The answer's JSON or text; None where it was empty."""
    error: str | None = None
    """http_timeout, connection_failed or http_error, in the words of x-slack-retry-reason."""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass
class Delivery:
    """Something a person did, on its way to the app."""

    what: What
    payload: Json
    at: datetime
    transport: str
    attempts: list[Attempt] = field(default_factory=list)
    lost: bool = False
    held: bool = False

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def ok(self) -> bool:
        return bool(self.last and self.last.ok)


OnAnswer = Callable[[Attempt], None]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Courier:
    def __init__(
        self, clock: SandboxClock, faults: Faults, signing_secret: str, sockets: Sockets, tell: Callable[..., None]
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._faults = faults
        self._secret = signing_secret
        self._sockets = sockets
        self.request_url: str | None = None
        self.ack_seconds = 3.0
        self.deliveries: list[Delivery] = []
        self._session: aiohttp.ClientSession | None = None
        self._flying = 0
        self._landed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Callable[[], Coroutine[Any, Any, None]]] = []

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._session = aiohttp.ClientSession(connector=connector)

    async def stop(self) -> None:
        """Let what is on its way arrive, for a moment; give up the rest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN):
                await self.settled()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settled(self) -> None:
        """Return once nothing is on its way. A retry that waits for its minute is not on its way."""
        while self._flying:
            self._landed.clear()
            await self._landed.wait()

    # -- delivering

    async def deliver(self, what: What, payload: Json, on_answer: OnAnswer = lambda _: None) -> Delivery:
        """Make one delivery, as the road is today; `on_answer` hears every answer that the person would notice."""
        transport = "socket" if self._sockets.in_use else "http"
        delivery = Delivery(what, payload, self._clock.now(), transport)
        self.deliveries.append(delivery)
        fault = self._faults.take(Road.SLACK_DELIVERY, what)
        await self._in_flight(self._on_its_way(delivery, fault, on_answer))
        if not delivery.held:
            await self._release_held()
        return delivery

    async def _on_its_way(self, delivery: Delivery, fault: Fault | None, on_answer: OnAnswer) -> None:
        kind = fault.kind if fault else None
        if kind is Kind.LOSE:
            delivery.lost = True
            delivery.attempts.append(Attempt(error="http_timeout"))
            on_answer(delivery.attempts[-1])
        elif kind is Kind.REORDER:
            delivery.held = True
            self._held.append(lambda: self._made(delivery, None, on_answer))
        else:
            await self._made(delivery, fault, on_answer)
            if fault and kind is Kind.DUPLICATE:
                await self._attempt(delivery, None, on_answer, 0)
            elif fault and kind is Kind.LATE_DUPLICATE:
                due = self._clock.now() + timedelta(seconds=fault.seconds)
                self.spawn(self._later(delivery, due, on_answer))

    async def _release_held(self) -> None:
        waiting, self._held = self._held, []
        for made in waiting:
            await self._in_flight(made())

    async def _later(self, delivery: Delivery, due: datetime, on_answer: OnAnswer) -> None:
        await self._clock.until(due)
        await self._in_flight(self._attempt(delivery, None, on_answer, 0))

    async def _in_flight(self, work: Coroutine[Any, Any, Any]) -> None:
        self._flying += 1
        try:
            await work
        finally:
            self._flying -= 1
            self._landed.set()

    async def _made(self, delivery: Delivery, fault: Fault | None, on_answer: OnAnswer) -> None:
        """The first attempt, and for events the retry that follows at once; the later ones wait elsewhere."""
        attempt = await self._attempt(delivery, fault, on_answer, 0)
        if delivery.what == "events_api" and _again(attempt):
            attempt = await self._attempt(delivery, None, on_answer, 1)
            if _again(attempt):
                self.spawn(self._retry(delivery, self._clock.now(), on_answer))

    async def _retry(self, delivery: Delivery, failed_at: datetime, on_answer: OnAnswer) -> None:
        for number, wait in enumerate(RETRIES, start=2):
            await self._clock.until(failed_at + wait)
            await self._in_flight(self._attempt(delivery, None, on_answer, number))
            if not _again(delivery.attempts[-1]):
                return

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def deliver_soon(self, what: What, payload: Json) -> None:
        """Make a delivery that nobody waits for; it is on its way from now on."""
        self._flying += 1
        self.spawn(self._soon(what, payload))

    async def _soon(self, what: What, payload: Json) -> None:
        try:
            await self.deliver(what, payload)
        finally:
            self._flying -= 1
            self._landed.set()

    async def _attempt(self, delivery: Delivery, fault: Fault | None, on_answer: OnAnswer, number: int) -> Attempt:
        reason = delivery.attempts[-1].error if number and delivery.attempts else None
        attempt = await self._under(fault, delivery, number, reason)
        delivery.attempts.append(attempt)
        on_answer(attempt)
        self._tell("delivery", delivery=delivery)
        return attempt

    async def _under(self, fault: Fault | None, delivery: Delivery, number: int, reason: str | None) -> Attempt:
        kind = fault.kind if fault else None
        if kind is Kind.DROP_BEFORE:
            return Attempt(error="connection_failed")
        if kind in AT_THE_DOOR:
            return Attempt(status=AT_THE_DOOR[kind], error="http_error")
        if kind is Kind.REFRESH:
            await self._sockets.refresh()
        elif kind is Kind.HALF_OPEN:
            self._sockets.half_open()
        elif kind is Kind.DELAY and fault:
            await asyncio.sleep(fault.seconds)
        attempt = await self._once(delivery, number, reason)
        if kind is Kind.DROP_AFTER:
            return Attempt(error="http_timeout")
        if kind is Kind.GARBAGE:
            return Attempt(status=502, body="<html>garbage</html>", error="http_error")
        return attempt

    async def _once(self, delivery: Delivery, number: int, reason: str | None) -> Attempt:
        try:
            async with asyncio.timeout(self.ack_seconds):
                if self._sockets.in_use:
                    return await self._by_socket(delivery, number, reason)
                return await self._by_http(delivery, number, reason)
        except TimeoutError:
            return Attempt(error="http_timeout")
        except (aiohttp.ClientError, OSError) as wrong:
            return Attempt(error="connection_failed", body=str(wrong))

    # -- the two ways

    async def _by_socket(self, delivery: Delivery, number: int, reason: str | None) -> Attempt:
        retry = {"retry_attempt": number, "retry_reason": reason or ""}
        extra = retry if delivery.what == "events_api" else {}
        return Attempt(status=200, body=await self._sockets.send(delivery.what, delivery.payload, extra))

    async def _by_http(self, delivery: Delivery, number: int, reason: str | None) -> Attempt:
        if self.request_url is None or self._session is None:
            return Attempt(error="connection_failed", body="the app has no request URL")
        body, content_type = encode(delivery)
        headers = self.signed(body) | {"Content-Type": content_type}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason or "unknown_error"}
        async with self._session.post(self.request_url, data=body, headers=headers, allow_redirects=False) as answer:
            return await _read(answer)

    async def challenge(self) -> bool:
        """url_verification: whether the app sends the challenge back."""
        challenge = secrets.token_urlsafe(24)
        body = {"token": "deprecated-verification-token", "challenge": challenge, "type": "url_verification"}
        delivery = Delivery("events_api", body, self._clock.now(), "http")
        attempt = await self._by_http(delivery, 0, None)
        sent_back = attempt.body.get("challenge") if isinstance(attempt.body, dict) else attempt.body
        return attempt.ok and sent_back == challenge

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers by which the app knows that it is Slack; in real time, whatever the sandbox's clock says."""
        now = str(int(time.time()))
        return {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature(self._secret, now, body),
        }


def encode(delivery: Delivery) -> tuple[bytes, str]:
    """Commands as a form, clicks as a form with one field, events as JSON."""
    if delivery.what == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = {"payload": json.dumps(delivery.payload)} if delivery.what == "interactive" else delivery.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


async def _read(answer: aiohttp.ClientResponse) -> Attempt:
    text = await answer.text()
    body: Any = text or None
    if text and answer.content_type == "application/json":
        try:
            body = json.loads(text)
        except ValueError:
            body = text
    error = None if answer.status == 200 else "http_error"
    return Attempt(answer.status, body, error, no_retry="x-slack-no-retry" in answer.headers)


def _again(attempt: Attempt) -> bool:
    return not attempt.ok and not attempt.no_retry
