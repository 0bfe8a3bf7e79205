"""The one HTTP server: what Slack and Stream send comes in here, is checked at the door, and goes on.

Whoever is not who they say they are gets 401; what is too large 413; what cannot be read 400. Nothing that is sent
here, by anyone, may end in a 500: that is kept for troubles of our own.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.ledger import Delivery, patience
from bot.stream import events

log = structlog.get_logger(__name__)

STREAM_EVENTS = "/stream/events"
SECONDS_TO_BE_HEARD = 0.05
"""A connection whose request has not been read yet looks idle, and idle ones are closed when the server stops."""
SECONDS_TO_SEND = 10
"""How long somebody may take to send a body."""
SECONDS_TO_KEEP = 2.0
"""Stream waits 6 s for an answer, 15 s with all its tries.
https://getstream.io/video/docs/api/webhooks/overview/"""
SLACK_SENDS = ("content-type", "x-slack-signature", "x-slack-request-timestamp", "x-slack-retry-num")
"""The headers Bolt is shown; it obeys others that anyone could set."""
UNIX_SECONDS = re.compile(r"\d{1,15}", re.ASCII)

Check = Callable[[], Awaitable[str]]
"""Says what is wrong; nothing if all is well."""
Known = Callable[[], Mapping[str, object]]
"""What else there is to say to whoever watches."""
Page = Callable[[], Awaitable[bytes]]

PROMETHEUS = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
"""https://prometheus.io/docs/instrumenting/exposition_formats/"""


@dataclass(frozen=True)
class SlackDoor:
    """Where Slack's requests go on to."""

    app: AsyncApp
    signing_secret: str

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """POST /slack/events: commands, clicks, modals and events, all at one address."""
        raw = await _body(request)
        headers = {name: request.headers[name] for name in SLACK_SENDS if name in request.headers}
        if not _may_be_signed(headers):
            return _refuse(401, "invalid request")
        try:
            body = raw.decode()
        except UnicodeDecodeError:
            return _refuse(400, "malformed")
        asked = _read(body, headers)
        if asked is None:
            return _refuse(400, "malformed") if self._signed(body, headers) else _refuse(401, "invalid request")
        try:
            return await to_aiohttp_response(await self.app.async_dispatch(asked))
        except Exception as why:  # Our listeners raise nothing: this is Bolt, stumbling over an odd payload.
            log.warning("Bolt could not read a payload", action="slack_unreadable", why=type(why).__name__)
            return _refuse(400, "malformed")

    async def ssl_check(self, request: web.Request) -> web.StreamResponse:
        """GET /slack/events: only to see that our certificate is good.

        https://docs.slack.dev/interactivity/implementing-slash-commands#ssl
        """
        return web.Response() if request.query.get("ssl_check") == "1" else _refuse(404, "not found")

    def _signed(self, body: str, headers: Mapping[str, str]) -> bool:
        timestamp, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
        return SignatureVerifier(self.signing_secret).is_valid(body, timestamp or "0", signature or "")


def _may_be_signed(headers: Mapping[str, str]) -> bool:
    """A timestamp that is no integer, or a signature that is not ASCII, would raise inside slack_sdk."""
    timestamp, signature = headers.get("x-slack-request-timestamp", "0"), headers.get("x-slack-signature", "")
    return bool(UNIX_SECONDS.fullmatch(timestamp)) and signature.isascii()


def _read(body: str, headers: Mapping[str, str]) -> AsyncBoltRequest | None:
    """None where Bolt cannot make anything of it: it assumes that Slack sends what Slack documents."""
    try:
        return AsyncBoltRequest(body=body, headers=dict(headers))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None


@dataclass(frozen=True)
class StreamDoor:
    """Where Stream's webhooks are kept, raw, before they are answered."""

    api_key: str
    api_secret: str
    keep: Callable[[Delivery], Awaitable[None]]
    """Returns once it is durable."""

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """POST /stream/events. Verify, keep, answer; what it says is applied later.

        https://getstream.io/video/docs/api/webhooks/overview/
        """
        raw = await _body(request)
        try:
            body = events.inflate(raw, request.headers.get("Content-Encoding"))
        except events.TooLarge:
            return _refuse(413, "too large")
        except events.Malformed as why:
            return _refuse(400, str(why))
        if request.headers.get("X-API-KEY") != self.api_key:
            return _refuse(401, "not our API key")
        if not events.verify(body, request.headers.get("X-SIGNATURE"), self.api_secret):
            return _refuse(401, "invalid signature")
        try:
            events.read(body)
        except events.Malformed:
            return _refuse(400, "not an event")
        return await self._kept(body, request.headers)

    async def _kept(self, body: bytes, headers: Mapping[str, str]) -> web.Response:
        key = events.delivery_key(headers.get(events.WEBHOOK_ID, ""), body)
        try:
            with patience(SECONDS_TO_KEEP):
                await self.keep(Delivery(key, body, datetime.now(UTC)))
        except Exception:
            log.exception(
                "a webhook could not be kept; Stream will send it again", action="webhook_unkept", delivery=key
            )
            return _refuse(503, "not kept")
        return web.Response()


async def _body(request: web.Request) -> bytes:
    """All of it; aiohttp answers 413 where it is more than a MiB."""
    if request.content.is_eof():  # It came along with its head, as most do: a time-out is not free.
        return await request.read()
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _refuse(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


async def _well() -> str:
    return ""


class Web:
    """Listens between start() and stop(). Without a door for Slack (Socket Mode) that address does not exist."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        stream: StreamDoor,
        slack: SlackDoor | None = None,
        healthy: Check = _well,
        ready: Check = _well,
        known: Known = dict,
        metrics: Page | None = None,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self._host = host
        self._port = port
        app = web.Application(client_max_size=events.ONE_MIB)
        app.router.add_post(STREAM_EVENTS, stream.receive)
        if slack is not None:
            app.router.add_post("/slack/events", slack.receive)
            app.router.add_get("/slack/events", slack.ssl_check)
        app.router.add_get("/healthz", _says(healthy, known))
        app.router.add_get("/readyz", _says(ready, known))
        if metrics is not None:
            app.router.add_get("/metrics", _shows(metrics))
        app.add_routes(routes)
        # Bodies arrive as they were sent: Stream's are inflated by us, and no further than they may be.
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, auto_decompress=False, shutdown_timeout=2.0
        )

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Nobody new is let in; whoever was just let in is still heard, and whoever is being answered is answered."""
        for site in tuple(self._runner.sites):
            await site.stop()
        await asyncio.sleep(SECONDS_TO_BE_HEARD)
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The one it really listens on, also where 0 was asked for."""
        return int(self._runner.addresses[0][1]) if self._runner.addresses else self._port

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"


def _says(check: Check, known: Known) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        wrong = await check()
        return web.json_response({"ok": not wrong, "wrong": wrong, **known()}, status=503 if wrong else 200)

    return answer


def _shows(metrics: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=await metrics(), headers=PROMETHEUS)

    return answer
