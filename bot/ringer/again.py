"""The same again: whoever did not come is rung once more, or all are, in a new call."""

from datetime import datetime, timedelta

from bot.call import inviting
from bot.call.change import Change, Outcome
from bot.call.frozen import replace
from bot.call.values import Call
from bot.ledger import Tx
from bot.ringer.base import pressed
from bot.ringer.commands import Commands, TooMany, say_how
from bot.ringer.press import Asked, Begun, How, Press
from bot.work import LookAfresh


class Again(Commands):
    async def ring_again(self, call_id: str, press: Press) -> Outcome:
        """Those who declined, missed it or could not be rung; a fresh call, with all, when this one is over."""

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.DONE:
                self._count_again(tx, change.call, now)
                tx.owe(LookAfresh(call_id))

        def decide(call: Call, now: datetime) -> Change:
            return inviting.ring_again(call, press.user, now)

        call = await self.call(call_id)
        if call is not None and call.is_over and call.caller == press.user:
            return await self._afresh(call, press)
        try:
            return await self._press(call_id, press, decide, follow)
        except TooMany as enough:
            return await self._told_to_wait(call_id, press, enough.how)

    def _count_again(self, tx: Tx, call: Call, now: datetime) -> None:
        """Ringing again has to wait where it and new calls together have reached a limit."""
        since = now - timedelta(minutes=1)
        theirs, everybodys = self.rings_per_minute, self.rings_per_minute_workspace
        if theirs:
            left = theirs - tx.commands_since(call.team, call.caller, since)
            if not _took_one(tx, f"again {call.team} {call.caller}", left, now):
                raise TooMany(How.RATE_LIMITED)
        if everybodys:
            left = everybodys - tx.all_commands_since(call.team, since)
            if not _took_one(tx, f"again {call.team}", left, now):
                raise TooMany(How.WORKSPACE_LIMITED)

    async def _told_to_wait(self, call_id: str, press: Press, how: How) -> Outcome:
        def wait(tx: Tx) -> None:
            pressed(tx, press, self.clock.now())
            self._answer(tx, how, press, call_id)

        await self.ledger.commit(wait)
        self.nudge()
        return Outcome.NOTHING

    async def try_again(self, call_id: str, press: Press) -> Outcome:
        call = await self.call(call_id)
        if call is None or call.caller != press.user or not call.is_over:
            return await self.join(call_id, press)
        return await self._afresh(call, press, at_its_time=True)

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

    async def _afresh(self, call: Call, press: Press, *, at_its_time: bool = False) -> Outcome:
        """Ring the same people in a new call; pressed twice within a few seconds, once. `at_its_time`: a plan whose
        time has not come is one again."""
        asked = _as_it_became(Asked.from_json(call.asked), call)
        when, at = _its_time(asked, call, self.clock.now()) if at_its_time else ("", None)
        again = replace(
            asked,
            when=when,
            at=at,
            response_url=press.response_url,
            text=f"again:{call.id}",
            trigger="",
            user=press.user,
            afresh=True,
        )
        return await self._ask_from(press, again, call.id)

    async def _ask_from(self, press: Press, asked: Asked, call_id: str) -> Outcome:
        def remember(tx: Tx) -> None:
            pressed(tx, press, self.clock.now())

        await self.ledger.commit(remember)
        begun = await self.ask(asked, answer=True)

        def too_many(tx: Tx) -> None:
            say_how(tx, Begun(call_id, begun.how), asked)

        if begun.how.is_too_many:
            await self.ledger.commit(too_many)
            self.nudge()
        return Outcome.DONE


def _its_time(asked: Asked, call: Call, now: datetime) -> tuple[str, float | None]:
    """When a plan is for: the words that were typed, where nobody has read them yet."""
    at = call.starts_at.timestamp() if call.starts_at else asked.at
    if at is None:
        return asked.when, None
    return "", at if at > now.timestamp() else None


def _took_one(tx: Tx, whose: str, places: int, now: datetime) -> bool:
    """One of so many places, each of which is taken for a minute: no minute sees more than there are."""
    return any(not tx.take(f"{whose} {place}", per_minute=1, burst=1, now=now) for place in range(places))


def _as_it_became(asked: Asked, call: Call) -> Asked:
    """Edited, or with people added, it is another than was asked for; where they were never found out, it is not."""
    if call.to_channel or not any(callee.stream_user_id for callee in call.callees):
        return asked
    return replace(asked, users=tuple(callee.user for callee in call.callees), groups=(), topic=call.topic)
