"""Users: upserted, read, changed, deactivated, deleted; and their devices."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from .answers import user_response
from .core import Asked, Core
from .errors import bad_input, not_allowed
from .incoming import read
from .query import matches, sorted_by
from .schema import check
from .state import User

_PLAIN = ("name", "image", "role", "language", "invisible", "custom", "teams", "teams_role")
FIELDS = {"id", "name", "role", "teams", "created_at", "updated_at", "custom", "online", "language"}
_CUSTOM_BYTES = 5 * 1024


def upsert(core: Core, asked: Asked) -> dict[str, Any]:
    """UpdateUsers replaces each user whole: what is not sent is emptied, its role apart."""
    sent = asked.body["users"]
    if not 0 < len(sent) <= 100:
        raise bad_input("users must contain between 1 and 100 users")
    for key, wanted in sent.items():
        if key != wanted["id"]:
            raise bad_input(f"the key {key} does not match the user's id {wanted['id']}")
        _allowed(asked, wanted)
    return _answer([put(core, wanted) for wanted in sent.values()])


def put(core: Core, wanted: dict[str, Any]) -> User:
    """This user, made or replaced from a UserRequest."""
    now = core.now()
    custom_fits(wanted.get("custom"))
    known = core.app.users.get(wanted["id"])
    user = known or User(wanted["id"], created_at=now, updated_at=now)
    fresh = replace(User(user.id, user.created_at, now), role=user.role)
    for name in _PLAIN:
        setattr(user, name, getattr(fresh, name) if wanted.get(name) is None else wanted[name])
    user.updated_at = now
    core.app.users[user.id] = user
    if known:
        core.emit_user("user.updated", user_response(user))
    return user


def named(core: Core, sent: dict[str, Any], field: str) -> User | None:
    """Whom the server means: by an object, which makes or replaces them if it says more than an id, or by `…_id`."""
    if wanted := sent.get(field):
        known = core.app.users.get(wanted["id"])
        return known if known and wanted.keys() == {"id"} else put(core, wanted)
    user_id = sent.get(f"{field}_id")
    return core.user(user_id) if user_id else None


def patch(core: Core, asked: Asked) -> dict[str, Any]:
    return _answer([_patched(core, asked, change) for change in asked.body["users"]])


def _patched(core: Core, asked: Asked, change: dict[str, Any]) -> User:
    """A field that is set to null is emptied; what a user has no field for is of its custom data."""
    user, wanted = core.user(change["id"]), change.get("set") or {}
    _allowed(asked, {"id": user.id, **wanted})
    if problems := check("UserRequest", {**wanted, "id": user.id}).problems:
        raise bad_input("; ".join(problems))
    emptied = [*(change.get("unset") or ()), *(name for name in wanted if wanted[name] is None)]
    changed = _changed(user, {name: value for name, value in wanted.items() if value is not None}, emptied)
    custom_fits(changed.custom)
    for name in _PLAIN:
        setattr(user, name, getattr(changed, name))
    user.updated_at = core.now()
    core.emit_user("user.updated", user_response(user))
    return user


def _changed(user: User, wanted: dict[str, Any], emptied: list[str]) -> User:
    blank = User(user.id, user.created_at, user.updated_at)
    plain = {name: value for name, value in wanted.items() if name in _PLAIN}
    plain |= {name: getattr(blank, name) for name in emptied if name in _PLAIN}
    custom = plain.get("custom", user.custom) | {name: wanted[name] for name in wanted if name not in _PLAIN}
    return replace(user, **plain | {"custom": {name: custom[name] for name in custom if name not in emptied}})


def _allowed(asked: Asked, wanted: dict[str, Any]) -> None:
    """With a user token one changes oneself, and not one's role or teams."""
    if asked.user is None:
        return
    if wanted["id"] != asked.user.id or {"role", "teams", "teams_role"} & wanted.keys():
        raise not_allowed(f"User '{asked.user.id}' is not allowed to perform action UpdateUser")


def custom_fits(custom: Any) -> None:
    """Stream publishes 5 KB for custom data of users and channels; for calls the same is assumed."""
    if len(json.dumps(custom or {}, separators=(",", ":"), ensure_ascii=False).encode()) > _CUSTOM_BYTES:
        raise bad_input("custom data exceeds the maximum size of 5KB")


def _answer(users: list[User]) -> dict[str, Any]:
    found = {user.id: user_response(user) for user in users}
    return {"users": found, "membership_deletion_task_id": ""}


def query(core: Core, asked: Asked) -> dict[str, Any]:
    try:
        wanted = read(asked.query.get("payload", "{}"))
    except ValueError as error:
        raise bad_input("payload must be JSON") from error
    if problems := check("QueryUsersPayload", wanted).problems:
        raise bad_input("; ".join(problems))
    everyone = [_row(user) for user in core.app.users.values() if _shown(user, wanted)]
    found = [row for row in everyone if matches(row, wanted["filter_conditions"], FIELDS)]
    found = sorted_by(found, wanted.get("sort") or [], FIELDS)
    start = wanted.get("offset") or 0
    return {"users": [row["answer"] for row in found[start : start + (wanted.get("limit") or 30)]]}


def _shown(user: User, wanted: dict[str, Any]) -> bool:
    return user.deactivated_at is None or bool(wanted.get("include_deactivated_users"))


def _row(user: User) -> dict[str, Any]:
    answer = user_response(user)
    return {**answer, "answer": answer}


def deactivate(core: Core, asked: Asked) -> dict[str, Any]:
    for user_id in asked.body["user_ids"]:
        user = core.user(user_id)
        user.deactivated_at = core.now()
        core.emit_user("user.deactivated", user_response(user))
    return {"task_id": str(uuid4())}


def delete(core: Core, asked: Asked) -> dict[str, Any]:
    """Done at once here, though Stream answers with a task either way."""
    hard = asked.body.get("user") == "hard"
    for user_id in asked.body["user_ids"]:
        user = core.user(user_id)
        del core.app.users[user_id]
        core.emit_user("user.deleted", user_response(user), **_deletion(hard))
    return {"task_id": str(uuid4())}


def _deletion(hard: bool) -> dict[str, Any]:
    return {
        "delete_conversation": "",
        "delete_conversation_channels": False,
        "delete_messages": "",
        "delete_user": "hard" if hard else "soft",
        "hard_delete": hard,
        "mark_messages_deleted": False,
    }


def task(core: Core, asked: Asked) -> dict[str, Any]:
    now: datetime = core.now()
    return {"task_id": asked.path["id"], "status": "completed", "created_at": now, "updated_at": now}


def devices(core: Core, asked: Asked) -> dict[str, Any]:
    return {"devices": _owner(core, asked, {"user_id": asked.query.get("user_id")}).devices}


def add_device(core: Core, asked: Asked) -> dict[str, Any]:
    user, body = _owner(core, asked, asked.body), asked.body
    provider = {key: body[key] for key in ("push_provider_name",) if key in body}
    device = {"id": body["id"], "push_provider": body["push_provider"], "user_id": user.id, "created_at": core.now()}
    user.devices = [one for one in user.devices if one["id"] != body["id"]]
    user.devices.append({**device, "voip": bool(body.get("voip_token")), **provider})
    return {}


def remove_device(core: Core, asked: Asked) -> dict[str, Any]:
    user = _owner(core, asked, {"user_id": asked.query.get("user_id")})
    user.devices = [one for one in user.devices if one["id"] != asked.query.get("id")]
    return {}


def _owner(core: Core, asked: Asked, sent: dict[str, Any]) -> User:
    owner = asked.user or named(core, sent, "user")
    if owner is None:
        raise bad_input("user_id is a required field when using server side auth")
    return owner
