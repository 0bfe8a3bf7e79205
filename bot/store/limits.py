"""Rate buckets that all replicas share: GCRA, one row a bucket, one statement a take.

A bucket is full at `full_at`; taking one moves that by the time one takes to grow back. It may be taken from while no
more than its burst is missing. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, or_, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.columns import EPOCH, Instant, Span
from bot.store.tables import buckets
from bot.store.transaction import Transaction

CLOCKS_DIFFER = timedelta(minutes=1)
"""By less than this, among replicas."""

_now = bindparam("now", type_=Instant)
_never = bindparam("never", type_=Instant)
"""Later than a bucket can be full: the clock was set back since, and it counts as just emptied."""
_new = insert(buckets)
_TAKE = _new.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "full_at": case(
            (buckets.c.full_at > _never, bindparam("empty", type_=Instant)),
            (buckets.c.full_at > _now, buckets.c.full_at + bindparam("one", type_=Span)),
            else_=_new.excluded.full_at,
        )
    },
    where=and_(
        buckets.c.held_until <= _now,
        or_(buckets.c.full_at <= bindparam("room_until", type_=Instant), buckets.c.full_at > _never),
    ),
).returning(buckets.c.full_at)
_STATE = select(buckets.c.full_at, buckets.c.held_until).where(buckets.c.name == bindparam("name"))
_HOLD = _new.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "held_until": case(
            (_new.excluded.held_until > buckets.c.held_until, _new.excluded.held_until), else_=buckets.c.held_until
        )
    },
)


class LimitVerbs(Transaction):
    def take(self, bucket: str, *, per_minute: float, burst: float, now: datetime, reserve: float = 0.0) -> float:
        one = timedelta(minutes=1) / per_minute
        room = one * max(burst - 1 - reserve, 0.0)
        taken = self.run(
            _TAKE,
            name=bucket,
            full_at=now + one,
            held_until=EPOCH,
            now=now,
            one=one,
            room_until=now + room,
            empty=now + one * burst,
            never=now + one * burst + CLOCKS_DIFFER,
        ).scalar()
        if taken is not None:
            return 0.0
        full_at, held_until = self.run(_STATE, name=bucket).one()
        return float((max(full_at - room, held_until) - now).total_seconds())

    def hold(self, bucket: str, until: datetime) -> None:
        self.run(_HOLD, name=bucket, full_at=EPOCH, held_until=until)
