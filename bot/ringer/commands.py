"""What people ask for: a call now or later, rung or only told of, and what becomes of it once its people are known."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.call import planning, ringing
from bot.call.change import Change, Outcome, changed, ended, nothing
from bot.call.ids import new_id
from bot.call.values import Call, CallKind, CallStatus, EndReason, Member, MemberState
from bot.ledger import Tx
from bot.ringer.base import pressed, say
from bot.ringer.effects import record
from bot.ringer.press import Asked, Begun, Cancelled, How, Press
from bot.ringer.presses import Presses
from bot.work import Accept, Prepare, PublishHome, PutCall

SAME_COMMAND = timedelta(seconds=10)
"""The same words from the same person in the same place within this long are the same call."""
RECENT = timedelta(days=7)
LISTED_AT_MOST = 30


class _TooMany(Exception):
    """Raised inside a transaction to undo it: enough calls were begun for a minute."""

    def __init__(self, how: How) -> None:
        self.how = how


class Commands(Presses):
    async def ask(self, asked: Asked, *, answer: bool = False) -> Begun:
        """A call was asked for. Durable when this returns; its people are found out, and rung, by the worker.

        `answer`: whoever asked is told by the ringer what becomes of it, unless they have begun too many.
        """

        def begin(tx: Tx) -> Begun:
            begun = self._begin(tx, asked)
            if answer and begun.how is not How.GLARE:
                _answer(tx, begun, asked)
            return begun

        try:
            begun = await self.ledger.commit(begin)
        except _TooMany as enough:
            begun = Begun("", enough.how)
        else:
            self.nudge()
        self.commanded(asked.kind.value, begun.how.value)
        return begun

    def _begin(self, tx: Tx, asked: Asked) -> Begun:
        now = self.clock.now()
        if answered := self._answers_their_ring(tx, asked, now):
            return answered
        call_id = new_id()
        first = tx.first_of(_same(asked), call_id, now, SAME_COMMAND)
        if first != call_id:
            return Begun(first, How.SAME_AS_BEFORE)
        self._check_limits(tx, asked, now)
        call = self._new_call(call_id, asked, now)
        tx.add_call(call, call.ring_by)
        tx.owe(_prepare(call_id, asked))
        if asked.when or asked.at is not None:
            return Begun(call_id, How.SCHEDULING)
        return Begun(call_id, How.NOTIFYING if asked.kind is CallKind.NOTIFY else How.RINGING)

    def _check_limits(self, tx: Tx, asked: Asked, now: datetime) -> None:
        since = now - timedelta(minutes=1)
        theirs, everybodys = self.rings_per_minute, self.rings_per_minute_workspace
        if theirs and tx.commands_since(asked.team, asked.user, since) >= theirs:
            raise _TooMany(How.RATE_LIMITED)
        if everybodys and tx.all_commands_since(asked.team, since) >= everybodys:
            raise _TooMany(How.WORKSPACE_LIMITED)

    def _answers_their_ring(self, tx: Tx, asked: Asked, now: datetime) -> Begun | None:
        """When A is ringing B alone and B rings A alone, that is B's Accept."""
        plain = not (asked.groups or asked.when) and asked.at is None and asked.kind is CallKind.RING
        if not plain or len(asked.users) != 1:
            return None
        call_id = tx.ringing_alone(asked.team, asked.users[0], asked.user)
        call = tx.call(call_id) if call_id else None
        if call is None:
            return None
        if call.status is CallStatus.PREPARING:
            return self._accepts_ahead(tx, call, asked, now)
        change = ringing.accept(call, asked.user, now)
        if change.outcome is not Outcome.ACCEPTED:
            return None
        self._relay_accept(tx, change, asked.user, now)
        record(tx, change, self.rules, now)
        say(tx, Outcome.JOIN, asked.team, asked.user, call_id=call.id, response_url=asked.response_url)
        return Begun(call.id, How.GLARE)

    def _accepts_ahead(self, tx: Tx, call: Call, asked: Asked, now: datetime) -> Begun | None:
        """Stream does not have their call yet: the accept, and the way in, follow when it does (`put`)."""
        change = ringing.accept_ahead(call, asked.user, now)
        if change.outcome is not Outcome.ACCEPTED or Asked.from_json(call.asked).groups:
            return None
        record(tx, change, self.rules, now)
        return Begun(call.id, How.GLARE)

    def _new_call(self, call_id: str, asked: Asked, now: datetime) -> Call:
        timeout = timedelta(seconds=asked.ring_timeout) if asked.ring_timeout else self.rules.ring_timeout
        later = bool(asked.when) or asked.at is not None
        named = tuple(Member(user) for user in asked.users if user != asked.user)
        return Call(
            id=call_id,
            type=self.call_type,
            team=asked.team,
            channel=asked.notify_channel or asked.channel,
            caller=asked.user,
            kind=asked.kind,
            created_at=now,
            ring_timeout=timeout,
            topic=asked.topic,
            video=asked.video,
            members=(Member(asked.user, state=MemberState.CALLER), *named),
            ring_by=None if later else now + timeout,
            to_channel=bool(asked.notify_channel),
            asked=asked.to_json(),
        )

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
            if skipped:
                _note(tx, "skipped", call, response_url, "\n".join(skipped))
            if starts_at is not None and response_url:  # By direct message they are told as all who are invited.
                _note(tx, "scheduled_for", call, response_url)
            return changed(call, ready, Outcome.DONE)

        change = await self._change(call_id, prepare)
        return change.outcome if change else Outcome.OVER

    async def refused(self, call_id: str, why: str, response_url: str = "") -> Outcome:
        """It cannot be carried out as asked; only its typist hears of it, and why."""

        def refuse(tx: Tx, call: Call, now: datetime) -> Change:
            if call.status is not CallStatus.PREPARING:
                return nothing(call, Outcome.NOTHING)
            _note(tx, "refused", call, response_url, why)
            return ended(call, replace(call, why=why), EndReason.REFUSED, now, outcome=Outcome.DONE)

        change = await self._change(call_id, refuse)
        return change.outcome if change else Outcome.OVER

    async def looked_at(self, call_id: str, gone: Mapping[str, str]) -> Outcome:
        """Its time has come, and its people were looked at afresh: it is put to Stream without those who are gone."""

        def leave_out(tx: Tx, call: Call, now: datetime) -> Change:
            change = planning.without(call, gone, now)
            if not change.call.is_over:
                tx.owe(PutCall(call.id))
            return change

        change = await self._change(call_id, leave_out)
        return change.outcome if change else Outcome.OVER

    # --- what Stream answered

    async def put(self, call_id: str, *, rung: Sequence[str] | None) -> Outcome:
        """Stream has the call, and has rung (told) these people; None: it was put down for later."""

        def decide(tx: Tx, call: Call, now: datetime) -> Change:
            if rung is None:
                return planning.scheduled(call, now, self.rules)
            for ahead in ringing.accepted_ahead(call):
                tx.owe(Accept(call.id, ahead.user, self._leave_others(tx, call, ahead.user, now)))
                say(tx, Outcome.JOIN, call.team, ahead.user, call_id=call.id)
            return ringing.rang(call, now, rung)

        change = await self._change(call_id, decide)
        return change.outcome if change else Outcome.OVER

    async def not_rung(self, call_id: str, why: str) -> Outcome:
        change = await self._change(call_id, lambda tx, call, now: ringing.not_rung(call, why, now))
        return change.outcome if change else Outcome.OVER

    async def could_not_ring(self, call_id: str, users: Sequence[str]) -> Outcome:
        change = await self._change(call_id, lambda tx, call, now: ringing.could_not_ring(call, users, now))
        return change.outcome if change else Outcome.OVER

    # --- the same again

    async def _afresh(self, call: Call, press: Press) -> Outcome:
        """Ring the same people in a new call; pressed twice within a few seconds, once."""
        asked = _as_it_became(Asked.from_json(call.asked), call)
        again = replace(
            asked, when="", at=None, response_url=press.response_url, text=f"again:{call.id}", user=press.user
        )
        return await self._ask_from(press, again, call.id)

    async def try_again(self, call_id: str, press: Press) -> Outcome:
        call = await self.call(call_id)
        if call is None or call.caller != press.user or not call.is_over:
            return await self.join(call_id, press)
        return await self._afresh(call, press)

    async def call_back(self, call_id: str, press: Press) -> Outcome:
        """Ring whoever rang the presser, in a new call; while the old one lives, join it instead."""
        call = await self.call(call_id)
        if call is None or call.member(press.user) is None or not call.is_over:
            return await self.join(call_id, press)
        asked = Asked(
            team=call.team,
            user=press.user,
            channel=press.channel or press.user,
            users=(call.caller,),
            topic=call.topic,
            video=call.video,
            response_url=press.response_url,
            text=f"back:{call.id}",
        )
        return await self._ask_from(press, asked, call.id)

    async def _ask_from(self, press: Press, asked: Asked, call_id: str) -> Outcome:
        def remember(tx: Tx) -> None:
            pressed(tx, press, self.clock.now())

        await self.ledger.commit(remember)
        begun = await self.ask(asked, answer=True)

        def too_many(tx: Tx) -> None:
            _answer(tx, Begun(call_id, begun.how), asked)

        if begun.how.is_too_many:
            await self.ledger.commit(too_many)
            self.nudge()
        return Outcome.DONE

    # --- what they have

    async def calls_of(self, team: str, user: str) -> list[Call]:
        """Their open calls and those of the last week, newest first."""
        since = self.clock.now() - RECENT
        calls = await self.ledger.look(lambda tx: tx.calls_of(team, user, since, LISTED_AT_MOST))
        return [call for call in calls if call.end_reason is not EndReason.REFUSED]

    async def cancel_outgoing(self, team: str, user: str) -> Cancelled:
        """Cancel the one ring they have out; with several (or only plans), the caller of this asks which."""
        called = [call for call in await self.calls_of(team, user) if call.caller == user]
        mine = [call for call in called if _may_cancel(call)]
        live = [call for call in called if call.is_live]
        if not mine and len(live) == 1:
            return Cancelled(too_late=live[0])
        rings = [call for call in mine if call.status is not CallStatus.SCHEDULED]
        if len(rings) != 1:
            return Cancelled(None, tuple(mine))
        outcome = await self.cancel(rings[0].id, Press(team, user))
        return Cancelled(rings[0], ()) if outcome is Outcome.CANCELLED else Cancelled(None, ())

    async def home_opened(self, team: str, user: str) -> None:
        def opened(tx: Tx) -> None:
            tx.opened_home(team, user, self.clock.now())
            tx.owe(PublishHome(team, user))

        await self.ledger.commit(opened)
        self.nudge()


def _as_it_became(asked: Asked, call: Call) -> Asked:
    """Edited, or with people added, it is another than was asked for; where they were never found out, it is not."""
    if call.to_channel or not any(callee.stream_user_id for callee in call.callees):
        return asked
    return replace(asked, users=tuple(callee.user for callee in call.callees), groups=(), topic=call.topic)


def _answered_before(call: Call, members: Sequence[Member]) -> list[Member]:
    """The members as they are known now, with what they have answered already."""
    ahead = {member.user: member for member in ringing.accepted_ahead(call)}
    answers = ((member, ahead.get(member.user)) for member in members)
    return [replace(m, state=said.state, answered_at=said.answered_at) if said else m for m, said in answers]


def _same(asked: Asked) -> str:
    parts = (asked.team, asked.user, asked.channel, asked.kind, " ".join(asked.text.split()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _answer(tx: Tx, begun: Begun, asked: Asked) -> None:
    """Where they asked for it; a user's id is no conversation to show them anything in."""
    channel = "" if asked.channel.startswith(("U", "W")) else asked.channel
    say(
        tx,
        begun.how,
        asked.team,
        asked.user,
        call_id=begun.call_id,
        response_url=asked.response_url,
        channel=channel,
    )


def _prepare(call_id: str, asked: Asked) -> Prepare:
    return Prepare(
        call_id,
        users=asked.users,
        groups=asked.groups,
        channel=asked.notify_channel,
        when=asked.when,
        at=asked.at,
        response_url=asked.response_url,
    )


def _note(tx: Tx, note: str, call: Call, response_url: str, text: str = "") -> None:
    say(tx, note, call.team, call.caller, call_id=call.id, text=text, response_url=response_url)


def _may_cancel(call: Call) -> bool:
    return call.status in (CallStatus.PREPARING, CallStatus.RINGING, CallStatus.SCHEDULED)
