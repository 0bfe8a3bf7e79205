"""Who may come in to a call, who is in, and who is made to leave."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from . import calls, users
from .answers import participant_response, user_response
from .core import Asked, Core
from .errors import bad_input, not_allowed
from .permissions import may
from .query import matches
from .sessions import enters, exits, opened
from .state import Call, User
from .views import found, members_limit, state_of


def join(core: Core, asked: Asked) -> dict[str, Any]:
    """Gives the credentials for an SFU, and the session to be in. Whether REST alone makes a participant is not
    published: see Behaviour."""
    if asked.user is None:
        raise bad_input("JoinCall requires a user token")
    limit = members_limit(asked.body)
    call, created = _to_join(core, asked)
    enterable(core, call, asked.user)
    if call.ended_at is None:
        opened(core, call)
    calls.tell(core, call, asked, asked.body)
    if core.app.behaviour.join_is_media:
        enters(core, call, asked.user)
    return {
        **state_of(core, asked, call, limit),
        "created": created,
        "credentials": _credentials(core, call, asked.user),
        "stats_options": {"reporting_interval_ms": 60_000, "enable_rtc_stats": False},
    }


def _to_join(core: Core, asked: Asked) -> tuple[Call, bool]:
    if asked.body.get("create"):
        return calls.made(core, asked, with_session=True)
    return found(core, asked), False


def enterable(core: Core, call: Call, user: User) -> None:
    """Raise where this user may not come in: blocked, ended, in backstage, full."""
    may(core.app, call, user, "join-call", "JoinCall")
    if user.id in call.blocked_user_ids:
        raise not_allowed(f"User '{user.id}' is blocked from call {call.cid}")
    if call.ended_at is not None:
        may(core.app, call, user, "join-ended-call", "JoinEndedCall")
    if call.backstage and not _ahead(call, core.now()):
        may(core.app, call, user, "join-backstage", "JoinBackstage")
    most = call.settings["limits"].get("max_participants")
    if most and len(call.participants) >= most:
        raise bad_input(f"the call is full: max_participants is {most}")


def _ahead(call: Call, now: datetime) -> bool:
    seconds = call.settings["backstage"].get("join_ahead_time_seconds") or 0
    return call.starts_at is not None and seconds > 0 and now + timedelta(seconds=seconds) >= call.starts_at


def _credentials(core: Core, call: Call, user: User) -> dict[str, Any]:
    return {
        "server": {
            "edge_name": "sandbox",
            "url": "https://sfu.sandbox.invalid/twirp",
            "ws_endpoint": "wss://sfu.sandbox.invalid/ws",
        },
        "token": f"no-media-in-the-sandbox-{uuid4()}",
        "ice_servers": [{"urls": ["stun:stun.sandbox.invalid:3478"], "username": user.id, "password": call.id}],
    }


def kick(core: Core, asked: Asked) -> dict[str, Any]:
    """Removes all sessions of a user; with `block` they cannot come back."""
    call, user = _about(core, asked, "kick-user", "KickUser")
    by = asked.user or users.named(core, asked.body, "kicked_by")
    core.emit(call, "call.kicked_user", user=user_response(user), kicked_by_user=user_response(by) if by else None)
    if asked.body.get("block"):
        _blocked(core, call, user, by)
    exits(core, call, user.id, "kicked")
    return {}


def block(core: Core, asked: Asked) -> dict[str, Any]:
    call, user = _about(core, asked, "block-users", "BlockUser")
    _blocked(core, call, user, asked.user)
    exits(core, call, user.id, "blocked")
    return {}


def _blocked(core: Core, call: Call, user: User, by: User | None) -> None:
    if user.id not in call.blocked_user_ids:
        call.blocked_user_ids.append(user.id)
    blocker = user_response(by) if by else None
    core.emit(call, "call.blocked_user", user=user_response(user), blocked_by_user=blocker)


def unblock(core: Core, asked: Asked) -> dict[str, Any]:
    call, user = _about(core, asked, "block-users", "UnblockUser")
    if user.id in call.blocked_user_ids:
        call.blocked_user_ids.remove(user.id)
    core.emit(call, "call.unblocked_user", user=user_response(user))
    return {}


def _about(core: Core, asked: Asked, capability: str, action: str) -> tuple[Call, User]:
    call = found(core, asked)
    may(core.app, call, asked.user, capability, action)
    return call, core.user(asked.body["user_id"])


def participants(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", "QueryCallParticipants")
    shown = [participant_response(one) for one in call.participants]
    conditions = asked.body.get("filter_conditions") or {}
    rows = [{**one, "user_id": one["user"]["id"]} for one in shown]
    fields = {"user_id", "role", "user_session_id", "joined_at"}
    picked = [one for one, row in zip(shown, rows, strict=True) if matches(row, conditions, fields)]
    limit = asked.number("limit", 100, 100)
    state = state_of(core, asked, call)
    return {**state, "participants": picked[:limit], "total_participants": len(picked)}
