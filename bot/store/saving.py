"""A call and its members as rows, and what of them is written when they change: no more than what differs."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Update, bindparam

from bot.call.values import Call, Member, Rejection
from bot.store.tables import calls, members
from bot.store.transaction import Transaction

CALL_FIELDS = tuple(name for name in Call.__dataclass_fields__ if name != "members")
_PLAIN = tuple(name for name in Member.__dataclass_fields__ if name not in ("user", "rejection"))

_REMOVE_MEMBER = members.delete().where(
    members.c.call_id == bindparam("of_call"), members.c.user == bindparam("of_user")
)
_CALL_ENDED = (
    members.update().where(members.c.call_id == bindparam("of_call")).values(call_ended_at=bindparam("call_ended_at"))
)
_ADD_MEMBER = members.insert()


def call_values(call: Call) -> dict[str, object]:
    return {name: getattr(call, name) for name in CALL_FIELDS}


def member_values(call: Call, member: Member, position: int) -> dict[str, object]:
    return {"call_id": call.id, "user": member.user, "call_ended_at": call.ended_at, **_own(member, position)}


def _own(member: Member, position: int) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(member, name) for name in _PLAIN}
    values["position"] = position
    values["rejection_reason"] = member.rejection.reason if member.rejection else None
    values["rejection_text"] = member.rejection.text if member.rejection else ""
    return values


def member_from(row: Any) -> Member:
    reason = row.rejection_reason
    return Member(
        user=row.user,
        rejection=Rejection(reason, row.rejection_text) if reason else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )


def save_differences(tx: Transaction, before: Call, call: Call, due_at: datetime | None) -> None:
    changed = {name: value for name in CALL_FIELDS if (value := getattr(call, name)) != getattr(before, name)}
    tx.run(_update(calls, ("id",), (*changed, "due_at")), of_id=call.id, **changed, due_at=due_at)
    if call.members != before.members:
        _save_members(tx, before, call)
    if call.ended_at != before.ended_at:
        tx.run(_CALL_ENDED, of_call=call.id, call_ended_at=call.ended_at)


def _save_members(tx: Transaction, before: Call, call: Call) -> None:
    known = {member.user: (position, member) for position, member in enumerate(before.members)}
    added: list[dict[str, object]] = []
    for position, member in enumerate(call.members):
        was = known.pop(member.user, None)
        if was is None:
            added.append(member_values(call, member, position))
        elif was != (position, member):
            _update_member(tx, call, _own(was[1], was[0]), _own(member, position), member.user)
    for user in known:
        tx.run(_REMOVE_MEMBER, of_call=call.id, of_user=user)
    tx.run_many(_ADD_MEMBER, added)


def _update_member(tx: Transaction, call: Call, was: dict[str, object], now: dict[str, object], user: str) -> None:
    changed = {name: value for name, value in now.items() if value != was[name]}
    tx.run(_update(members, ("call_id", "user"), tuple(changed)), of_call_id=call.id, of_user=user, **changed)


@lru_cache(maxsize=512)
def _update(table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Update:
    """Built once for each set of columns: building a statement costs more than running it."""
    statement = table.update().values({name: bindparam(name) for name in names})
    return statement.where(*(table.c[name] == bindparam(f"of_{name}") for name in key))
