"""What Stream reports, by webhook or when asked: it takes the same road as a press in Slack, in any order it comes.

Pure database work, so it needs no lease: what was kept is applied and marked in one transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.call import answering, meeting, ringing
from bot.call.change import Change, Outcome, nothing, then
from bot.call.values import Call, CallStatus, MemberState, Reason, Rejection
from bot.ledger import Delivery, Tx
from bot.ringer.base import Verbs, runs_out
from bot.ringer.effects import record
from bot.stream import events
from bot.stream.models import CallState
from bot.work import Kick

log = structlog.get_logger()

BATCH = 100
SILENCE = timedelta(minutes=1)
"""Reconciled are the calls Stream has told nothing of for this long."""
NO_ANSWER = frozenset({"user-responded-elsewhere", "call-ended"})
"""Reasons some clients of Stream give when they stop ringing by themselves: nobody declined."""


class Reports(Verbs):
    async def keep(self, delivery: Delivery) -> bool:
        """Keep a delivery, raw, before it is acknowledged; it is applied later. False: it came before."""
        kept = await self.ledger.commit(lambda tx: tx.keep(delivery))
        self.nudge()
        return kept

    async def apply_kept(self) -> int:
        """Apply what was kept; returns how many deliveries were handled. One that cannot be is marked, not retried."""
        try:
            handled = await self.ledger.commit(lambda tx: self._apply_batch(tx, BATCH))
        except Exception:  # One of them is poison: the others must not wait for it.
            log.exception("a batch of webhooks failed; applying them one by one", action="webhooks_singly")
            handled = await self._apply_one()
        if handled:
            self.nudge()
        return handled

    def _apply_batch(self, tx: Tx, limit: int) -> int:
        now = self.clock.now()
        deliveries = tx.unapplied(limit)
        for delivery in deliveries:
            tx.applied([delivery.key], now, self._apply(tx, delivery, now))
        return len(deliveries)

    async def _apply_one(self) -> int:
        try:
            return await self.ledger.commit(lambda tx: self._apply_batch(tx, 1))
        except Exception as error:
            log.exception("a webhook could not be applied", action="webhook_poisoned")
            why = repr(error)
            return await self.ledger.commit(lambda tx: self._set_aside(tx, why))

    def _set_aside(self, tx: Tx, why: str) -> int:
        keys = [delivery.key for delivery in tx.unapplied(1)]
        tx.applied(keys, self.clock.now(), why)
        return len(keys)

    def _apply(self, tx: Tx, delivery: Delivery, now: datetime) -> str:
        """Returns why it could not be applied, or nothing."""
        try:
            event = events.parse(delivery.body)
        except events.Malformed as malformed:
            log.warning("a webhook could not be read", action="webhook_malformed", key=delivery.key)
            return str(malformed) or "malformed"
        call = _call_of(tx, event)
        if call is not None:
            self._report(tx, _reported(call, event, now), now)
            tx.heard([call.id], now)
        return ""

    def _report(self, tx: Tx, change: Change, now: datetime) -> None:
        record(tx, change, self.rules, now, stream_knows=_stream_ended_it(change))
        for user in _newly_accepted(change):
            for other in self._leave_others(tx, change.call, user, now):
                tx.owe(Kick(other, user))

    # --- asking Stream

    async def expiring_calls(self) -> list[Call]:
        """Calls in which somebody's time to answer is up: before they are said to have missed it, Stream is asked."""
        if self.rules.huddle:
            return []
        now = self.clock.now()
        due = await self.ledger.look(lambda tx: tx.calls(tx.due_calls(now, BATCH)))
        return [call for call in due if runs_out(call, now)]

    async def silent_calls(self) -> list[Call]:
        """Open calls Stream has told nothing of for a minute: it is to be asked about them."""
        if self.rules.huddle:
            return []
        before = self.clock.now() - SILENCE
        return await self.ledger.look(lambda tx: tx.silent_calls(before, BATCH))

    async def reconcile(self, asked: Iterable[Call], states: Iterable[CallState]) -> None:
        """Bring these calls up to what Stream says of them; a call it does not know any more has ended."""
        found = {state.call.cid: state for state in states}
        for call in asked:
            await self._reconcile_one(call.id, found.get(call.cid))
        self.nudge()

    async def _reconcile_one(self, call_id: str, state: CallState | None) -> None:
        def change(tx: Tx) -> None:
            now = self.clock.now()
            call = tx.call(call_id)
            if call is None or call.is_over:
                return
            self._report(tx, _reconciled(call, state, now), now)
            tx.heard([call_id], now)

        await self.ledger.commit(change)


def _call_of(tx: Tx, event: events.Event) -> Call | None:
    cid = getattr(event, "cid", "")
    call = tx.call(cid.partition(":")[2]) if cid else None
    return call if call is not None and call.cid == cid else None


def _stream_ended_it(change: Change) -> bool:
    """The end that another Stream client brought; our own ends must still be put to Stream."""
    return change.call.is_over and change.call.end_reason == "ended"


def _newly_accepted(change: Change) -> list[str]:
    was = {member.user: member.state for member in change.before.members}
    return [
        member.user
        for member in change.call.members
        if member.state is MemberState.ACCEPTED and was.get(member.user) is not MemberState.ACCEPTED
    ]


def _reported(call: Call, event: events.Event, now: datetime) -> Change:
    """One event, applied to the call it is about. Times are Stream's own, but never of the future."""
    at = min(getattr(event, "at", now), now)
    match event:
        case events.Accepted(user_id=user_id):
            return _accepted(call, user_id, at)
        case events.Rejected(user_id=user_id, reason=reason):
            return _rejected(call, user_id, reason, at)
        case events.Missed(user_ids=user_ids):
            return _missed(call, user_ids, at)
        case events.ParticipantJoined(user_id=user_id, user_session_id=session):
            return _for_member(call, user_id, lambda user: meeting.joined(call, user, session, at))
        case events.ParticipantLeft(user_id=user_id, user_session_id=session):
            return _for_member(call, user_id, lambda user: meeting.left(call, user, session, at))
        case events.SessionEnded():
            return meeting.session_ended(call, at)
        case events.Ended(user_id=ended_by):
            by = call.by_stream_id(ended_by) if ended_by else None
            return meeting.ended_elsewhere(call, by.user if by else None, at)
        case events.Deleted():
            return meeting.ended_elsewhere(call, None, at)
    return nothing(call, Outcome.NOTHING)


def _for_member(call: Call, stream_user_id: str, decide: Callable[[str], Change]) -> Change:
    member = call.by_stream_id(stream_user_id)
    if member is None:
        return nothing(call, Outcome.NOTHING)
    return decide(member.user)


def _accepted(call: Call, stream_user_id: str, at: datetime) -> Change:
    member = call.by_stream_id(stream_user_id)
    if member is None or member.is_caller or call.status is CallStatus.SCHEDULED:
        return nothing(call, Outcome.NOTHING)
    return answering.accept(call, member.user, at)


def _rejected(call: Call, stream_user_id: str, reason: str | None, at: datetime) -> Change:
    member = call.by_stream_id(stream_user_id)
    rejection = Rejection.from_stream(reason)
    if member is None or reason in NO_ANSWER:
        return nothing(call, Outcome.NOTHING)
    if not member.is_caller:
        return answering.reject(call, member.user, rejection, at)
    if rejection.reason is Reason.TIMEOUT:  # The caller's own client let the ring run out.
        return ringing.missed(call, {callee.user for callee in call.ringing}, at)
    if call.status is CallStatus.SCHEDULED:  # There is no ring to take back yet.
        return nothing(call, Outcome.NOTHING)
    return ringing.cancel(call, member.user, at)


def _missed(call: Call, stream_user_ids: Iterable[str], at: datetime) -> Change:
    members = [call.by_stream_id(user_id) for user_id in stream_user_ids]
    return ringing.missed(call, {member.user for member in members if member is not None}, at)


def _reconciled(call: Call, state: CallState | None, now: datetime) -> Change:
    """Everything Stream says of the call by now, in the order it matters: answers, presence, the end."""
    if state is None:
        return meeting.ended_elsewhere(call, None, now)
    change = nothing(call, Outcome.NOTHING)
    session = state.call.session
    if session is not None:
        for user_id, at in session.accepted_by.items():
            change = then(change, _accepted(change.call, user_id, min(at, now)))
        for user_id, at in session.rejected_by.items():
            change = then(change, _rejected(change.call, user_id, None, min(at, now)))
        for at in sorted(set(session.missed_by.values())):
            late = [user_id for user_id, missed_at in session.missed_by.items() if missed_at == at]
            change = then(change, _missed(change.call, late, min(at, now)))
        over_at = _session_over_at(state)
        inside = {(p.user.id, p.user_session_id): min(p.joined_at or now, now) for p in session.participants}
        change = _presence(change, inside, min(over_at or state.call.ended_at or now, now))
        if over_at is not None:
            change = then(change, meeting.session_ended(change.call, min(over_at, now)))
    if state.call.ended_at is not None:
        change = then(change, meeting.ended_elsewhere(change.call, None, min(state.call.ended_at, now)))
    return change


AT_ONCE = timedelta(seconds=5)
"""A session that ends so shortly before its call was ended with it."""


def _session_over_at(state: CallState) -> datetime | None:
    """When all had left. None while somebody is in, and where the end of the call put them out."""
    at = state.call.session.ended_at if state.call.session else None
    if at is None or (state.call.ended_at is not None and at > state.call.ended_at - AT_ONCE):
        return None
    return at


def _presence(change: Change, inside: Mapping[tuple[str, str], datetime], gone_at: datetime) -> Change:
    for (user_id, session), at in sorted(inside.items()):
        member = change.call.by_stream_id(user_id)
        if member is not None:
            change = then(change, meeting.joined(change.call, member.user, session, at))
    for member in change.call.members:
        for session in sorted(member.sessions):
            if (member.stream_user_id, session) not in inside:
                change = then(change, meeting.left(change.call, member.user, session, gone_at))
    return change
