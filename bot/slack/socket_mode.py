"""Slack's Socket Mode: where Slack cannot call the bot, the bot keeps a connection to Slack open."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.calling import Observe, SlackBusy, SlackRefused, SlackUnavailable, answer_to
from bot.slack.refusals import OPENS_A_SOCKET

log = structlog.get_logger()

FIRST_WAIT, LONGEST_WAIT = 1.0, 15.0
"""Seconds until Slack is asked once more for a socket that it did not open."""
_LATER = ("unavailable", "ratelimited")
MEND = "turn on Socket Mode, and make an app-level token with the scope connections:write"


@asynccontextmanager
async def socket_mode(bolt: AsyncApp, app_token: str, observe: Observe) -> AsyncIterator[None]:
    """Connected, or, where Slack cannot be reached, about to be; after every loss of the connection it connects anew.
    Raises SlackRefused where Slack does not take the token at the start.
    https://docs.slack.dev/apis/events-api/using-socket-mode"""
    socket = _Socket(bolt, app_token, observe)
    connecting: asyncio.Task[None] | None = None
    try:
        try:
            socket.wss_uri = await socket.open()
        except (SlackUnavailable, SlackBusy) as silent:
            _warn(silent)
        connecting = asyncio.create_task(socket.connect(), name="socket mode")  # type: ignore[no-untyped-call]
        if socket.wss_uri:
            await connecting
        yield
    finally:
        if connecting is not None:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await socket.close()


class _Socket(SocketModeClient):
    """slack_sdk's, that asks for an address until Slack gives one, and says so where it refuses the token."""

    def __init__(self, bolt: AsyncApp, app_token: str, observe: Observe) -> None:
        super().__init__(app_token, bolt.logger, bolt.client, ping_interval=10)
        self.proxy = bolt.client.proxy
        self.socket_mode_request_listeners.append(self._handle)
        self._bolt = bolt
        self._observe = observe
        self._closing = asyncio.Event()

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.time()
        await send_async_response(client, request, await run_async_bolt_app(self._bolt, request), started)

    async def open(self) -> str:
        """The address of one connection. Raises SlackRefused, SlackUnavailable or SlackBusy."""
        outcome, started = "unavailable", time.perf_counter()
        try:
            answer = await answer_to(
                OPENS_A_SOCKET, lambda: self.web_client.apps_connections_open(app_token=self.app_token)
            )
            # Whatever it refuses here, nothing of Slack's comes through.
            outcome = answer.error if answer.error in _LATER else "unauthorized" if answer.error else "ok"
        finally:
            self._observe(OPENS_A_SOCKET, outcome, time.perf_counter() - started)
        if answer.error == "ratelimited":
            raise SlackBusy(OPENS_A_SOCKET, answer.retry_after)
        if answer.error == "unavailable" or answer.body is None:
            raise SlackUnavailable(OPENS_A_SOCKET, f"status {answer.status}")
        if answer.error:
            raise SlackRefused(OPENS_A_SOCKET, answer.error)
        return str(answer.body["url"])

    async def issue_new_wss_url(self) -> str:
        wait = FIRST_WAIT
        while not self.closed:
            try:
                return await self.open()
            except SlackRefused as refused:
                log.error(
                    f"Slack opens no socket with SLACK_APP_TOKEN: {MEND}", action="socket_refused", why=refused.code
                )
                pause = wait
            except (SlackUnavailable, SlackBusy) as silent:
                _warn(silent)
                pause = silent.after or wait
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            wait = min(2 * wait, LONGEST_WAIT)
        raise asyncio.CancelledError  # Nobody needs it any more.

    async def close(self) -> None:
        self.closed = True
        self._closing.set()
        await super().close()  # type: ignore[no-untyped-call]


def _warn(silent: Exception) -> None:
    log.warning("Slack opens no socket yet", action="slack_silent", why=str(silent))
