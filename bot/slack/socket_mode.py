"""Slack's Socket Mode: where Slack cannot call the bot, the bot keeps a connection to Slack open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.slack.calling import SlackRefused, SlackUnavailable, answer_to

log = structlog.get_logger()

METHOD = "apps.connections.open"
LATER = frozenset({"unavailable", "ratelimited"})


@asynccontextmanager
async def socket_mode(bolt: AsyncApp, app_token: str) -> AsyncIterator[None]:
    """Connected, or, where Slack cannot be reached, about to be: slack_sdk tries again by itself, and after every loss
    of the connection too. Raises SlackRefused where Slack does not take the token.
    https://docs.slack.dev/apis/events-api/using-socket-mode"""
    socket = AsyncSocketModeHandler(bolt, app_token)
    socket.client.proxy = bolt.client.proxy
    connecting: asyncio.Task[None] | None = None
    try:
        socket.client.wss_uri = await _address(socket, app_token)
        connecting = asyncio.create_task(socket.connect_async(), name="socket mode")  # type: ignore[no-untyped-call]
        if socket.client.wss_uri:
            await connecting
        yield
    finally:
        if connecting is not None:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await socket.close_async()  # type: ignore[no-untyped-call]


async def _address(socket: AsyncSocketModeHandler, app_token: str) -> str | None:
    """None: Slack does not say now."""
    client = socket.client.web_client
    try:
        answer = await answer_to(METHOD, lambda: client.apps_connections_open(app_token=app_token))
    except SlackUnavailable as silent:
        log.warning("Slack opens no socket yet", action="slack_silent", why=str(silent))
        return None
    if answer.error in LATER:
        log.warning("Slack opens no socket yet", action="slack_silent", why=f"status {answer.status}")
        return None
    if answer.error or answer.body is None:
        raise SlackRefused(METHOD, answer.error)
    return str(answer.body["url"])
