"""Calls with their members: kept, found, changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, case, func, or_, select, union

from bot.call.values import Call, CallKind, CallStatus, Member, MemberState, TimelineEntry
from bot.store.saving import CALLS, MEMBERS, call_from, call_values, member_from, member_values, save_differences
from bot.store.tables import calls, members, timeline
from bot.store.transaction import Transaction

_ONE_CALL = CALLS.where(calls.c.id == bindparam("id"))
_ONE_CALL_HELD = _ONE_CALL.with_for_update()
_CALLS = CALLS.where(calls.c.id.in_(bindparam("ids", expanding=True))).order_by(calls.c.id)
_CALLS_HELD = _CALLS.with_for_update()
_MEMBERS = MEMBERS.where(members.c.call_id == bindparam("call_id"))
_MEMBERS_OF = MEMBERS.where(members.c.call_id.in_(bindparam("ids", expanding=True)))
_ADD_CALL = calls.insert()
_ADD_MEMBERS = members.insert()

_LAST_SEQS = (
    select(timeline.c.call_id, func.max(timeline.c.seq).label("seq"))
    .where(timeline.c.call_id.in_(bindparam("ids", expanding=True)))
    .group_by(timeline.c.call_id)
)
_NOTE = timeline.insert()
_TIMELINE = (
    select(timeline)
    .where(timeline.c.call_id == bindparam("call_id"), timeline.c.seq > bindparam("after"))
    .order_by(timeline.c.seq)
)

_COMMANDS_SINCE = select(func.count()).where(
    calls.c.team == bindparam("team"), calls.c.caller == bindparam("user"), calls.c.created_at >= bindparam("since")
)

_ALL_COMMANDS_SINCE = select(func.count()).where(
    calls.c.team == bindparam("team"), calls.c.created_at >= bindparam("since")
)

# No index helps with this: a workspace has far more calls than anyone has, and SQLite must not begin with all of them.
_in_team = calls.c.team.concat("") == bindparam("team")

_THEIR_OPEN_CALLS = (
    select(calls.c.id)
    .join_from(members, calls, calls.c.id == members.c.call_id)
    .where(members.c.user == bindparam("user"), members.c.call_ended_at.is_(None), _in_team)
)
_BEING_RUNG = (MemberState.RINGING, MemberState.INVITED)
_other = members.alias("other")
_RINGING_ALONE = (
    _THEIR_OPEN_CALLS.where(
        calls.c.caller == bindparam("caller"),
        calls.c.kind == CallKind.RING,
        or_(
            calls.c.status == CallStatus.RINGING,
            and_(calls.c.status == CallStatus.PREPARING, calls.c.ring_by.is_not(None)),
        ),
        members.c.state.in_(_BEING_RUNG),
        ~select(_other.c.user)
        .where(_other.c.call_id == calls.c.id, _other.c.user != members.c.user, _other.c.state.in_(_BEING_RUNG))
        .exists(),
    )
    .order_by(calls.c.created_at.desc())
    .limit(1)
)
_TAKEN_PART_IN = _THEIR_OPEN_CALLS.where(
    or_(
        members.c.sessions != frozenset(),
        and_(
            calls.c.status == CallStatus.ACCEPTED,
            members.c.state.in_((MemberState.ACCEPTED, MemberState.CALLER)),
            members.c.left_at.is_(None),
        ),
    ),
).order_by(calls.c.id)


def _calls_of() -> Select[Any]:
    """Each arm is a range of one index."""
    theirs = select(members.c.call_id).where(members.c.user == bindparam("user"))
    since: BindParameter[datetime] = bindparam("ended_since")
    ids = union(
        theirs.where(members.c.call_ended_at.is_(None)),
        theirs.where(members.c.call_ended_at >= since),
    )
    is_plan = calls.c.status == CallStatus.SCHEDULED
    return (
        CALLS.where(_in_team, calls.c.id.in_(ids))
        .order_by(
            calls.c.ended_at.is_not(None),
            is_plan,
            case((is_plan, calls.c.starts_at)),
            calls.c.created_at.desc(),
            calls.c.id.desc(),
        )
        .limit(bindparam("limit"))
    )


_CALLS_OF = _calls_of()

_DUE = (
    select(calls.c.id, calls.c.due_at)
    .where(calls.c.due_at <= bindparam("now"))
    .order_by(calls.c.due_at)
    .limit(bindparam("limit"))
)
_DUE_HELD = _DUE.with_for_update(skip_locked=True)
_SILENT = (
    CALLS.where(calls.c.ended_at.is_(None), calls.c.on_stream.is_(True), calls.c.heard_at < bindparam("heard_before"))
    .order_by(calls.c.heard_at)
    .limit(bindparam("limit"))
)
# What another transaction holds is left out: this is a hint, and not worth a deadlock.
_HEARD_AT = (
    calls.update()
    .where(
        calls.c.id.in_(
            select(calls.c.id)
            .where(calls.c.id.in_(bindparam("ids", expanding=True)))
            .order_by(calls.c.id)
            .with_for_update(skip_locked=True)
        )
    )
    .values(heard_at=bindparam("now"))
)


class CallVerbs(Transaction):
    def add_call(self, call: Call, due_at: datetime | None) -> None:
        self.run(_ADD_CALL, **call_values(call), due_at=due_at, heard_at=call.created_at)
        rows = [member_values(call, member, position) for position, member in enumerate(call.members)]
        self.run_many(_ADD_MEMBERS, rows)

    def call(self, call_id: str) -> Call | None:
        row = self.run(_ONE_CALL_HELD if self._writing else _ONE_CALL, id=call_id).one_or_none()
        if row is None:
            return None
        # Only now, when the call is held: a join would show the members as they were before the wait for it.
        return call_from(row, [member_from(found) for found in self.run(_MEMBERS, call_id=call_id)])

    def calls(self, call_ids: Collection[str]) -> list[Call]:
        if not call_ids:
            return []
        return self._with_members(self.run(_CALLS_HELD if self._writing else _CALLS, ids=list(call_ids)).all())

    def save_all(self, changes: Sequence[tuple[Call, Call, datetime | None]]) -> None:
        save_differences(self, changes)
        self.saved += [(before, call) for before, call, _ in changes]

    def note(self, call_id: str, entries: Sequence[TimelineEntry]) -> None:
        self.note_all({call_id: entries})

    def note_all(self, entries: Mapping[str, Sequence[TimelineEntry]]) -> None:
        ids = [call_id for call_id, some in entries.items() if some]
        if not ids:
            return
        last = dict(self.run(_LAST_SEQS, ids=ids))
        rows: list[dict[str, object]] = [
            {
                "call_id": call_id,
                "seq": seq,
                "event": entry.event,
                "at": entry.at,
                "user": entry.user,
                "users": entry.users,
                "text": entry.text,
            }
            for call_id in ids
            for seq, entry in enumerate(entries[call_id], last.get(call_id, 0) + 1)
        ]
        self.run_many(_NOTE, rows)

    def timeline(self, call_id: str, after: int = 0) -> list[TimelineEntry]:
        return [
            TimelineEntry(row.event, row.at, row.user, row.users, row.text, row.seq)
            for row in self.run(_TIMELINE, call_id=call_id, after=after)
        ]

    def commands_since(self, team: str, user: str, since: datetime) -> int:
        return int(self.run(_COMMANDS_SINCE, team=team, user=user, since=since).scalar_one())

    def all_commands_since(self, team: str, since: datetime) -> int:
        return int(self.run(_ALL_COMMANDS_SINCE, team=team, since=since).scalar_one())

    def ringing_alone(self, team: str, caller: str, callee: str) -> str | None:
        found = self.run(_RINGING_ALONE, team=team, caller=caller, user=callee).scalar()
        return None if found is None else str(found)

    def calls_taken_part_in(self, team: str, user: str) -> list[str]:
        return list(self.run(_TAKEN_PART_IN, team=team, user=user).scalars())

    def calls_of(self, team: str, user: str, ended_since: datetime, limit: int) -> list[Call]:
        return self._with_members(self.run(_CALLS_OF, team=team, user=user, ended_since=ended_since, limit=limit).all())

    def due_calls(self, now: datetime, limit: int) -> dict[str, datetime]:
        return dict(self.run(_DUE_HELD if self._writing else _DUE, now=now, limit=limit))

    def silent_calls(self, heard_before: datetime, limit: int) -> list[Call]:
        return self._with_members(self.run(_SILENT, heard_before=heard_before, limit=limit).all())

    def heard(self, call_ids: Collection[str], now: datetime) -> None:
        if call_ids:
            self.run(_HEARD_AT, ids=list(call_ids), now=now)

    def _with_members(self, rows: Sequence[Any]) -> list[Call]:
        found: dict[str, list[Member]] = {row.id: [] for row in rows}
        if found:
            for row in self.run(_MEMBERS_OF, ids=list(found)):
                found[row.call_id].append(member_from(row))
        return [call_from(row, found[row.id]) for row in rows]
