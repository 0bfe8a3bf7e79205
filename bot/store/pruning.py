"""Forgetting what is long over."""

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, or_, select

from bot.store.tables import (
    buckets,
    calls,
    commands,
    cookies,
    homes,
    inbox,
    links,
    members,
    messages,
    people,
    timeline,
    work,
)
from bot.store.transaction import Transaction

AT_ONCE = 500
"""Calls and deliveries forgotten in one transaction: the next one takes the next, so that nobody waits long for it."""

_before: BindParameter[datetime] = bindparam("before")
_ENDED = (
    select(calls.c.id)
    .where(calls.c.ended_at < _before)
    .order_by(calls.c.ended_at)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)
_ids: BindParameter[list[str]] = bindparam("ids", expanding=True)
_OWNED = (members, timeline, messages, work, links, cookies)
_OF_CALLS = [table.delete().where(table.c.call_id.in_(_ids)) for table in _OWNED]
_CALLS = calls.delete().where(calls.c.id.in_(_ids))
_LONG_APPLIED = select(inbox.c.id).where(inbox.c.applied_at < _before).order_by(inbox.c.applied_at).limit(AT_ONCE)
_APPLIED = inbox.delete().where(inbox.c.id.in_(_LONG_APPLIED))
_ALONE = [
    people.delete().where(or_(people.c.fetched_at < _before, people.c.fetched_at.is_(None))),
    homes.delete().where(homes.c.opened_at < _before),
    commands.delete().where(commands.c.at < _before),
    buckets.delete().where(buckets.c.full_at < _before, buckets.c.held_until < _before),
    work.delete().where(work.c.dead_at < _before),
]


class PruneVerbs(Transaction):
    def prune(self, before: datetime) -> bool:
        ids = list(self.run(_ENDED, before=before).scalars())
        if ids:
            for statement in (*_OF_CALLS, _CALLS):
                self.run(statement, ids=ids)
        for statement in _ALONE:
            self.run(statement, before=before)
        applied = self.run(_APPLIED, before=before).rowcount
        return max(len(ids), applied) >= AT_ONCE
