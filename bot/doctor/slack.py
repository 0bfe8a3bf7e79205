"""Does Slack take the tokens, and do they allow what the bot does?"""

from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.finding import Finding, Findings, mend
from bot.settings import Settings
from bot.slack.calling import Answer, Send, SlackRefused, SlackUnavailable, answer_to
from bot.slack.client import web_client
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

SAYS_NOTHING = frozenset({"unavailable", "ratelimited"})
"""Errors that are Slack's own, or that pass."""


async def look_at_slack(settings: Settings) -> Findings:
    about = "Slack's bot token"
    try:
        answer = await _ask("auth.test", _client(settings).auth_test)
    except SlackRefused as refused:
        yield mend(
            about,
            f"Slack refuses SLACK_BOT_TOKEN ({refused.code}): copy the Bot User OAuth Token anew from your app's "
            "OAuth & Permissions page",
        )
    except SlackUnavailable as why:
        yield _not_checked(about, why, settings)
    else:
        known = answer.body or {}
        yield Finding(about, f"it is {known.get('user')}'s in {known.get('team')}")
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
        await _ask("apps.connections.open", lambda: _client(settings).apps_connections_open(app_token=token))
    except SlackRefused as refused:
        return mend(
            about,
            f"Slack opens no socket with SLACK_APP_TOKEN ({refused.code}): turn on Socket Mode, and make an app-level "
            "token with the scope connections:write on your app's Basic Information page",
        )
    except SlackUnavailable as why:
        return _not_checked(about, why, settings)
    return Finding(about, "Slack opens a socket with it")


def _client(settings: Settings) -> AsyncWebClient:
    return web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


async def _ask(method: str, ask: Send) -> Answer:
    """Raises SlackRefused, or SlackUnavailable where that says nothing about us."""
    answer = await answer_to(method, ask)
    if answer.error in SAYS_NOTHING:
        raise SlackUnavailable(method, answer.error)
    if answer.error:
        raise SlackRefused(method, answer.error)
    return answer


def _not_checked(about: str, why: Exception, settings: Settings) -> Finding:
    return mend(about, f"not checked, Slack did not answer ({why}): is {settings.slack_api_url} reachable from here?")
