"""What time does to the calls it is due for: deadlines, reminders, rings at their time."""

from bot.call.due import due_at, tick
from bot.ledger import Tx
from bot.ringer.base import Verbs
from bot.ringer.effects import record_all

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
        calls = tx.calls(tx.due_calls(now, BATCH))
        due = {call.id: due_at(call, self.rules) for call in calls}
        changes = [tick(call, now, self.rules) for call in calls]
        record_all(tx, changes, self.rules, now)
        # Their due times were stale: without this they would be due for ever.
        tx.save_all([(c.call, c.call, due[c.call.id]) for c in changes if not c.changed])
        return [(now - at).total_seconds() if at else 0.0 for at in due.values()]
