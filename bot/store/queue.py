"""What is owed, in numbers, for whoever watches: read from the partial indexes, whatever the tables have kept."""

from datetime import datetime

from sqlalchemy import case, func, select

from bot.ledger import Queue
from bot.store.real_time import NOW, real_now
from bot.store.tables import inbox, work
from bot.store.transaction import Transaction
from bot.store.work import NEXT_DUE

_state = case((work.c.leased_until > real_now(), "held"), (work.c.ready.is_(True), "ready"), else_="waiting")
_OWED = (
    select(work.c.kind, _state.label("state"), func.count().label("depth"), func.min(work.c.owed_at).label("since"))
    .where(work.c.dead_at.is_(None))
    .group_by(work.c.kind, _state)
)
_DEAD = select(work.c.kind, func.count()).where(work.c.dead_at.is_not(None)).group_by(work.c.kind)
_UNAPPLIED = select(func.count()).select_from(inbox).where(inbox.c.applied_at.is_(None))
_UNAPPLIED_SINCE = select(inbox.c.received_at).where(inbox.c.applied_at.is_(None)).order_by(inbox.c.id).limit(1)


class QueueVerbs(Transaction):
    def queue(self, now: datetime) -> Queue:
        really: datetime = self.run(NOW).scalar_one()
        depth: dict[str, dict[str, int]] = {}
        ages: dict[str, float] = {}
        for kind, state, count, since in self.run(_OWED):
            depth.setdefault(kind, {})[state] = count
            ages[kind] = max(ages.get(kind, 0.0), (really - since).total_seconds())
        received = self.run(_UNAPPLIED_SINCE).scalar()
        due = self.run(NEXT_DUE).scalar()
        return Queue(
            depth_by_kind=depth,
            ages=ages,
            dead={kind: count for kind, count in self.run(_DEAD)},
            unapplied=int(self.run(_UNAPPLIED).scalar_one()),
            unapplied_age=max(0.0, (really - received).total_seconds()) if received else 0.0,
            overdue=max(0.0, (now - due).total_seconds()) if due else 0.0,
        )
