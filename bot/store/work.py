"""Work that is owed: put down with the state it follows from, listed when it is dead, revived."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from bot.ledger import Dead
from bot.store.columns import EPOCH
from bot.store.tables import calls, work
from bot.store.transaction import Transaction, short
from bot.work import Work

_new = insert(work)
_held = work.c.leased_until.is_not(None)
"""Even by a lease that has run out: until somebody else claims it, its holder may still finish it."""

# Owed already: it keeps its place. Held just now: what it is to do once more begins with its end. A dead one is left
# alone, and does not count as a row.
_OWE = _new.on_conflict_do_update(
    index_elements=["key"],
    set_={
        "payload": _new.excluded.payload,
        "exclusive": _new.excluded.exclusive,
        "priority": _new.excluded.priority,
        "available_at": case(
            (
                or_(and_(_held, ~work.c.again), _new.excluded.available_at < work.c.available_at),
                _new.excluded.available_at,
            ),
            else_=work.c.available_at,
        ),
        "ready": or_(work.c.ready, _new.excluded.ready),
        "again": _held,
    },
    where=work.c.dead_at.is_(None),
)
_OWED = _OWE.returning(work.c.key)

_STILL_OWED = select(work.c.key).where(work.c.key.in_(bindparam("keys", expanding=True)), work.c.dead_at.is_(None))
_FORGET_DEAD = work.delete().where(work.c.key.in_(bindparam("keys", expanding=True)), work.c.dead_at.is_not(None))
_DEAD = (
    select(work.c.id, work.c.kind, work.c.call_id, work.c.attempts, work.c.error, work.c.dead_at)
    .where(work.c.dead_at.is_not(None))
    .order_by(work.c.dead_at.desc(), work.c.id.desc())
    .limit(bindparam("limit"))
)
_TAKE_DEAD = (
    work.delete()
    .where(work.c.id.in_(bindparam("ids", expanding=True)), work.c.dead_at.is_not(None))
    .returning(*(column for column in work.c))
)
_REVIVE = work.insert()

NEXT_DUE = select(func.min(calls.c.due_at)).where(calls.c.due_at.is_not(None))
_NEXT_WAITING = select(func.min(work.c.available_at)).where(work.c.ready.is_(False), work.c.dead_at.is_(None))


class WorkVerbs(Transaction):
    def owe(self, *work: Work, at: datetime | None = None) -> None:
        rows = {row["key"]: row for row in (_row(item, at) for item in work)}
        if self.run_many(_OWE, list(rows.values())).rowcount < len(rows):
            self._owe_the_dead(rows)

    def _owe_the_dead(self, rows: dict[str, dict[str, Any]]) -> None:
        """Owing the others twice is owing them once."""
        missing = rows.keys() - self.run_many(_OWED, list(rows.values())).scalars()
        self.run(_FORGET_DEAD, keys=list(missing))
        self.run_many(_OWE, [row for key, row in rows.items() if key in missing])

    def owed(self, *work: Work) -> list[Work]:
        if not work:
            return []
        keys = set(self.run(_STILL_OWED, keys=[item.key for item in work]).scalars())
        return [item for item in work if item.key in keys]

    def next_work_at(self) -> datetime | None:
        times = (self.run(query).scalar() for query in (_NEXT_WAITING, NEXT_DUE))
        return min((at for at in times if at is not None), default=None)

    def dead(self, limit: int) -> list[Dead]:
        return [Dead(*row) for row in self.run(_DEAD, limit=limit)]

    def revive(self, ids: Collection[int], now: datetime) -> int:
        if not ids:
            return 0
        dead = sorted(self.run(_TAKE_DEAD, ids=list(ids)), key=lambda row: int(row.id))
        self.run_many(_REVIVE, [_revived(row._asdict(), now) for row in dead])
        return len(dead)


def _row(item: Work, at: datetime | None) -> dict[str, Any]:
    return {
        "kind": item.kind(),
        "key": short(item.key),
        "lane": short(item.lane),
        "exclusive": item.exclusive,
        "priority": int(item.priority),
        "call_id": item.about,
        "payload": item.payload(),
        "owed_at": _real_now(),
        "available_at": at or EPOCH,
        "ready": at is None,
        "again": False,
        "fence": 0,
        "attempts": 0,
        "error": "",
    }


def _real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _revived(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    del row["id"]  # A new one is given: its old place in its lane is long past.
    anew = {"owed_at": _real_now(), "available_at": now, "ready": True, "attempts": 0}
    return row | anew | {"error": "", "dead_at": None, "again": False}
