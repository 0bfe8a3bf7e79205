"""Slack's rate limits: whose turn it is, in buckets that all replicas share, and who has to wait for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.batch import Batch
from bot.ledger import Clock, Full, Ledger, Tx, Want
from bot.work import IN_HAND, Priority

TURNS_AT_MOST = 200
"""Those who wait are remembered, and forgotten when more than this many are."""


@dataclass(frozen=True)
class Bucket:
    name: str
    per_minute: float
    burst: float
    shared: bool = False
    """By the whole workspace: what is less urgent leaves some of it to what is more."""

    def wanted(self, urgency: Priority) -> Want:
        reserve = self.burst * LEFT_TO_OTHERS[urgency] if self.shared else 0.0
        return Want(self.name, self.per_minute, self.burst, reserve)


LEFT_TO_OTHERS = {
    Priority.RELAY: 0.0,
    Priority.DEAD_BUTTONS: 0.0,
    Priority.DIRECT_MESSAGE: 0.1,
    Priority.CARD: 0.4,
    Priority.THREAD: 0.6,
    Priority.HOME: 0.8,
}
"""How much of a shared bucket's burst work of each priority leaves in it. Few people at once never come near it: a
card that waits when nothing else does would be stale for nothing."""


class Turns:
    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._taking = Batch(self._take_each, name="taking turns")
        self._lines: dict[tuple[str, Priority], datetime] = {}
        """When the last of those who wait for a bucket has its turn."""
        self._turns: dict[tuple[str, str], datetime] = {}
        """When each of them has its own: by bucket, and the work's key."""

    async def take(self, buckets: Sequence[Bucket]) -> float:
        """One from each bucket, or from none. 0.0: it is your turn; else the seconds to wait for it."""
        if not buckets:
            return 0.0
        in_hand = IN_HAND.get()
        urgency = Priority(in_hand.work.priority) if in_hand else Priority.RELAY
        full = await self._taking.do([bucket.wanted(urgency) for bucket in buckets])
        if full is None:
            return 0.0
        (bucket,) = (bucket for bucket in buckets if bucket.name == full.bucket)
        return self._in_line(bucket, urgency, full.wait, in_hand.work.key if in_hand else "")

    async def _take_each(self, wanted: Sequence[Sequence[Want]]) -> list[Full | None]:
        """Twenty-five people rung at once ask at once: in one transaction, which reads the shared bucket once."""
        return await self._ledger.commit(lambda tx: tx.take_each(wanted, self._clock.now()))

    def _in_line(self, bucket: Bucket, urgency: Priority, wait: float, whose: str) -> float:
        """Those who wait for the same bucket come back one by one, not all at once for the one that has grown back.
        Whoever asks again before their turn keeps it."""
        now, one = self._clock.now(), timedelta(minutes=1) / bucket.per_minute
        free = now + timedelta(seconds=wait)
        turn = self._turns.get((bucket.name, whose), now) if whose else now
        if turn <= now:
            last = self._lines.get((bucket.name, urgency), now)
            turn = self._lines[(bucket.name, urgency)] = max(free, last + one) if last > now else free
            self._turns[(bucket.name, whose)] = turn
            self._forget_turns(now)
        return (max(turn, free) - now).total_seconds()

    def _forget_turns(self, now: datetime) -> None:
        if len(self._turns) > TURNS_AT_MOST:
            self._turns = {whose: turn for whose, turn in self._turns.items() if turn > now}
            self._lines = {line: last for line, last in self._lines.items() if last > now}

    async def hold(self, buckets: Sequence[Bucket], seconds: float) -> None:
        """https://docs.slack.dev/apis/web-api/rate-limits: a 429 closes the method for the whole workspace."""

        def hold(tx: Tx) -> None:
            until = self._clock.now() + timedelta(seconds=seconds)
            for bucket in buckets:
                tx.hold(bucket.name, until)

        await self._ledger.commit(hold)
