"""Does Slack take the tokens, and do they allow what the bot does?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.finding import Finding, Findings, mend
from bot.settings import OUTWARD_CALL_SECONDS, Settings
from bot.slack.client import web_client
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES


class _Refused(Exception):
    """Slack answered, and said no."""


class _Silent(Exception):
    """Slack gave no answer."""


async def look_at_slack(settings: Settings) -> Findings:
    about = "Slack's bot token"
    try:
        answer = await _ask(_client(settings).auth_test)
    except _Refused as code:
        yield mend(
            about,
            f"Slack refuses SLACK_BOT_TOKEN ({code}): copy the Bot User OAuth Token anew from your app's "
            "OAuth & Permissions page",
        )
    except _Silent as why:
        yield _not_checked(about, why, settings)
    else:
        yield Finding(about, f"it is {answer.get('user')}'s in {answer.get('team')}")
        yield _scopes(answer.headers, settings)
    if settings.slack_app_token is not None:
        yield await _socket_mode(settings, settings.slack_app_token.get_secret_value())


def _scopes(headers: Mapping[str, str], settings: Settings) -> Finding:
    """Slack tells with each answer what the token may: https://docs.slack.dev/authentication/installing-with-oauth"""
    about = "Slack's scopes"
    told = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if told is None:
        return mend(about, "not checked, Slack did not say which scopes the token has: try again later")
    granted = {scope.strip() for scope in told.split(",")}
    if missing := sorted(_needed(settings) - granted):
        whys = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        return mend(about, f"add to the app's bot token scopes, then install the app anew: {whys}")
    return Finding(about, "all that are needed are granted")


def _needed(settings: Settings) -> set[str]:
    by_address = "{email}" in settings.stream_user_id_template
    return set(SCOPES) if by_address else set(SCOPES) - OPTIONAL_SCOPES


async def _socket_mode(settings: Settings, token: str) -> Finding:
    about = "Slack's app token"
    try:
        await _ask(lambda: _client(settings).apps_connections_open(app_token=token))
    except _Refused as code:
        return mend(
            about,
            f"Slack opens no socket with SLACK_APP_TOKEN ({code}): turn on Socket Mode, and make an app-level token "
            "with the scope connections:write on your app's Basic Information page",
        )
    except _Silent as why:
        return _not_checked(about, why, settings)
    return Finding(about, "Slack opens a socket with it")


def _client(settings: Settings) -> AsyncWebClient:
    return web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


async def _ask(ask: Callable[[], Awaitable[Any]]) -> Any:
    try:
        async with asyncio.timeout(OUTWARD_CALL_SECONDS):
            return await ask()
    except SlackApiError as refused:
        body = getattr(refused.response, "data", None)
        code = body.get("error") if isinstance(body, Mapping) else None
        raise _Refused(code) if code else _Silent("what came was no answer of Slack's") from None
    except (aiohttp.ClientError, OSError, TimeoutError, AttributeError) as error:
        # AttributeError: slack_sdk takes an answer of text/plain for JSON.
        raise _Silent(type(error).__name__) from None


def _not_checked(about: str, why: Exception, settings: Settings) -> Finding:
    return mend(about, f"not checked, Slack did not answer ({why}): is {settings.slack_api_url} reachable from here?")
