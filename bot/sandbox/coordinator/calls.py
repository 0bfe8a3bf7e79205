"""Calls and their members: made, read, changed, found, deleted."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from . import ringing, sessions, users
from .answers import call_response, member_response, user_response
from .call_types import laid_over
from .core import Asked, Core
from .dates import parse
from .errors import bad_input, not_found
from .permissions import by_role, capabilities, may, may_create, same_team
from .query import matches, paged, sorted_by
from .state import Call, Member, User
from .views import found, members_limit, state_of, visible

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Stream publishes the length; the characters are those its own apps hold to."""

FIELDS = {
    "backstage",
    "cid",
    "created_at",
    "created_by_user_id",
    "custom",
    "ended_at",
    "id",
    "members",
    "ongoing",
    "parent_call_cid",
    "starts_at",
    "team",
    "type",
    "updated_at",
}
MEMBER_FIELDS = {"user_id", "role", "custom", "created_at", "updated_at"}


def get_or_create(core: Core, asked: Asked) -> dict[str, Any]:
    limit = members_limit(asked.body)
    call, created = made(core, asked, with_session=bool(asked.body.get("ring")))
    tell(core, call, asked, asked.body)
    return {**state_of(core, asked, call, limit), "created": created}


def made(core: Core, asked: Asked, *, with_session: bool) -> tuple[Call, bool]:
    """The call of this id, and whether it is new. What `data` says of a call that exists is passed over."""
    if (call := core.app.calls.get(asked.cid)) is not None:
        visible(core, asked, call)
        may(core.app, call, asked.user, "read-call", "ReadCall")
        return call, False
    call = _new(core, asked, asked.body.get("data") or {})
    if asked.body.get("ring"):
        ringing.ringable(call, bool(asked.body.get("video")))
    core.app.calls[call.cid] = call
    if with_session and core.app.behaviour.created_with_session:
        sessions.opened(core, call)
    members = [member_response(one) for one in call.members.values()]
    core.emit(call, "call.created", members=members)
    return call, True


def _new(core: Core, asked: Asked, data: dict[str, Any]) -> Call:
    _valid_id(core, asked)
    creator, now = _creator(core, asked, data), core.now()
    _team(core, asked, creator, data.get("team"))
    if asked.user is not None:
        may_create(core.app, asked.path["type"], asked.user, data.get("team"))
    users.custom_fits(data.get("custom"))
    settings = _settings(core, asked.path["type"], data.get("settings_override"))
    call = Call(asked.path["type"], asked.path["id"], creator, now, now, settings)
    call.custom, call.team = data.get("custom") or {}, data.get("team")
    call.channel_cid, call.starts_at = data.get("channel_cid"), _time(data.get("starts_at"))
    call.backstage = settings["backstage"]["enabled"]
    call.members = {one.user.id: one for one in _members(core, call, data.get("members") or [])}
    return call


def _valid_id(core: Core, asked: Asked) -> None:
    kind, call_id = asked.path["type"], asked.path["id"]
    if len(call_id) > 64 or len(kind) > 64:
        raise bad_input("type and id must be at most 64 characters")
    if not _ID.fullmatch(call_id):
        raise bad_input("id may contain letters, digits, - and _ only")
    if kind not in core.app.call_types:
        raise not_found(f"call type {kind} does not exist")


def _creator(core: Core, asked: Asked, data: dict[str, Any]) -> User:
    if asked.user is not None:
        return asked.user
    if data.get("created_by_id"):
        _exist(core, [data["created_by_id"]])
    if (creator := users.named(core, data, "created_by")) is None:
        raise bad_input("either data.created_by or data.created_by_id must be provided when using server side auth")
    return creator


def _exist(core: Core, user_ids: Iterable[str]) -> None:
    if missing := core.app.missing(user_ids):
        raise bad_input(
            f"The following users are involved in call create operation, but don't exist: [{' '.join(missing)}]. "
            "Please create users before referencing them in a call."
        )


def _team(core: Core, asked: Asked, creator: User, team: str | None) -> None:
    if not core.app.multi_tenant:
        return
    if not team:
        raise bad_input("team is required: multi-tenancy is enabled for this app")
    if asked.user is not None and team not in asked.user.teams:
        raise bad_input(f"user {asked.user.id} is not in team {team}")
    if team not in creator.teams:
        core.warn(f"{creator.id} makes a call of team {team} and is not in it")


def _settings(core: Core, call_type: str, override: dict[str, Any] | None) -> dict[str, Any]:
    """Sub-objects are checked whole, so an override says all a sub-object needs."""
    recording = (override or {}).get("recording") or {}
    if (
        recording.get("mode", "disabled") != "disabled"
        and not recording.get("audio_only")
        and not recording.get("quality")
    ):
        raise bad_input("recording quality is required when audio_only is false and recording is enabled")
    return laid_over(core.app.call_types[call_type].settings, override)


def _time(text: str | None) -> datetime | None:
    return parse(text) if text else None


def _members(core: Core, call: Call, wanted: list[dict[str, Any]]) -> list[Member]:
    _exist(core, [one["user_id"] for one in wanted])
    now = core.now()
    found = []
    for one in wanted:
        user = core.app.users[one["user_id"]]
        if core.app.multi_tenant and call.team not in user.teams:
            core.warn(f"{user.id} is a member of {call.cid} and not in its team {call.team}")
        users.custom_fits(one.get("custom"))
        found.append(Member(user, now, now, one.get("role") or "user", one.get("custom") or {}))
    return found


def tell(core: Core, call: Call, asked: Asked, flags: dict[str, Any]) -> None:
    """Ring or notify the members, where the request says so."""
    if flags.get("ring"):
        ringing.ring_all(core, call, asked, bool(flags.get("video")))
    if flags.get("notify"):
        ringing.notify(core, call, asked)


def get(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", "ReadCall")
    limit = asked.number("members_limit", 100, 100)
    tell(core, call, asked, {name: asked.flag(name) for name in ("ring", "notify", "video")})
    return state_of(core, asked, call, limit)


def update(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "update-call", "UpdateCall")
    body = asked.body
    if body.get("custom") is not None:
        users.custom_fits(body["custom"])
        call.custom = body["custom"]
    if body.get("starts_at"):
        call.starts_at = parse(body["starts_at"])
    if body.get("settings_override"):
        _settings(core, call.type, body["settings_override"])
        call.settings = laid_over(call.settings, body["settings_override"])
    call.updated_at = core.now()
    core.emit(call, "call.updated", capabilities_by_role=by_role(core.app, call))
    return state_of(core, asked, call)


def update_members(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "update-call-member", "UpdateCallMember")
    wanted = _members(core, call, asked.body.get("update_members") or [])
    removed = [one for one in asked.body.get("remove_members") or [] if one in call.members]
    added = [one for one in wanted if one.user.id not in call.members]
    changed = [_kept(call, one) for one in wanted if one.user.id in call.members]
    for one in (*added, *changed):
        call.members[one.user.id] = one
    before = frozenset(call.members) | {call.created_by.id}
    for user_id in removed:
        del call.members[user_id]
    call.updated_at = core.now()
    for kind, those in (("call.member_added", added), ("call.member_updated", changed)):
        if those:
            core.emit(call, kind, members=[member_response(one) for one in those])
    if removed:
        core.emit(call, "call.member_removed", members=removed, to=before)
    return {"members": [member_response(one) for one in (*added, *changed)]}


def _kept(call: Call, member: Member) -> Member:
    member.created_at = call.members[member.user.id].created_at
    return member


def query_members(core: Core, asked: Asked) -> dict[str, Any]:
    call = visible(core, asked, core.call(f"{asked.body['type']}:{asked.body['id']}"))
    may(core.app, call, asked.user, "read-call", "ReadCall")
    rows = [{**member_response(one), "answer": member_response(one)} for one in call.members.values()]
    conditions = asked.body.get("filter_conditions") or {}
    rows = [row for row in rows if matches(row, conditions, MEMBER_FIELDS)]
    rows = sorted_by(rows, asked.body.get("sort") or [], MEMBER_FIELDS)
    page, cursors = paged(rows, asked.body)
    return {"members": [row["answer"] for row in page], **cursors}


def query_calls(core: Core, asked: Asked) -> dict[str, Any]:
    conditions = asked.body.get("filter_conditions") or {}
    rows = [row(call) for call in core.app.calls.values() if _readable(core, asked, call)]
    rows = [one for one in rows if matches(one, conditions, FIELDS)]
    newest_first = [{"field": "created_at", "direction": -1}]
    rows = sorted_by(rows, asked.body.get("sort") or newest_first, FIELDS)
    page, cursors = paged(rows, asked.body)
    return {"calls": [state_of(core, asked, one["call"]) for one in page], **cursors}


def row(call: Call) -> dict[str, Any]:
    plain = {name: getattr(call, name, None) for name in FIELDS}
    return plain | {"created_by_user_id": call.created_by.id, "members": list(call.members), "call": call}


def _readable(core: Core, asked: Asked, call: Call) -> bool:
    if asked.user is None:
        return True
    return same_team(core.app, call, asked.user) and "read-call" in capabilities(core.app, call, asked.user)


def delete(core: Core, asked: Asked) -> dict[str, Any]:
    """What went on in the call ends with it, and its timers have nothing left to tell of."""
    call = found(core, asked)
    if asked.user is not None and (asked.body.get("hard") or asked.user.id != call.created_by.id):
        may(core.app, call, asked.user, "delete-call", "DeleteCall")
    sessions.closed(core, call)
    del core.app.calls[call.cid]
    core.emit(call, "call.deleted")
    answer, call.session = call_response(call), None
    hard = {"task_id": f"delete-{call.id}"} if asked.body.get("hard") else {}
    return {"call": answer, **hard}


def send_event(core: Core, asked: Asked) -> dict[str, Any]:
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", "SendEvent")
    users.custom_fits(asked.body.get("custom"))
    if (sender := asked.user or users.named(core, asked.body, "user")) is None:
        raise bad_input("either user or user_id must be provided when using server side auth")
    core.emit(call, "custom", custom=asked.body.get("custom") or {}, user=user_response(sender))
    return {}
