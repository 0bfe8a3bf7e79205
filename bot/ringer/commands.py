"""What people ask for: a call now or later, rung or only told of; and those they have."""

import hashlib
from datetime import datetime, timedelta

from bot.call import answering
from bot.call.change import Outcome
from bot.call.due import due_at
from bot.call.ids import new_id
from bot.call.values import Call, CallKind, CallStatus, Member, MemberState
from bot.ledger import Tx
from bot.ringer.base import say
from bot.ringer.effects import record
from bot.ringer.press import Asked, Begun, Cancelled, How, Press
from bot.ringer.presses import Presses
from bot.work import Prepare, PublishHome

SAME_COMMAND = timedelta(seconds=10)
"""The same words from the same person in the same place within this long are the same call, while that goes on."""
LOOKED_AT_MOST = 1000
"""Open calls of one person: far more than are shown, so that the others can be counted."""


class TooMany(Exception):
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
                say_how(tx, begun, asked)
            return begun

        try:
            begun = await self.ledger.commit(begin)
        except TooMany as enough:
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
        if before := self._same_as_before(tx, asked, call_id, now):
            return Begun(before, How.SAME_AS_BEFORE)
        self._check_limits(tx, asked, now)
        call = self._new_call(call_id, asked, now)
        tx.add_call(call, due_at(call, self.rules))
        tx.owe(_prepare(call_id, asked))
        if asked.when or asked.at is not None:
            return Begun(call_id, How.SCHEDULING)
        return Begun(call_id, How.NOTIFYING if asked.kind is CallKind.NOTIFY else How.RINGING)

    def _same_as_before(self, tx: Tx, asked: Asked, call_id: str, now: datetime) -> str | None:
        """The call that was asked for by the same a moment ago. Once that is over, they mean another one, unless it is
        the same typing that Slack sends once more."""
        first = tx.first_of(_same(asked), call_id, now, SAME_COMMAND)
        before = tx.call(first) if first != call_id else None
        if before and (not before.is_over or _sent_again(asked, before)):
            return first
        if first != call_id:
            tx.first_of(_same(asked), call_id, now, timedelta())
        return None

    def _check_limits(self, tx: Tx, asked: Asked, now: datetime) -> None:
        since = now - timedelta(minutes=1)
        theirs, everybodys = self.rings_per_minute, self.rings_per_minute_workspace
        if theirs and tx.commands_since(asked.team, asked.user, since) >= theirs:
            raise TooMany(How.RATE_LIMITED)
        if everybodys and tx.all_commands_since(asked.team, since) >= everybodys:
            raise TooMany(How.WORKSPACE_LIMITED)

    def _answers_their_ring(self, tx: Tx, asked: Asked, now: datetime) -> Begun | None:
        """When A is ringing B alone and B rings A alone, that is B's Accept."""
        plain = not (asked.groups or asked.when) and asked.at is None and asked.kind is CallKind.RING
        if not plain or len(asked.users) != 1:
            return None
        tx.one_at_a_time(f"ring:{asked.team}:{':'.join(sorted((asked.user, asked.users[0])))}")
        call_id = tx.ringing_alone(asked.team, asked.users[0], asked.user)
        if call_id is None:
            return None
        self._one_call_at_a_time(tx, asked.team, asked.user)
        call = tx.call(call_id)
        if call is None:
            return None
        if call.status is CallStatus.PREPARING:
            return self._accepts_ahead(tx, call, asked, now)
        change = answering.accept(call, asked.user, now)
        if change.outcome is not Outcome.ACCEPTED:
            return None
        self._relay_accept(tx, change, asked.user, now)
        record(tx, change, self.rules, now)
        say(tx, Outcome.JOIN, asked.team, asked.user, call_id=call.id, response_url=asked.response_url)
        return Begun(call.id, How.GLARE)

    def _accepts_ahead(self, tx: Tx, call: Call, asked: Asked, now: datetime) -> Begun | None:
        """Stream does not have their call yet: the accept, and the way in, follow when it does (`put`)."""
        change = answering.accept_ahead(call, asked.user, now)
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

    # --- what they have

    async def calls_of(self, team: str, user: str) -> list[Call]:
        """Their open calls: those going on, the newest first, then plans, the soonest first."""
        now = self.clock.now()
        calls = await self.ledger.look(lambda tx: tx.calls_of(team, user, now, LOOKED_AT_MOST))
        return [call for call in calls if not call.is_over]

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


def _same(asked: Asked) -> str:
    parts = (asked.team, asked.user, asked.channel, asked.kind, " ".join(asked.text.split()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _sent_again(asked: Asked, before: Call) -> bool:
    return bool(asked.trigger) and asked.trigger == Asked.from_json(before.asked).trigger


def say_how(tx: Tx, begun: Begun, asked: Asked) -> None:
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
        afresh=asked.afresh,
    )


def _may_cancel(call: Call) -> bool:
    return call.status in (CallStatus.PREPARING, CallStatus.RINGING, CallStatus.SCHEDULED)
