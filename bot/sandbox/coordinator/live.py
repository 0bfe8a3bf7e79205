"""What goes on in a call: reactions, mutes, permissions asked for and given, backstage and live."""

from typing import Any

from . import users
from .answers import call_response, user_response
from .core import Asked, Core
from .errors import bad_input
from .permissions import by_role, capabilities, may
from .sessions import opened
from .state import Call, User
from .views import found


def mute(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "mute-users", "MuteUsers")
    muted = asked.body.get("user_ids") or []
    if asked.body.get("mute_all_users"):
        muted = [one.user.id for one in call.participants]
    by = asked.user or users.named(core, asked.body, "muted_by")
    core.emit(call, "call.user_muted", from_user_id=by.id if by else "", muted_user_ids=muted, reason="")
    return {}


def react(core: Core, asked: Asked) -> dict[str, Any]:
    call, user = _speaker(core, asked, "create-reaction")
    body = asked.body
    reaction = {"type": body["type"], "user": user_response(user), "custom": body.get("custom") or {}}
    reaction |= {"emoji_code": body["emoji_code"]} if body.get("emoji_code") else {}
    core.emit(call, "call.reaction_new", reaction=reaction)
    return {"reaction": reaction}


def request_permission(core: Core, asked: Asked) -> dict[str, Any]:
    call, user = _speaker(core, asked, "read-call")
    core.emit(call, "call.permission_request", permissions=asked.body["permissions"], user=user_response(user))
    return {}


def _speaker(core: Core, asked: Asked, capability: str) -> tuple[Call, User]:
    if asked.user is None:
        raise bad_input(f"{asked.operation} requires a user token")
    call = found(core, asked)
    may(core.app, call, asked.user, capability, asked.operation)
    return call, asked.user


def user_permissions(core: Core, asked: Asked) -> dict[str, Any]:
    call, user = found(core, asked), core.user(asked.body["user_id"])
    may(core.app, call, asked.user, "update-call-permissions", "UpdateCallPermissions")
    granted = call.granted.setdefault(user.id, set())
    for one in asked.body.get("grant_permissions") or []:
        granted.discard(f"-{one}")
        granted.add(one)
    for one in asked.body.get("revoke_permissions") or []:
        granted.discard(one)
        granted.add(f"-{one}")
    own = capabilities(core.app, call, user)
    core.emit(call, "call.permissions_updated", own_capabilities=own, user=user_response(user))
    return {}


def go_live(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "update-call", "GoLive")
    call.backstage, session = False, opened(core, call)
    session.live_started_at = core.now()
    core.emit(call, "call.live_started")
    return {"call": call_response(call)}


def stop_live(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "update-call", "StopLive")
    call.backstage = True
    if call.running:
        call.running.live_ended_at = core.now()
    core.emit(call, "call.updated", capabilities_by_role=by_role(core.app, call))
    return {"call": call_response(call)}


def nothing_recorded(core: Core, asked: Asked) -> dict[str, Any]:
    found(core, asked)
    return {asked.operation.removeprefix("List").lower(): []}
