"""What Stream reports, by webhook or when asked: it takes the same road as a press in Slack, in any order it comes.

Pure database work, so it needs no lease: what was kept is applied and marked in one transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.call.change import Change, Outcome
from bot.call.meeting import leave
from bot.call.values import Call, EndReason, MemberState
from bot.ledger import Delivery, LedgerAway, Tx
from bot.ringer.base import Verbs, runs_out
from bot.ringer.effects import record
from bot.ringer.meaning import reconciled, reported
from bot.stream import events
from bot.stream.models import CallState
from bot.work import Kick

log = structlog.get_logger()

BATCH = 100
"""Deliveries applied in one transaction."""
SILENCE = timedelta(minutes=1)
"""Reconciled are the calls Stream has told nothing of for this long; at the start, all of them."""


class Reports(Verbs):
    async def keep_all(self, deliveries: Sequence[Delivery]) -> int:
        """Keep deliveries, raw, before they are acknowledged; they are applied later. Returns how many were new."""
        return await self.ledger.commit(lambda tx: tx.keep_all(deliveries))

    async def apply_kept(self) -> int:
        """Apply what was kept; returns how many deliveries were handled. One that cannot be is marked, not retried.
        Raises LedgerAway: then all of them are kept as they are."""
        try:
            handled = await self.ledger.commit(lambda tx: self._apply_batch(tx, BATCH))
        except LedgerAway:
            raise
        except Exception:  # One of them is poison: the others must not wait for it.
            log.exception("a batch of webhooks failed; applying them one by one", action="webhooks_singly")
            handled = await self._apply_one()
        if handled:
            self.nudge()
        return handled

    def _apply_batch(self, tx: Tx, limit: int) -> int:
        now = self.clock.now()
        deliveries = tx.unapplied(limit)
        wrong = {delivery.key: self._apply(tx, delivery, now) for delivery in deliveries}
        tx.applied([key for key, why in wrong.items() if not why], now)
        for key, why in wrong.items():
            if why:
                tx.applied([key], now, why)
        return len(deliveries)

    async def _apply_one(self) -> int:
        tried: list[str] = []

        def apply(tx: Tx) -> int:
            tried[:] = [delivery.key for delivery in tx.unapplied(1)]
            return self._apply_batch(tx, 1)

        try:
            return await self.ledger.commit(apply)
        except LedgerAway:
            raise
        except Exception as error:
            if not tried:
                raise
            log.exception("a webhook could not be applied", action="webhook_poisoned", key=tried[0])
            why = repr(error)
            return await self.ledger.commit(lambda tx: self._set_aside(tx, tried[0], why))

    def _set_aside(self, tx: Tx, key: str, why: str) -> int:
        """Where another replica has it in hand just now, that one is to do this."""
        if key not in (delivery.key for delivery in tx.unapplied(BATCH)):
            return 0
        tx.applied([key], self.clock.now(), why)
        return 1

    def _apply(self, tx: Tx, delivery: Delivery, now: datetime) -> str:
        """Returns why it could not be applied, or nothing."""
        try:
            event = events.parse(delivery.body)
        except events.Malformed as malformed:
            log.warning("a webhook could not be read", action="webhook_malformed", key=delivery.key)
            return str(malformed) or "malformed"
        call = _call_of(tx, event)
        if call is not None:
            self._report(tx, reported(call, event, now), now)
            tx.heard([call.id], now)
        return ""

    def _report(self, tx: Tx, change: Change, now: datetime) -> None:
        record(tx, change, self.rules, now, stream_knows=_stream_ended_it(change))
        for user, at in _newcomers(change):
            if self._is_elsewhere_since(tx, change.call, user, at):
                self._leave_at_once(tx, change.call.id, user, now)
            else:
                tx.owe(*(Kick(other, user) for other in self._leave_others(tx, change.call, user, now)))

    def _leave_at_once(self, tx: Tx, call_id: str, user: str, now: datetime) -> None:
        call = tx.call(call_id)
        change = leave(call, user, now) if call else None
        if change and change.outcome is Outcome.LEFT:
            record(tx, change, self.rules, now)
            tx.owe(Kick(call_id, user))

    # --- asking Stream

    async def expiring_calls(self, limit: int) -> list[Call]:
        """Calls in which somebody's time to answer is up: before they are said to have missed it, Stream is asked."""
        if self.rules.huddle:
            return []
        now = self.clock.now()
        due = await self.ledger.look(lambda tx: tx.calls(tx.due_calls(now, limit)))
        return [call for call in due if runs_out(call, now)]

    async def silent_calls(self, since: datetime | None, limit: int) -> list[Call]:
        """Open calls Stream has told nothing of for a minute, or `since` then: it is to be asked about them."""
        if self.rules.huddle:
            return []
        a_minute_ago = self.clock.now() - SILENCE
        before = max(since, a_minute_ago) if since else a_minute_ago
        return await self.ledger.look(lambda tx: tx.silent_calls(before, limit))

    async def reconcile(self, asked: Iterable[Call], states: Iterable[CallState]) -> None:
        """Bring these calls, as they stood when Stream was asked, up to what it says of them; a call it does not know
        any more has ended."""
        found = {state.call.cid: state for state in states}
        for call in asked:
            await self._reconcile_one(call, found.get(call.cid))
        self.nudge()

    async def _reconcile_one(self, asked: Call, state: CallState | None) -> None:
        def change(tx: Tx) -> None:
            now = self.clock.now()
            call = tx.call(asked.id)
            if call is None or call.is_over:
                return
            self._report(tx, reconciled(call, state, now, asked, _being_put_out(tx, call)), now)
            tx.heard([call.id], now)

        await self.ledger.commit(change)


def _being_put_out(tx: Tx, call: Call) -> set[str]:
    """They left from Slack, and Stream is yet to hear of it."""
    left = (member.user for member in call.members if member.gone and not member.is_in)
    owed = tx.owed(*(Kick(call.id, user) for user in left))
    return {kick.user for kick in owed if isinstance(kick, Kick)}


def _call_of(tx: Tx, event: events.Event) -> Call | None:
    cid = getattr(event, "cid", "")
    call = tx.call(cid.partition(":")[2]) if cid else None
    return call if call is not None and call.cid == cid else None


def _stream_ended_it(change: Change) -> bool:
    """The end that another Stream client brought; our own ends must still be put to Stream."""
    return change.call.is_over and change.call.end_reason is EndReason.ENDED


def _newcomers(change: Change) -> list[tuple[str, datetime]]:
    """Who has accepted or come in by this, and when."""
    if change.call.is_over:
        return []
    was = {member.user: (member.state is MemberState.ACCEPTED, member.is_in) for member in change.before.members}
    found = []
    for member in change.call.members:
        had_accepted, was_in = was.get(member.user, (False, False))
        accepted = member.state is MemberState.ACCEPTED and not had_accepted
        if (accepted or (member.is_in and not was_in)) and (at := member.came_at(change.call)):
            found.append((member.user, at))
    return found
