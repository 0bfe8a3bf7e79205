"""The app itself: its hooks, its call types, and what is left of its rate limits."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

from . import call_types
from .answers import call_type_response
from .core import Asked, Core
from .dates import parse
from .errors import bad_input, not_found
from .state import CallType


def get_app(core: Core, asked: Asked) -> dict[str, Any]:
    """`enable_hook_payload_compression` can be set and not be read."""
    app = core.app
    shown = {
        "id": 1,
        "name": "sandbox",
        "organization": "sandbox",
        "region": "sandbox",
        "multi_tenant_enabled": app.multi_tenant,
        "event_hooks": deepcopy(app.event_hooks),
        "revoke_tokens_issued_before": app.revoke_tokens_issued_before,
        "grants": {},
        "policies": {},
    }
    return {"app": shown}


def update_app(core: Core, asked: Asked) -> dict[str, Any]:
    """`event_hooks` replaces every hook there was; the older `webhook_url` is a hook like any other here.

    https://getstream.io/chat/docs/python/webhooks_overview/
    """
    body = asked.body
    if body.get("event_hooks") is not None:
        core.app.event_hooks = [_hook(one) for one in body["event_hooks"]]
    if body.get("webhook_url"):
        core.app.event_hooks.append(hook(body["webhook_url"], body.get("webhook_events") or []))
    if body.get("enable_hook_payload_compression") is not None:
        core.app.compress = body["enable_hook_payload_compression"]
    if body.get("multi_tenant_enabled") is not None:
        core.app.multi_tenant = body["multi_tenant_enabled"]
    if body.get("revoke_tokens_issued_before"):
        core.app.revoke_tokens_issued_before = parse(body["revoke_tokens_issued_before"])
    return {}


def hook(webhook_url: str, event_types: list[str]) -> dict[str, Any]:
    return _hook({"hook_type": "webhook", "webhook_url": webhook_url, "event_types": event_types})


def _hook(sent: dict[str, Any]) -> dict[str, Any]:
    if sent.get("hook_type", "webhook") == "webhook" and not sent.get("webhook_url"):
        raise bad_input("webhook_url is required for a hook of type webhook")
    blank = {"id": str(uuid4()), "enabled": True, "hook_type": "webhook", "event_types": [], "product": "video"}
    return blank | {key: deepcopy(value) for key, value in sent.items() if value is not None}


def list_call_types(core: Core, asked: Asked) -> dict[str, Any]:
    return {"call_types": {name: call_type_response(one) for name, one in core.app.call_types.items()}}


def get_call_type(core: Core, asked: Asked) -> dict[str, Any]:
    return call_type_response(_named(core, asked))


def create_call_type(core: Core, asked: Asked) -> dict[str, Any]:
    name = asked.body["name"]
    if name in core.app.call_types:
        raise bad_input(f"call type {name} already exists")
    core.app.call_types[name] = call_types.new(name, core.now())
    return _changed(core, core.app.call_types[name], asked.body)


def update_call_type(core: Core, asked: Asked) -> dict[str, Any]:
    return _changed(core, _named(core, asked), asked.body)


def _changed(core: Core, kind: CallType, body: dict[str, Any]) -> dict[str, Any]:
    kind.settings = call_types.laid_over(kind.settings, body.get("settings"))
    kind.grants = {**kind.grants, **(body.get("grants") or {})}
    kind.notification_settings = call_types.laid_over(kind.notification_settings, body.get("notification_settings"))
    kind.external_storage = body.get("external_storage") or kind.external_storage
    kind.updated_at = core.now()
    return call_type_response(kind)


def delete_call_type(core: Core, asked: Asked) -> dict[str, Any]:
    del core.app.call_types[_named(core, asked).name]
    return {}


def _named(core: Core, asked: Asked) -> CallType:
    name = asked.path["name"]
    if name not in core.app.call_types:
        raise not_found(f"call type {name} does not exist")
    return core.app.call_types[name]


def nothing(core: Core, asked: Asked) -> dict[str, Any]:
    return {}
