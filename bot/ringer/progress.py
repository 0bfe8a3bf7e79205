"""How a call that was asked for comes about: its people are known, Stream has it and rings them, or it cannot be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.call import meeting, planning, ringing
from bot.call.change import Change, Outcome, changed, ended, nothing, then
from bot.call.frozen import replace
from bot.call.values import Call, CallStatus, EndReason, Member, MemberState
from bot.ledger import Tx
from bot.ringer.base import Verbs, say, say_skipped
from bot.ringer.effects import record
from bot.work import Accept, Claimed, LookAfresh, Prepare, PutCall, RingMembers

WHY_GIVEN_UP = "Something went wrong on my side, so nobody was rung. An admin can look into it with `ringer doctor`."

Decide = Callable[[Tx, Call, datetime], Change]


class Progress(Verbs):
    async def prepared(
        self,
        call_id: str,
        members: tuple[Member, ...],
        *,
        caller_stream_id: str,
        starts_at: datetime | None,
        skipped: tuple[str, ...] = (),
        response_url: str = "",
    ) -> Outcome:
        """Its people (and its time) are known: it is put to Stream."""

        def prepare(tx: Tx, call: Call, now: datetime) -> Change:
            if call.status is not CallStatus.PREPARING or call.member(call.caller).stream_user_id:  # type: ignore[union-attr]
                return nothing(call, Outcome.NOTHING)
            caller = Member(call.caller, caller_stream_id, MemberState.CALLER)
            ready = replace(call, members=(caller, *_answered_before(call, members)), starts_at=starts_at)
            if starts_at is None and ready.ring_by is None:
                ready = replace(ready, ring_by=now + ready.ring_timeout)
            tx.owe(PutCall(call.id))
            say_skipped(tx, skipped, call, call.caller, response_url)
            if (
                starts_at is not None and starts_at > now and response_url
            ):  # By direct message they are told as all who are invited.
                _note(tx, "scheduled_for", call, response_url)
            return changed(call, ready, Outcome.DONE)

        return await self._change(call_id, prepare)

    async def refused(self, call_id: str, why: str, response_url: str = "") -> Outcome:
        """It cannot be carried out as asked; only its typist hears of it, and why."""

        def refuse(tx: Tx, call: Call, now: datetime) -> Change:
            if call.status is not CallStatus.PREPARING:
                return nothing(call, Outcome.NOTHING)
            _note(tx, "refused", call, response_url, why)
            return ended(call, replace(call, why=why), EndReason.REFUSED, now, outcome=Outcome.DONE)

        return await self._change(call_id, refuse)

    async def looked_at(self, call_id: str, gone: Mapping[str, str]) -> Outcome:
        """Its people were looked at afresh, at its time or to be rung again: those who are gone are left out."""

        def leave_out(tx: Tx, call: Call, now: datetime) -> Change:
            change = planning.without(call, gone, now)
            if not change.call.is_over:
                tx.owe(RingMembers(call.id) if call.is_live else PutCall(call.id))
            return change

        return await self._change(call_id, leave_out)

    # --- what Stream answered

    async def put(self, call_id: str, *, rung: Sequence[str] | None) -> Outcome:
        """Stream has the call, and has rung (told) these people; None: it was put down for later."""

        def decide(tx: Tx, call: Call, now: datetime) -> Change:
            if rung is None:
                return planning.scheduled(call, now, self.rules)
            change = ringing.rang(call, now, rung)
            for ahead in ringing.accepted_ahead(call):
                if self._is_elsewhere_since(tx, call, ahead.user, ahead.answered_at or now):
                    change = then(change, meeting.leave(change.call, ahead.user, now))
                else:
                    tx.owe(Accept(call.id, ahead.user, self._leave_others(tx, call, ahead.user, now)))
                    say(tx, Outcome.JOIN, call.team, ahead.user, call_id=call.id)
            return change

        return await self._change(call_id, decide)

    async def not_rung(self, call_id: str, why: str) -> Outcome:
        return await self._change(call_id, lambda tx, call, now: ringing.not_rung(call, why, now))

    def given_up(self, tx: Tx, claimed: Claimed) -> None:
        """What a call waited for before it could ring is done never: its caller hears so."""
        call = tx.call(claimed.work.about) if isinstance(claimed.work, Prepare | LookAfresh | PutCall) else None
        if call is not None:
            now = self.clock.now()
            record(tx, ringing.not_rung(call, WHY_GIVEN_UP, now), self.rules, now)

    async def could_not_ring(self, call_id: str, users: Sequence[str]) -> Outcome:
        return await self._change(call_id, lambda tx, call, now: ringing.could_not_ring(call, users, now))

    async def _change(self, call_id: str, decide: Decide) -> Outcome:
        """One transaction: load the call, decide, write down what follows. OVER: there is no such call (any more)."""

        def change(tx: Tx) -> Outcome:
            now = self.clock.now()
            call = tx.call(call_id)
            if call is None:
                return Outcome.OVER
            decided = decide(tx, call, now)
            record(tx, decided, self.rules, now)
            return decided.outcome

        outcome = await self.ledger.commit(change)
        self.nudge()
        return outcome


def _answered_before(call: Call, members: Sequence[Member]) -> list[Member]:
    """The members as they are known now, with what they have answered already."""
    ahead = {member.user: member for member in ringing.accepted_ahead(call)}
    answers = ((member, ahead.get(member.user)) for member in members)
    return [replace(m, state=said.state, answered_at=said.answered_at) if said else m for m, said in answers]


def _note(tx: Tx, note: str, call: Call, response_url: str, text: str = "") -> None:
    say(tx, note, call.team, call.caller, call_id=call.id, text=text, response_url=response_url)
