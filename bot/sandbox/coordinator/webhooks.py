"""Delivers events to the app's hooks: signed, gzipped, tried up to three times, and wrong on purpose when told so.

https://getstream.io/video/docs/api/webhooks/overview/
"""

import asyncio
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import aiohttp

from ..faults import Fault, Faults, Kind, Road
from .state import App
from .timers import Timers

COMPRESS_FROM_BYTES = 256
ATTEMPTS = 3
ALL_ATTEMPTS_SECONDS = 15.0
_STEP_ASIDE_SECONDS = 0.25


def signature(secret: str, body: bytes) -> str:
    """Lowercase hex HMAC-SHA256 of the body before compression, with the API secret."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Attempt:
    at: datetime
    number: int
    outcome: str
    """The status the receiver gave, or `timeout`, or `network error`."""


@dataclass
class Delivery:
    """One event on its way to one hook."""

    event_type: str
    url: str
    body: bytes
    webhook_id: str
    signature: str
    api_key: str
    compress: bool
    headers: dict[str, str] = field(default_factory=dict)
    first_attempt: int = 1
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = "on its way"
    """`delivered`, `refused` (a final status), `failed` (every attempt), `lost` or `held` (on purpose)."""

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class Webhooks:
    def __init__(self, app: App, timers: Timers, faults: Faults, changed: Callable[[Delivery], None]) -> None:
        self._app, self._timers, self._faults, self._changed = app, timers, faults, changed
        self.made: list[Delivery] = []
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._before = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._before.set()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def in_flight(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._tasks)

    def publish(self, event_type: str, payload: dict[str, Any]) -> None:
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        for url in self.urls(event_type):
            self._spawn(self._deliver(self.written(url, event_type, body)))

    def urls(self, event_type: str) -> list[str]:
        """Where events of this type go; a hook that names no types gets all."""
        hooks = [one for one in self._app.event_hooks if one["enabled"] and one["hook_type"] == "webhook"]
        return [one["webhook_url"] for one in hooks if not one["event_types"] or event_type in one["event_types"]]

    def written(self, url: str, event_type: str, body: bytes) -> Delivery:
        delivery = Delivery(
            event_type,
            url,
            body,
            webhook_id=str(uuid4()),
            signature=signature(self._app.api_secret, body),
            api_key=self._app.api_key,
            compress=self._app.compress and len(body) >= COMPRESS_FROM_BYTES,
        )
        self.made.append(delivery)
        return delivery

    def send(self, delivery: Delivery) -> "asyncio.Task[None]":
        """Deliver as it is, past all faults."""
        return self._spawn(self._attempted(delivery, None))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, delivery: Delivery) -> None:
        """Deliveries set out in the order of their events but never wait long for one another."""
        fault = self._faults.take(Road.STREAM_WEBHOOK, delivery.event_type)
        kind = fault.kind if fault else None
        if kind is Kind.LOSE:
            return self._closed(delivery, "lost")
        if kind is Kind.REORDER:
            self._held.append(delivery)
            return self._closed(delivery, "held")
        if fault and kind is Kind.DELAY:
            await asyncio.sleep(fault.seconds)
        await self._in_turn(delivery, fault)
        if kind is Kind.DUPLICATE:
            await self._attempted(delivery, None)
        if fault and kind is Kind.LATE_DUPLICATE:
            self._timers.after(fault.seconds, lambda: _ignore(self.send(delivery)))
        return self._release()

    async def _in_turn(self, delivery: Delivery, fault: Fault | None) -> None:
        before, self._before = self._before, asyncio.Event()
        mine = self._before
        try:
            async with asyncio.timeout(_STEP_ASIDE_SECONDS):
                await before.wait()
        except TimeoutError:
            pass
        await self._attempted(delivery, fault, mine)

    def _release(self) -> None:
        held, self._held = self._held, []
        for delivery in held:
            self.send(delivery)

    async def _attempted(self, delivery: Delivery, fault: Fault | None, went: asyncio.Event | None = None) -> None:
        """Three attempts at 408, 429, 5xx and time-outs, two at network errors; any other status is final."""
        try:
            async with asyncio.timeout(ALL_ATTEMPTS_SECONDS):
                for number in range(delivery.first_attempt, delivery.first_attempt + ATTEMPTS):
                    outcome = await self._attempt(delivery, number, fault)
                    fault = None
                    if went is not None:
                        went.set()
                    if _final(outcome, number - delivery.first_attempt + 1):
                        break
                    await asyncio.sleep(self._app.behaviour.retry_seconds)
        except TimeoutError:
            outcome = "timeout"
        finally:
            if went is not None:
                went.set()
        self._closed(delivery, _closing(outcome))

    async def _attempt(self, delivery: Delivery, number: int, fault: Fault | None) -> str:
        kind = fault.kind if fault else None
        outcome = "network error" if kind is Kind.DROP_BEFORE else await self._post(delivery, number, kind)
        if kind is Kind.DROP_AFTER:
            outcome = "network error"
        elif kind in (Kind.ERROR_500, Kind.ERROR_503, Kind.TOO_MANY):
            outcome = str(kind)
        delivery.attempts.append(Attempt(self._timers.clock.now(), number, outcome))
        return outcome

    async def _post(self, delivery: Delivery, number: int, kind: Kind | None) -> str:
        assert self._session is not None, "start first"
        headers = {
            "Content-Type": "application/json",
            "X-API-KEY": delivery.api_key,
            "X-WEBHOOK-ID": delivery.webhook_id,
            "X-WEBHOOK-ATTEMPT": str(number),
            "X-SIGNATURE": delivery.signature,
        }
        body = delivery.body
        if kind is Kind.GARBAGE:
            body, headers["X-SIGNATURE"] = b"<html>", signature(self._app.api_secret, b"<html>")
        if delivery.compress:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        try:
            async with asyncio.timeout(self._app.behaviour.attempt_seconds):
                async with self._session.post(delivery.url, data=body, headers=headers | delivery.headers) as answer:
                    await answer.read()
                    return str(answer.status)
        except TimeoutError:
            return "timeout"
        except (aiohttp.ClientError, OSError):
            return "network error"

    def _closed(self, delivery: Delivery, outcome: str) -> None:
        delivery.outcome = outcome
        self._changed(delivery)


def _final(outcome: str, tries: int) -> bool:
    if outcome == "network error":
        return tries >= 2
    return outcome != "timeout" and not (outcome in ("408", "429") or outcome >= "500")


def _closing(outcome: str) -> str:
    if not outcome.isdecimal():
        return "failed"
    if outcome.startswith("2"):
        return "delivered"
    return "failed" if outcome in ("408", "429") or outcome >= "500" else "refused"


def _ignore(task: "asyncio.Task[None]") -> None:
    """The delivery looks after itself."""
