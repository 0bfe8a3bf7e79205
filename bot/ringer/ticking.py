"""What time does to the calls it is due for: deadlines, reminders, rings at their time."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from bot.call.due import due_at, tick
from bot.ledger import Tx
from bot.ringer.base import Verbs, runs_out
from bot.ringer.effects import paint_waiting, record_all
from bot.work import Claimed, PaintWaiting

BATCH = 200


@dataclass(frozen=True)
class Ticked:
    done: int
    """Calls that something was due for, and was done."""
    unasked: int = 0
    """Calls left alone: somebody's time to answer is up, and Stream has yet to be asked whether they did."""

    def __bool__(self) -> bool:
        return self.done > 0


class Ticking(Verbs):
    async def tick(self, asked: Collection[str] | None = None) -> Ticked:
        """Do what is due by now, up to a batch of calls.

        `asked`: the calls that Stream was asked about just now; None: it needs not (or cannot) be asked of any.
        """
        late, unasked = await self.ledger.commit(lambda tx: self._tick_batch(tx, asked))
        for seconds in late:
            self.ticked(seconds)
        if late:
            self.nudge()
        return Ticked(len(late), unasked)

    async def paint_waiting(self, claimed: Claimed) -> None:
        """Handles PaintWaiting."""
        call_ids = cast(PaintWaiting, claimed.work).call_ids
        await self.ledger.commit(lambda tx: paint_waiting(tx, tx.calls(call_ids)))
        self.nudge()

    def _tick_batch(self, tx: Tx, asked: Collection[str] | None) -> tuple[list[float], int]:
        """How late each of them was, and how many were left alone."""
        now = self.clock.now()
        due = tx.due_calls(now, BATCH)
        found = tx.calls(due)
        calls = [call for call in found if asked is None or call.id in asked or not runs_out(call, now)]
        changes = [tick(call, now, self.rules) for call in calls]
        record_all(tx, changes, self.rules, now)
        # Their due times were stale: without this they would be due for ever.
        tx.save_all([(c.call, c.call, due_at(c.call, self.rules)) for c in changes if not c.changed])
        return [(now - due[call.id]).total_seconds() for call in calls], len(found) - len(calls)
