"""The worker's side of owed work: claimed under a lease, finished, put back or buried.

Lanes. A row may be claimed unless another row of its lane is in its way, where at least one of the two is exclusive:
an earlier one (waiting, held or not; but not dead), or any that is held. Claims come one at a time: on SQLite there is
one writer, on Postgres each holds a lock until its commit, so that each sees all leases given before it. Whatever else
happens meanwhile (finished, put back, owed) only takes rows out of the way, or adds them behind.

Leases run in real time, by the database's clock where it has one. A lease that has run out stays written in its row
until somebody else claims it: until then its holder may still finish.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, func, not_, or_, select
from sqlalchemy.sql.expression import FromClause

from bot.store.columns import EPOCH, Instant, Span
from bot.store.real_time import real_now
from bot.store.tables import work
from bot.store.transaction import Transaction
from bot.work import KINDS, Claimed

CLAIMING = 0x52494E47
"""The key of the advisory lock that claims on Postgres take turns by ("RING")."""


def may_be_claimed(row: FromClause) -> ColumnElement[bool]:
    other = work.alias("other")
    in_the_way = select(other.c.id).where(
        other.c.lane == row.c.lane,
        other.c.dead_at.is_(None),
        other.c.id != row.c.id,
        or_(other.c.exclusive, row.c.exclusive),
        or_(other.c.id < row.c.id, other.c.leased_until > real_now()),
    )
    free = or_(row.c.leased_until.is_(None), row.c.leased_until <= real_now())
    return and_(row.c.ready.is_(True), free, not_(in_the_way.exists()))


_TAKE_TURN = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))

_waiting = work.alias("waiting")
_READY = (
    work.update()
    .where(
        work.c.id.in_(
            select(_waiting.c.id)
            .where(
                _waiting.c.ready.is_(False), _waiting.c.dead_at.is_(None), _waiting.c.available_at <= bindparam("now")
            )
            .with_for_update(skip_locked=True)
        )
    )
    .values(ready=True)
)

_candidate = work.alias("candidate")
_chosen = (
    select(_candidate.c.id)
    .where(may_be_claimed(_candidate))
    .order_by(_candidate.c.priority, _candidate.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=_candidate, skip_locked=True)
    .cte("chosen")
)
_CLAIM = (
    work.update()
    .where(work.c.id.in_(select(_chosen.c.id)))
    .values(
        leased_until=real_now() + bindparam("lease", type_=Span),
        fence=work.c.fence + 1,
        attempts=work.c.attempts + 1,
        again=False,
    )
    .returning(work.c.id, work.c.kind, work.c.payload, work.c.fence, work.c.attempts, work.c.priority)
)

_held_by_them = and_(
    work.c.id == bindparam("of_id"), work.c.fence == bindparam("of_fence"), work.c.leased_until.is_not(None)
)
_DONE_WITH = (
    select(work.c.id, work.c.fence)
    .where(work.c.id.in_(bindparam("ids", expanding=True)), work.c.leased_until.is_not(None), not_(work.c.again))
    .with_for_update(skip_locked=True)
)
_FINISH_ALL = work.delete().where(work.c.id.in_(bindparam("ids", expanding=True)))
_FINISH = work.delete().where(_held_by_them, not_(work.c.again))
_ONCE_MORE = (
    work.update()
    .where(_held_by_them, work.c.again)
    .values(leased_until=None, again=False, ready=work.c.available_at == EPOCH, attempts=0, error="")
)
_PUT_BACK = (
    work.update()
    .where(_held_by_them)
    .values(
        leased_until=None,
        again=False,
        # Owed once more meanwhile: that does not wait for what stood in the way of the last try.
        ready=and_(work.c.again, work.c.available_at == EPOCH),
        available_at=case((work.c.again, work.c.available_at), else_=bindparam("at", type_=Instant)),
        attempts=work.c.attempts - bindparam("uncounted"),
        error=case((bindparam("why") == "", work.c.error), else_=bindparam("why")),
    )
)
_BURY = (
    work.update()
    .where(_held_by_them, not_(work.c.again))
    .values(leased_until=None, ready=False, error=bindparam("why"), dead_at=bindparam("now"))
)


NEWER_LOOKS = timedelta(minutes=1)
NEWER_AFTER = 60
"""Work of a newer version is left alone for so long, so many times."""


class ClaimVerbs(Transaction):
    def claim(self, now: datetime, limit: int, lease_seconds: float) -> list[Claimed]:
        if self._on_postgres:
            self.run(_TAKE_TURN, key=CLAIMING)
        self.run(_READY, now=now)
        rows = self.run(_CLAIM, limit=limit, lease=timedelta(seconds=lease_seconds))
        claimed = (self._claimed(row, now) for row in sorted(rows, key=lambda row: (row.priority, row.id)))
        return [one for one in claimed if one is not None]

    def _claimed(self, row: Any, now: datetime) -> Claimed | None:
        """None if this version of the program cannot tell what it is. A newer one may be taking its place: it is left
        to that one for an hour, and then buried."""
        try:
            owed = KINDS[row.kind].from_payload(row.payload)
        except (KeyError, TypeError) as error:
            its, why = {"of_id": row.id, "of_fence": row.fence}, f"This version does not know such work: {error!r}"
            if row.attempts < NEWER_AFTER:
                self.run(_PUT_BACK, **its, at=now + NEWER_LOOKS, why=why, uncounted=0)
            else:
                self.run(_BURY, **its, why=why, now=now)
            return None
        return Claimed(row.id, owed, row.fence, row.attempts)

    def finish_all(self, claimed: Collection[Claimed]) -> set[int]:
        """Nobody waits for a row here while holding others, so that there is no deadlock."""
        fences = {one.id: one.fence for one in claimed}
        done = [row.id for row in self.run(_DONE_WITH, ids=list(fences)) if row.fence == fences[row.id]]
        if done:
            self.run(_FINISH_ALL, ids=done)
        return set(done)

    def finish(self, claimed: Claimed) -> bool:
        return self._ended(_FINISH, claimed) or self._ended(_ONCE_MORE, claimed)

    def put_back(self, claimed: Claimed, at: datetime, error: str = "", *, counts: bool = True) -> bool:
        return self._ended(_PUT_BACK, claimed, at=at, why=error, uncounted=0 if counts else 1)

    def bury(self, claimed: Claimed, error: str, now: datetime) -> bool:
        is_dead = self._ended(_BURY, claimed, why=error, now=now)
        if not is_dead:
            self._ended(_ONCE_MORE, claimed)
        return is_dead

    def _ended(self, statement: Any, claimed: Claimed, **values: object) -> bool:
        return self.run(statement, of_id=claimed.id, of_fence=claimed.fence, **values).rowcount == 1
