"""What people press on a plan: that they can or cannot make it, remind me later, and its caller's edits."""

from datetime import datetime

from bot.call import planning
from bot.call.change import Change, Outcome, nothing
from bot.call.values import Call, CallStatus, Member
from bot.ledger import Tx
from bot.ringer.base import say, say_skipped
from bot.ringer.press import Press
from bot.ringer.presses import SILENT, Presses
from bot.work import PrepareEdit, UpdateCall

EDITS_PER_MINUTE = 5
"""Of one plan: each is a message to everybody in it."""


class Plans(Presses):
    async def cant_make_it(self, call_id: str, press: Press) -> Outcome:
        return await self._press(call_id, press, lambda call, now: planning.cant_make_it(call, press.user, now))

    async def can_make_it(self, call_id: str, press: Press) -> Outcome:
        return await self._press(
            call_id, press, lambda call, now: planning.can_make_it(call, press.user, now, self.rules)
        )

    async def snooze(self, call_id: str, press: Press) -> Outcome:
        return await self._press(call_id, press, lambda call, now: planning.snooze(call, press.user, now))

    async def edit(self, call_id: str, press: Press, users: tuple[str, ...], topic: str, at: float) -> Outcome:
        """Change a plan. Who the people are is found out first (`edited`)."""

        def decide(call: Call, now: datetime) -> Change:
            if press.user != call.caller:
                return nothing(call, Outcome.NOT_THE_CALLER)
            if call.status is not CallStatus.SCHEDULED:
                return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
            return nothing(call, Outcome.DONE)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is not Outcome.DONE:
                return
            if tx.take(f"edits {call_id}", per_minute=EDITS_PER_MINUTE, burst=EDITS_PER_MINUTE, now=now):
                self._answer(tx, "edited_too_often", press, call_id)
            else:
                tx.owe(PrepareEdit(call_id, press.user, users, topic, at, press.response_url))

        return await self._press(call_id, press, decide, follow)

    async def edited(
        self,
        call_id: str,
        user: str,
        members: tuple[Member, ...],
        *,
        starts_at: datetime,
        topic: str,
        skipped: tuple[str, ...] = (),
        response_url: str = "",
    ) -> Outcome:
        def decide(call: Call, now: datetime) -> Change:
            return planning.edit(call, user, now, self.rules, starts_at=starts_at, topic=topic, people=members)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            say_skipped(tx, skipped, change.call, user, response_url)
            if change.outcome is not Outcome.DONE:
                return
            tx.owe(UpdateCall(call_id))
            for member in change.before.callees:
                if change.call.member(member.user) is None:
                    say(tx, "taken_out", change.call.team, member.user, call_id=call_id)

        press = await self._press_of(call_id, user, response_url)
        return await self._press(call_id, press, decide, follow, silent=SILENT | {Outcome.NOTHING})
