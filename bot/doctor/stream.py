"""Does Stream take the key and secret, is the call type there, and is the bot told of what happens?"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.doctor.finding import Finding, Findings, mend
from bot.settings import Settings
from bot.stream import App, CallType, StreamClient, StreamRefused, StreamUnavailable, events
from bot.web import STREAM_EVENTS
from bot.work import OUTWARD_CALL_SECONDS

EVENT_TYPES: tuple[str, ...] = tuple(
    sorted(
        event.model_fields["type"].default
        for event in (
            events.Accepted,
            events.Rejected,
            events.Missed,
            events.ParticipantJoined,
            events.ParticipantLeft,
            events.SessionEnded,
            events.Ended,
            events.Deleted,
        )
    )
)
"""What the bot has to hear of; other events mean nothing to it."""

JOIN_CALL = "join-call"


async def look_at_stream(settings: Settings) -> Findings:
    about = "Stream's key and secret"
    async with StreamClient(
        api_key=settings.stream_api_key,
        api_secret=settings.stream_api_secret.get_secret_value(),
        base_url=settings.stream_base_url,
        timeout=OUTWARD_CALL_SECONDS,
    ) as stream:
        try:
            app = await stream.get_app()
        except StreamRefused as refused:
            yield mend(
                about,
                f"Stream refuses STREAM_API_KEY with STREAM_API_SECRET ({refused.message}): copy both from your app's "
                "page in Stream's dashboard",
            )
        except StreamUnavailable as why:
            yield mend(about, f"not checked ({why}): is {settings.stream_base_url} reachable from here?")
        else:
            yield Finding(about, f"they are those of {app.name or 'an app without a name'}")
            yield _tenants(app, settings)
            yield await _call_type(stream, settings)
            yield _webhook(app, settings)


def _tenants(app: App, settings: Settings) -> Finding:
    about, ours = "Stream's teams", settings.stream_multi_tenant
    if app.multi_tenant_enabled and not ours:
        return mend(about, "the app on Stream is multi-tenant: set STREAM_MULTI_TENANT to true")
    if app.multi_tenant_enabled is False and ours:
        return mend(about, "STREAM_MULTI_TENANT is true and the app on Stream is not multi-tenant: make them agree")
    return Finding(about, "each Slack team is one" if ours else "not used")


async def _call_type(stream: StreamClient, settings: Settings) -> Finding:
    about, name = "Stream's call type", settings.call_type
    try:
        found = await stream.get_call_type(name)
    except StreamRefused as refused:
        return mend(about, f"Stream has none called {name} ({refused.message}): create it, or change CALL_TYPE")
    except StreamUnavailable as why:
        return mend(about, f"not checked ({why}): try again")
    roles = {"user", "call_member", settings.callee_role, settings.caller_role}
    if found.grants and not any(JOIN_CALL in found.grants.get(role, ()) for role in roles):
        return mend(about, f"nobody rung may join a call of type {name}: grant {JOIN_CALL} to the role user in it")
    if _backstage(found, settings):
        return mend(
            about,
            f"{name} has backstage on, which keeps people out until somebody goes live: turn it off, or set "
            'CALL_SETTINGS_OVERRIDE to {"backstage": {"enabled": false}}',
        )
    return Finding(about, name)


def _backstage(call_type: CallType, settings: Settings) -> bool:
    ours = settings.call_settings_override.get("backstage")
    return bool(ours["enabled"]) if isinstance(ours, dict) and "enabled" in ours else call_type.backstage


@dataclass(frozen=True)
class _Hook:
    url: str
    types: frozenset[str]
    """Empty: all."""


def _webhook(app: App, settings: Settings) -> Finding:
    about = "Stream's webhook"
    ours = f"{settings.public_url or 'https://(PUBLIC_URL)'}{STREAM_EVENTS}"
    hooks = [hook for hook in _hooks(app) if urlsplit(hook.url).path.endswith(STREAM_EVENTS)]
    here = [hook for hook in hooks if not settings.public_url or hook.url == ours]
    if not here:
        elsewhere = f" (there is one to {hooks[0].url})" if hooks else ""
        return mend(
            about,
            f"none that is turned on leads to this bot{elsewhere}: in Stream's dashboard add one with the URL {ours}, "
            f"for all of Video's events or at least {', '.join(EVENT_TYPES)}",
        )
    if missing := _not_sent(here):
        return mend(about, f"{here[0].url} is not sent {', '.join(missing)}: add that to it in Stream's dashboard")
    return Finding(about, f"{here[0].url} is sent all it needs")


def _hooks(app: App) -> list[_Hook]:
    """The webhooks that are turned on; that of older apps (`webhook_url`) does not tell which events it is for."""
    hooks = [
        _Hook(str(hook.get("webhook_url") or ""), frozenset(hook.get("event_types") or ()))
        for hook in app.event_hooks
        if hook.get("enabled", True) and hook.get("hook_type", "webhook") == "webhook"
    ]
    return [*hooks, _Hook(app.webhook_url, frozenset())] if app.webhook_url else hooks


def _not_sent(hooks: Iterable[_Hook]) -> list[str]:
    types = [hook.types for hook in hooks]
    if not all(types):
        return []
    return [kind for kind in EVENT_TYPES if not any(kind in some for some in types)]
