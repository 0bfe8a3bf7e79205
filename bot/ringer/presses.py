"""What people press on a ring, and in a call; each verb says to its presser what needs saying."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.call import answering, inviting, meeting, ringing
from bot.call.change import Change, Outcome, nothing
from bot.call.values import TIME_TO_JOIN, Call, CallKind, CallStatus, Member, Rejection
from bot.ledger import Tx
from bot.ringer.base import Verbs, pressed, say, say_skipped
from bot.ringer.effects import record
from bot.ringer.press import Press
from bot.work import (
    Claimed,
    EndAsAdmin,
    Kick,
    NotifyAgain,
    PreparePeople,
    Reject,
    RingMembers,
    UpdateCall,
)

NOTIFY_AGAIN_AFTER = timedelta(minutes=1)
SILENT = frozenset({Outcome.DONE, Outcome.ACCEPTED, Outcome.REJECTED, Outcome.CANCELLED, Outcome.ENDED})
"""Outcomes that the presser's own message shows by itself."""
SHOWN = frozenset({Outcome.REJECTED, Outcome.CANCELLED, Outcome.ENDED})
"""Of these, what is said where the press was on a note or a list, which nobody draws anew."""

Follow = Callable[[Tx, Change, datetime], None]


def _nothing_follows(tx: Tx, change: Change, now: datetime) -> None:
    return


class Presses(Verbs):
    async def _press(
        self,
        call_id: str,
        press: Press,
        decide: Callable[[Call, datetime], Change],
        follow: Follow = _nothing_follows,
        *,
        silent: frozenset[Outcome] = SILENT,
        comes_in: bool = False,
        claimed: Claimed | None = None,
    ) -> Outcome:
        """One press, whole: decide, write down, owe what follows, and say why where nothing changed.

        `comes_in`: they may leave another call by it.
        `claimed`: the work this is done for. It is finished with it: done once more, it would say something else.
        """

        def change(tx: Tx) -> Outcome:
            if claimed is not None and not tx.finish(claimed):
                return Outcome.NOTHING
            if comes_in:
                self._one_call_at_a_time(tx, press.team, press.user)
            now = self.clock.now()
            call = tx.call(call_id)
            pressed(tx, press, now)
            if call is None:
                say(tx, Outcome.OVER, press.team, press.user, response_url=press.response_url)
                return Outcome.OVER
            decided = decide(call, now)
            follow(tx, decided, now)  # An answer is owed before the end it may bring: Stream hears them in that order.
            record(tx, decided, self.rules, now)
            if decided.outcome not in silent or (decided.outcome in SHOWN and _on_a_note(press)):
                self._answer(tx, decided.outcome, press, call_id)
            return decided.outcome

        outcome = await self.ledger.commit(change)
        self.nudge()
        return outcome

    def _answer(self, tx: Tx, note: str, press: Press, call_id: str) -> None:
        say(tx, note, press.team, press.user, call_id=call_id, response_url=press.response_url)

    # --- a ring

    async def accept(self, call_id: str, press: Press) -> Outcome:
        """Accept. After a decline or a miss it is a join."""
        return await self._come_in(call_id, press, lambda call, now: answering.accept(call, press.user, now))

    async def join(self, call_id: str, press: Press) -> Outcome:
        """Join: a fresh personal link, for members only. Who is being rung accepts by it."""
        return await self._come_in(call_id, press, lambda call, now: answering.join(call, press.user, now))

    async def opened(self, call_id: str, press: Press) -> Outcome:
        """They have opened their link in a browser: that is Accept, or Join, and the page says what came of it."""

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            self._relay_accept(tx, change, press.user, now)

        def decide(call: Call, now: datetime) -> Change:
            return answering.join(call, press.user, now)

        return await self._press(call_id, press, decide, follow, silent=frozenset(Outcome), comes_in=True)

    async def _come_in(self, call_id: str, press: Press, decide: Callable[[Call, datetime], Change]) -> Outcome:
        """Their browser may be on its way already, by a link button; else, or where that link may have died, they are
        given a fresh one."""

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            self._relay_accept(tx, change, press.user, now)
            on_their_way = press.opened_link and not _links_are_old(change.call, press.user, now)
            if change.outcome in (Outcome.ACCEPTED, Outcome.JOIN) and not on_their_way:
                self._answer(tx, Outcome.JOIN, press, call_id)

        there_before = {Outcome.ALREADY_ACCEPTED} if press.opened_link else set()  # Their browser was faster.
        silent = SILENT | {Outcome.JOIN} | there_before
        return await self._press(call_id, press, decide, follow, silent=silent, comes_in=True)

    async def reject(self, call_id: str, press: Press, rejection: Rejection) -> Outcome:
        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.REJECTED:
                tx.owe(Reject(call_id, press.user, rejection.on_stream))

        return await self._press(
            call_id, press, lambda call, now: answering.reject(call, press.user, rejection, now), follow
        )

    async def cancel(self, call_id: str, press: Press) -> Outcome:
        return await self._press(call_id, press, lambda call, now: ringing.cancel(call, press.user, now))

    async def add_people(self, call_id: str, press: Press, users: tuple[str, ...]) -> Outcome:
        """Bring more people in. Who they are is found out first (`added`)."""

        def decide(call: Call, now: datetime) -> Change:
            member = call.member(press.user)
            if member is None:
                return nothing(call, Outcome.NOT_A_MEMBER)
            if call.is_over:
                return nothing(call, Outcome.OVER)
            return nothing(call, Outcome.DONE if inviting.may_add(call, member) else Outcome.MAY_NOT_ADD)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.DONE:
                tx.owe(PreparePeople(call_id, press.user, users, press.response_url))

        return await self._press(call_id, press, decide, follow)

    async def added(
        self,
        call_id: str,
        user: str,
        members: tuple[Member, ...],
        *,
        skipped: tuple[str, ...] = (),
        response_url: str = "",
        claimed: Claimed | None = None,
    ) -> Outcome:
        """The people to be added are known: they are rung (told, invited) like the others."""

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            call = change.call
            say_skipped(tx, skipped, call, user, response_url)
            if change.outcome is not Outcome.DONE:
                return
            tx.owe(UpdateCall(call_id) if call.status is CallStatus.SCHEDULED else RingMembers(call_id))

        press = await self._press_of(call_id, user, response_url)
        return await self._press(
            call_id, press, lambda call, now: inviting.add_people(call, user, members, now), follow, claimed=claimed
        )

    async def _press_of(self, call_id: str, user: str, response_url: str) -> Press:
        """The press that something was found out for: it is answered where it was made."""
        call = await self.call(call_id)
        return Press(call.team if call else "", user, response_url)

    # --- in the call

    async def leave(self, call_id: str, press: Press) -> Outcome:
        def decide(call: Call, now: datetime) -> Change:
            return meeting.leave(call, press.user, now, huddle=self.rules.huddle)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.LEFT:
                tx.owe(Kick(call_id, press.user))

        return await self._press(call_id, press, decide, follow)

    async def end(self, call_id: str, press: Press) -> Outcome:
        """End for all: by the caller at once; anyone else's right to is looked up first (`end_checked`)."""

        def decide(call: Call, now: datetime) -> Change:
            if call.is_over or press.user == call.caller:
                return meeting.end(call, press.user, now, is_admin=False)
            return nothing(call, Outcome.DONE)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.DONE:
                tx.owe(EndAsAdmin(call_id, press.user, press.response_url))

        return await self._press(call_id, press, decide, follow)

    async def end_checked(self, call_id: str, user: str, is_admin: bool, response_url: str = "") -> Outcome:
        press = await self._press_of(call_id, user, response_url)
        return await self._press(call_id, press, lambda call, now: meeting.end(call, user, now, is_admin=is_admin))

    # --- a notify

    async def notify_again(self, call_id: str, press: Press) -> Outcome:
        """Stream tells its members once more: for the caller, once a minute."""

        def decide(call: Call, now: datetime) -> Change:
            if press.user != call.caller:
                return nothing(call, Outcome.NOT_THE_CALLER)
            if call.is_over or call.kind is not CallKind.NOTIFY:
                return nothing(call, Outcome.OVER)
            if call.notified_at is None or now - call.notified_at < NOTIFY_AGAIN_AFTER:
                return nothing(call, Outcome.TOO_SOON)
            return inviting.notified_again(call, now)

        def follow(tx: Tx, change: Change, now: datetime) -> None:
            if change.outcome is Outcome.DONE:
                tx.owe(NotifyAgain(call_id))
                self._answer(tx, "notified_again", press, call_id)
                for user in _told_by_direct_message(change):
                    say(tx, "told_again", press.team, user, call_id=call_id)
            if change.outcome is Outcome.TOO_SOON:
                self._answer(tx, "notify_too_soon", press, call_id)

        return await self._press(call_id, press, decide, follow, silent=SILENT | {Outcome.TOO_SOON})


def _on_a_note(press: Press) -> bool:
    return bool(press.response_url) and not press.message_id


def _told_by_direct_message(change: Change) -> tuple[str, ...]:
    """A channel's people see it in the channel."""
    return () if change.call.to_channel else tuple(user for entry in change.timeline for user in entry.users)


def _links_are_old(call: Call, user: str, now: datetime) -> bool:
    """Whether the links on their messages may have died. Each of these times had those messages drawn anew."""
    member = call.member(user)
    if member is None:
        return False
    times = (call.rung_at, call.accepted_at, member.answered_at, member.missed_at, call.notified_at)
    drawn_at = max((at for at in times if at), default=call.created_at)
    return now - drawn_at >= call.ring_timeout + TIME_TO_JOIN
