"""Servers to be measured, each a process of its own: `python -m tests.bench.serving doors sqlite:///…`."""

import asyncio
import hashlib
import hmac
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.call.values import Rules
from bot.clock import SystemClock
from bot.garbage import settle
from bot.intake import Intake
from bot.person import Identity
from bot.ringer import Ringer
from bot.slack.api import SlackApi
from bot.slack.listeners import add_listeners, build_app
from bot.slack.people import People
from bot.store import open_store
from bot.web import SlackDoor, StreamDoor, Web
from tests.bench.requests import API_KEY, API_SECRET, SIGNING_SECRET, TEAM


@asynccontextmanager
async def doors(database_url: str) -> AsyncIterator[int]:
    """The bot's own doors as far as the ledger: what is kept there nobody carries out."""
    store, clock = open_store(database_url), SystemClock()
    ringer = Ringer(store, clock, Rules(), rings_per_minute_workspace=0)
    slack = AsyncWebClient("xoxb-bench", base_url="http://127.0.0.1:9/api/")
    bolt = build_app(slack, Identity(TEAM, "U0RINGER", "B0RINGER"), signing_secret=SIGNING_SECRET)
    people = People(SlackApi(slack, store, clock), store, clock)
    add_listeners(bolt, ringer, people, _no_modals, team=TEAM, now=clock.now, ring_timeout=timedelta(seconds=60))
    stream = StreamDoor(API_KEY, API_SECRET, Intake(ringer.keep_all, _nothing).keep)
    served = Web("127.0.0.1", 0, stream=stream, slack=SlackDoor(bolt, SIGNING_SECRET))
    await served.start()
    settle()  # As `ringer serve` does; the others are as they come.
    yield served.port
    await served.stop()
    await store.close()


async def _nothing() -> int:
    return 0


async def _no_modals(trigger_id: str, view: dict[str, Any]) -> None:
    raise AssertionError("nothing here opens a modal")


@asynccontextmanager
async def bolt(database_url: str) -> AsyncIterator[int]:
    """Bolt as its documentation starts it, with a listener that only acks."""
    async with _served(web.post("/api/auth.test", _auth_test)) as slack:
        client = AsyncWebClient("xoxb-bench", base_url=f"http://127.0.0.1:{slack}/api/")
        app = AsyncApp(client=client, signing_secret=SIGNING_SECRET)

        @app.command("/ring")
        async def ring(ack: Callable[..., Any]) -> None:
            await ack("Ringing")

        async with _running(app.web_app("/slack/events", 3000)) as port:
            yield port


async def _auth_test(request: web.Request) -> web.Response:
    known = {"ok": True, "team_id": TEAM, "user_id": "U0RINGER", "bot_id": "B0RINGER", "url": "", "team": "huddle"}
    return web.json_response({**known, "user": "ringer"})


@asynccontextmanager
async def bare(database_url: str) -> AsyncIterator[int]:
    """A handler that verifies a webhook's signature, and that is all."""

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        signature = hmac.new(API_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return web.Response(status=200 if hmac.compare_digest(signature, request.headers["X-SIGNATURE"]) else 401)

    async with _served(web.post("/stream/events", receive)) as port:
        yield port


@asynccontextmanager
async def _served(*routes: web.RouteDef) -> AsyncIterator[int]:
    app = web.Application()
    app.add_routes(routes)
    async with _running(app) as port:
        yield port


@asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


SERVERS: dict[str, Callable[[str], AbstractAsyncContextManager[int]]] = {"doors": doors, "bolt": bolt, "bare": bare}


async def serve(name: str, database_url: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with SERVERS[name](database_url) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
