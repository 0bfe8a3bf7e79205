"""What came in from outside: kept once, applied later. And the commands typed twice."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from bot.ledger import Delivery, SetAside
from bot.store.tables import commands, inbox
from bot.store.transaction import Transaction, short, shorts

_KEEP = insert(inbox).on_conflict_do_nothing(index_elements=["key"])
_UNAPPLIED = (
    select(inbox.c.key, inbox.c.body, inbox.c.received_at)
    .where(inbox.c.applied_at.is_(None))
    .order_by(inbox.c.id)
    .limit(bindparam("limit"))
)
_UNAPPLIED_HELD = _UNAPPLIED.with_for_update(skip_locked=True)
_APPLIED = (
    inbox.update()
    .where(inbox.c.key.in_(bindparam("keys", expanding=True)))
    .values(applied_at=bindparam("now"), error=bindparam("why"))
)
_NOT_APPLIED = inbox.c.error != ""
_SET_ASIDE = select(func.count()).where(_NOT_APPLIED)
_LAST_SET_ASIDE = select(inbox.c.received_at, inbox.c.error).where(_NOT_APPLIED).order_by(inbox.c.id.desc()).limit(1)

_command = insert(commands)
_FIRST_OF = _command.on_conflict_do_update(
    index_elements=["key"],
    set_={"call_id": _command.excluded.call_id, "at": _command.excluded.at},
    where=commands.c.at <= bindparam("long_ago"),
).returning(commands.c.call_id)
_FIRST = select(commands.c.call_id).where(commands.c.key == bindparam("key"))


class InboxVerbs(Transaction):
    def keep_all(self, deliveries: Sequence[Delivery]) -> int:
        rows: list[dict[str, object]] = [
            {"key": short(one.key), "body": one.body, "received_at": one.received_at, "error": ""} for one in deliveries
        ]
        return self.run_many(_KEEP, rows).rowcount

    def unapplied(self, limit: int) -> list[Delivery]:
        rows = self.run(_UNAPPLIED_HELD if self._writing else _UNAPPLIED, limit=limit)
        return [Delivery(key, bytes(body), received_at) for key, body, received_at in rows]

    def applied(self, keys: Collection[str], now: datetime, error: str = "") -> None:
        if keys:
            self.run(_APPLIED, keys=shorts(keys), now=now, why=error)

    def set_aside(self) -> SetAside:
        """Looks through all that was kept: for a doctor, not for every day."""
        last = self.run(_LAST_SET_ASIDE).one_or_none()
        return SetAside(int(self.run(_SET_ASIDE).scalar_one()), *last) if last else SetAside(0)

    def first_of(self, key: str, value: str, now: datetime, within: timedelta) -> str:
        key = short(key)
        first = self.run(_FIRST_OF, key=key, call_id=value, at=now, long_ago=now - within).scalar()
        return str(first if first is not None else self.run(_FIRST, key=key).scalar_one())
