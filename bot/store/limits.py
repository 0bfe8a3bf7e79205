"""Rate buckets that all replicas share: GCRA, a row a bucket, held while many at once take from it.

A bucket is full at `full_at`; taking one moves that by the time one takes to grow back. It may be taken from while no
more than its burst is missing. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects.postgresql import insert

from bot.call.values import CLOCKS_DIFFER
from bot.ledger import Full, Want
from bot.store.columns import EPOCH
from bot.store.tables import buckets
from bot.store.transaction import Transaction

# Everybody holds several in the order of their names, so that there is no deadlock.
_HELD = select(buckets).where(buckets.c.name.in_(bindparam("names", expanding=True))).order_by(buckets.c.name)
_HELD_FOR_UPDATE = _HELD.with_for_update()
_THERE = select(buckets.c.name).where(buckets.c.name.in_(bindparam("names", expanding=True)))
_new = insert(buckets)
_MAKE = _new.on_conflict_do_nothing(index_elements=["name"])
_FILL = _new.on_conflict_do_update(index_elements=["name"], set_={"full_at": _new.excluded.full_at})
_HOLD = _new.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "held_until": case(
            (_new.excluded.held_until > buckets.c.held_until, _new.excluded.held_until), else_=buckets.c.held_until
        )
    },
)


@dataclass(frozen=True)
class Bucket:
    name: str
    full_at: datetime = EPOCH
    held_until: datetime = EPOCH

    def wait(self, want: Want, now: datetime) -> float:
        """Seconds until what is wanted is there; 0.0: it is."""
        room = _one(want) * max(want.burst - 1 - want.reserve, 0.0)
        fits = self.full_at <= now + room or self._cannot_be(want, now)
        if fits and self.held_until <= now:
            return 0.0
        return float((max(self.full_at - room, self.held_until) - now).total_seconds())

    def without(self, want: Want, now: datetime) -> "Bucket":
        if self._cannot_be(want, now):
            return replace(self, full_at=now + _one(want) * want.burst)
        return replace(self, full_at=max(self.full_at, now) + _one(want))

    def _cannot_be(self, want: Want, now: datetime) -> bool:
        """It would be full later than any can be: the clock was set back since, and it counts as just emptied."""
        return self.full_at > now + _one(want) * want.burst + CLOCKS_DIFFER


class LimitVerbs(Transaction):
    def take(self, bucket: str, *, per_minute: float, burst: float, now: datetime, reserve: float = 0.0) -> float:
        (full,) = self.take_each([[Want(bucket, per_minute, burst, reserve)]], now)
        return full.wait if full else 0.0

    def take_each(self, wanted: Sequence[Sequence[Want]], now: datetime) -> list[Full | None]:
        there = self._held({want.bucket for each in wanted for want in each})
        before = dict(there)
        came = [_take(there, each, now) for each in wanted]
        self.run_many(_FILL, [_row(each) for name, each in sorted(there.items()) if each != before[name]])
        return came

    def _held(self, wanted: Iterable[str]) -> dict[str, Bucket]:
        names = sorted(wanted)
        if self._on_postgres:  # Where there is one writer, nobody else makes them meanwhile.
            self._make_missing(names)
        held = {row.name: Bucket(*row) for row in self.run(self._find, names=names)}
        return {name: Bucket(name) for name in names} | held

    def _make_missing(self, names: list[str]) -> None:
        """Before any is held. Who held some already might be waited for by the maker of a new one, and wait for it: it
        takes Postgres a second to notice."""
        there = set(self.run(_THERE, names=names).scalars())
        self.run_many(_MAKE, [_row(Bucket(name)) for name in names if name not in there])

    @property
    def _find(self) -> Any:
        return _HELD_FOR_UPDATE if self._on_postgres else _HELD

    def hold(self, bucket: str, until: datetime) -> None:
        self.run(_HOLD, **_row(Bucket(bucket, held_until=until)))


def _take(there: dict[str, Bucket], wanted: Sequence[Want], now: datetime) -> Full | None:
    """One from each of these, or from none."""
    for want in wanted:
        if wait := there[want.bucket].wait(want, now):
            return Full(want.bucket, wait)
    for want in wanted:
        there[want.bucket] = there[want.bucket].without(want, now)
    return None


def _one(want: Want) -> timedelta:
    """How long one takes to grow back."""
    return timedelta(minutes=1) / want.per_minute


def _row(bucket: Bucket) -> dict[str, object]:
    return {"name": bucket.name, "full_at": bucket.full_at, "held_until": bucket.held_until}
