"""What time does to the calls it is due for: deadlines, reminders, rings at their time."""

from bot.call.due import due_at, tick
from bot.ledger import Tx
from bot.ringer.base import Verbs
from bot.ringer.effects import record

BATCH = 200


class Ticking(Verbs):
    async def tick(self) -> int:
        """Do what is due by now, up to a batch of calls; returns how many calls something was due for."""
        ticked = await self.ledger.commit(self._tick_batch)
        for late in ticked:
            self.ticked(late)
        if ticked:
            self.nudge()
        return len(ticked)

    def _tick_batch(self, tx: Tx) -> list[float]:
        """How late each of them was."""
        now = self.clock.now()
        ids = tx.due_calls(now, BATCH)
        return [self._tick_one(tx, call_id) for call_id in ids]

    def _tick_one(self, tx: Tx, call_id: str) -> float:
        now = self.clock.now()
        call = tx.call(call_id)
        if call is None:
            return 0.0
        due = due_at(call, self.rules)
        change = tick(call, now, self.rules)
        record(tx, change, self.rules, now)
        if not change.changed:  # Its due time was stale: without this it would be due for ever.
            tx.save(call, call, due)
        return (now - due).total_seconds() if due else 0.0
