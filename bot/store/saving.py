"""A call and its members as rows, and what of them is written when they change: no more than what differs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Table, Update, bindparam, select

from bot.call.frozen import made
from bot.call.values import Call, Member, Rejection
from bot.store.tables import calls, members
from bot.store.transaction import Transaction

CALL_FIELDS = tuple(name for name in Call.__dataclass_fields__ if name != "members")
_PLAIN = tuple(name for name in Member.__dataclass_fields__ if name not in ("user", "rejection"))

CALLS = select(*(calls.c[name] for name in CALL_FIELDS))
MEMBERS = select(
    *(members.c[name] for name in ("call_id", "user", "rejection_reason", "rejection_text", *_PLAIN))
).order_by(members.c.position)

_REMOVE_MEMBER = members.delete().where(
    members.c.call_id == bindparam("of_call"), members.c.user == bindparam("of_user")
)
_CALL_ENDED = (
    members.update().where(members.c.call_id == bindparam("of_call")).values(call_ended_at=bindparam("call_ended_at"))
)
_ADD_MEMBER = members.insert()

_Rows = defaultdict[Executable, list[dict[str, object]]]
"""What is to be written, by the statement that writes it."""


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
    """Of what MEMBERS selects."""
    fields = row._asdict()
    del fields["call_id"]
    reason, text = fields.pop("rejection_reason"), fields.pop("rejection_text")
    fields["rejection"] = Rejection(reason, text) if reason else None
    return made(Member, fields)


def call_from(row: Any, people: Iterable[Member]) -> Call:
    """Of what CALLS selects."""
    return made(Call, {**row._asdict(), "members": tuple(people)})


def save_differences(tx: Transaction, changes: Iterable[tuple[Call, Call, datetime | None]]) -> None:
    rows: _Rows = defaultdict(list)
    for before, call, due_at in changes:
        was = vars(before)
        changed = {name: value for name, value in vars(call).items() if value != was[name] and name != "members"}
        values = {"of_id": call.id, **changed, "due_at": due_at}
        rows[_update(calls, ("id",), (*changed, "due_at"))].append(values)
        if call.members != before.members:
            _differences_of_members(rows, before, call)
        if call.ended_at != before.ended_at:
            rows[_CALL_ENDED].append({"of_call": call.id, "call_ended_at": call.ended_at})
    for statement in sorted(rows, key=lambda statement: statement is _CALL_ENDED):  # Also those just added.
        tx.run_many(statement, rows[statement])


def _differences_of_members(rows: _Rows, before: Call, call: Call) -> None:
    known = {member.user: (position, member) for position, member in enumerate(before.members)}
    for position, member in enumerate(call.members):
        was = known.pop(member.user, None)
        if was is None:
            rows[_ADD_MEMBER].append(member_values(call, member, position))
        elif was != (position, member):
            before_it, now = _own(was[1], was[0]), _own(member, position)
            changed = {name: value for name, value in now.items() if value != before_it[name]}
            statement = _update(members, ("call_id", "user"), tuple(changed))
            rows[statement].append({"of_call_id": call.id, "of_user": member.user, **changed})
    for user in known:
        rows[_REMOVE_MEMBER].append({"of_call": call.id, "of_user": user})


@lru_cache(maxsize=512)
def _update(table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Update:
    """Built once for each set of columns: building a statement costs more than running it."""
    statement = table.update().values({name: bindparam(name) for name in names})
    return statement.where(*(table.c[name] == bindparam(f"of_{name}") for name in key))
