"""What every verb has at hand: the ledger, the clock, the rules, and a way to say something to one person."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.call.change import Change, Outcome
from bot.call.ids import new_id
from bot.call.meeting import leave
from bot.call.values import Call, Rules
from bot.ledger import Clock, Ledger, Tx
from bot.ringer.effects import record
from bot.ringer.press import Press
from bot.work import Accept, Kick, Tell

Commanded = Callable[[str, str], None]
"""Which kind of call, and what came of it."""


class Verbs:
    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        *,
        call_type: str = "default",
        rings_per_minute: int = 20,
        rings_per_minute_workspace: int = 100,
        commanded: Commanded = lambda kind, how: None,
        ticked: Callable[[float], None] = lambda late: None,
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.rules = rules
        self.call_type = call_type
        self.rings_per_minute = rings_per_minute
        self.rings_per_minute_workspace = rings_per_minute_workspace
        self.nudge: Callable[[], None] = lambda: None
        """Tells the worker, after each commit, that there may be something to do."""
        self.commanded = commanded
        """Told of each call asked for, after its commit."""
        self.ticked = ticked
        """Told how late, in seconds, something was done that was due; after its commit."""

    async def call(self, call_id: str) -> Call | None:
        return await self.ledger.look(lambda tx: tx.call(call_id))

    def _one_call_at_a_time(self, tx: Tx, team: str, user: str) -> None:
        """Of two calls that a person comes into at the same moment, the second sees the first, and leaves it."""
        if not self.rules.several_calls:
            tx.one_at_a_time(f"comes in:{team}:{user}")

    def _leave_others(self, tx: Tx, call: Call, user: str, now: datetime) -> tuple[str, ...]:
        """One active call a person: whatever else they are in, they leave. Returns those calls' ids."""
        if self.rules.several_calls:
            return ()
        self._one_call_at_a_time(tx, call.team, user)
        left = []
        for other in _others(tx, call, user):
            change = leave(other, user, now, huddle=self.rules.huddle)
            if change.outcome is Outcome.LEFT:
                record(tx, change, self.rules, now)
                left.append(other.id)
        return tuple(left)

    def _is_elsewhere_since(self, tx: Tx, call: Call, user: str, since: datetime) -> bool:
        """They came into another call after they came into this one, which is only heard of now."""
        if self.rules.several_calls:
            return False
        self._one_call_at_a_time(tx, call.team, user)
        members = ((other, other.member(user)) for other in _others(tx, call, user))
        came = (member.came_at(other) for other, member in members if member)
        return any(at is not None and at > since for at in came)

    def _relay_accept(self, tx: Tx, change: Change, user: str, now: datetime) -> None:
        """What an answer or a join of this person, made in Slack, owes Stream."""
        call = change.call
        left = self._leave_others(tx, call, user, now) if change.outcome in (Outcome.ACCEPTED, Outcome.JOIN) else ()
        if change.outcome is Outcome.ACCEPTED:
            tx.owe(Accept(call.id, user, left))
        else:
            tx.owe(*(Kick(other, user) for other in left))


def _others(tx: Tx, call: Call, user: str) -> Iterator[Call]:
    """The calls beside this one that they take part in, each held."""
    for other_id in tx.calls_taken_part_in(call.team, user):
        other = tx.call(other_id) if other_id != call.id else None
        if other is not None:
            yield other


def say(
    tx: Tx,
    note: str,
    team: str,
    user: str,
    *,
    call_id: str = "",
    text: str = "",
    response_url: str = "",
    channel: str = "",
) -> None:
    """Owe a note to one person, through response_url where there is one."""
    tx.owe(Tell(new_id(), note, team, user, call_id, text, response_url, channel))


def say_skipped(tx: Tx, skipped: tuple[str, ...], call: Call, user: str, response_url: str) -> None:
    if skipped:
        say(tx, "skipped", call.team, user, call_id=call.id, text="\n".join(skipped), response_url=response_url)


def pressed(tx: Tx, press: Press, now: datetime) -> None:
    """Remember where the button stood: a click can arrive before the answer to the post that made it."""
    if press.message_id and tx.message(press.message_id):
        if press.channel and press.ts:
            tx.placed(press.message_id, press.channel, press.ts)
        if press.response_url:
            tx.pressed(press.message_id, press.response_url, now)


def runs_out(call: Call, now: datetime) -> bool:
    """Somebody's time to answer is up."""
    return any(member.deadline is not None and member.deadline <= now for member in call.ringing)
