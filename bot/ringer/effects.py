"""Writes a change down, and everything that follows from it: which messages must be drawn, what Stream is owed.

What follows is read off the two states, before and after, so that it does not matter who or what brought the change.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.call.change import Change, Outcome
from bot.call.due import due_at
from bot.call.ringing import accepted_ahead
from bot.call.values import Call, CallStatus, EndReason, MemberState, Rules
from bot.ledger import Tx
from bot.messages import Message, MessageKey, MessageKind, face, wanted
from bot.work import EndCall, LookAfresh, Paint, PaintWaiting, Priority, PublishHome, PutCall, Tell, TellThread, Work

LESS_URGENT = {
    MessageKind.CARD: Priority.CARD,
    MessageKind.CALLED_IN: Priority.CARD,
    MessageKind.OUTGOING: Priority.THREAD,
}
"""Than a direct message: who is rung hears of it first. The caller knows, and the card shows them what they can do."""
HOME_IS_FRESH = timedelta(minutes=30)
"""Home is published again only to those who opened it this lately (Slack's tier 4 is shared by everyone's)."""

ABOUT_TO_RING = timedelta(seconds=2)
"""A planned call whose time has come is drawn as such only if it does not ring within this long: each picture costs one
of Slack's fifty updates a minute, and ten thousand calls may be due at once."""


def record(tx: Tx, change: Change, rules: Rules, now: datetime, *, stream_knows: bool = False) -> None:
    """Write `change` down. `stream_knows`: it came from Stream, which need not be told of the end."""
    record_all(tx, [change], rules, now, stream_knows=stream_knows)


def record_all(tx: Tx, changes: Iterable[Change], rules: Rules, now: datetime, *, stream_knows: bool = False) -> None:
    """Write them down, each of another call: a few statements for all of them."""
    changes = [change for change in changes if change.changed]
    if not changes:
        return
    tx.save_all([(c.before, c.call, due_at(c.call, rules)) for c in changes if c.call != c.before])
    tx.note_all({change.call.id: change.timeline for change in changes})
    begun = tuple(change.call.id for change in changes if _begins(change))
    there = tx.messages_of([change.call.id for change in changes if not _begins(change)])
    work: list[Work] = []
    for change in changes:
        before, call = change.before, change.call
        work += _to_stream(before, call, stream_knows=stream_knows)
        if not _begins(change):
            work += _messages(tx, there[call.id], before, call)
        if change.timeline:
            work.append(TellThread(call.id))
        if call.is_over:
            work += _to_those_ahead(before, call)
    tx.owe(*work, *_homes(tx, changes, now))
    if begun:
        tx.owe(PaintWaiting(begun), at=now + ABOUT_TO_RING)


def paint_waiting(tx: Tx, calls: Iterable[Call]) -> None:
    """Those whose time has come and that do not ring yet: their messages say so."""
    waiting = tx.messages_of([call.id for call in calls if call.status is CallStatus.PREPARING])
    there = (message for messages in waiting.values() for message in messages if not message.gone)
    tx.owe(*(Paint(message.id, message.call_id, _urgency(message.key)) for message in there))


def _begins(change: Change) -> bool:
    """A plan's time has come, and it is about to ring: no message appears, and all are drawn anew when it does."""
    return change.before.status is CallStatus.SCHEDULED and change.call.status is CallStatus.PREPARING


def _to_those_ahead(before: Call, call: Call) -> Iterator[Work]:
    """Who took a call before it rang has no message of it that would show how it ended."""
    for member in accepted_ahead(before):
        yield Tell(f"over:{call.id}:{member.user}", Outcome.OVER, call.team, member.user, call.id)


def _to_stream(before: Call, call: Call, *, stream_knows: bool) -> Iterator[Work]:
    if call.is_over and not before.is_over:
        if not stream_knows and call.end_reason is not EndReason.REFUSED:
            yield EndCall(call.id, _callers_reject(before, call))
    elif call.status is CallStatus.PREPARING and (before.status, before.ring_by) != (call.status, call.ring_by):
        is_due = call.starts_at is not None and call.ring_by is not None
        yield LookAfresh(call.id) if is_due else PutCall(call.id)


def _callers_reject(before: Call, call: Call) -> str:
    """Stream's clients take a caller's own reject as the end of the ring; a plan that never rang needs none."""
    if before.status not in (CallStatus.RINGING, CallStatus.PREPARING):
        return ""
    return {EndReason.CANCELLED: "cancel", EndReason.MISSED: "timeout"}.get(call.end_reason or EndReason.ENDED, "")


def _messages(tx: Tx, messages: Iterable[Message], before: Call, call: Call) -> Iterator[Work]:
    there = {message.key: message for message in messages}
    for key in [key for key in there if _is_back(key.user, before, call)]:
        tx.let_go(there.pop(key).id)
    for key, message in there.items():
        if not message.gone and face(before, key) != face(call, key):
            yield Paint(message.id, call.id, _priority(key, message, before, call))
    new = [key for key in wanted(call) if key not in there and not _needless(before, call, key)]
    for message in tx.want(call.id, new):
        yield Paint(message.id, call.id, _priority(message.key, message, before, call))


def _is_back(user: str, before: Call, call: Call) -> bool:
    """They were removed, and their messages say so: they are invited like somebody new."""
    return before.member(user) is None and call.member(user) is not None


def _needless(before: Call, call: Call, key: MessageKey) -> bool:
    if key.kind is MessageKind.CHANGED:  # Who is invited only now has never seen the plan as it was.
        is_no_news = key.nth <= before.edits or before.member(key.user) is None
        return is_no_news or (call.went_on_unrung and not _has_missed_it(call, key.user))
    if key.kind is MessageKind.INVITE:  # Whoever is added once it has begun is rung, not invited.
        return call.status is not CallStatus.SCHEDULED
    caller = call.member(call.caller)
    return key.kind is MessageKind.CALLED_IN and (call.is_over or (caller is not None and caller.is_in))


def _has_missed_it(call: Call, user: str) -> bool:
    member = call.member(user)
    return member is not None and member.state is MemberState.MISSED


def _priority(key: MessageKey, message: Message, before: Call, call: Call) -> Priority:
    if message.ts and _buttons_died(key, before, call):
        return Priority.DEAD_BUTTONS
    return _urgency(key)


def _urgency(key: MessageKey) -> Priority:
    return LESS_URGENT.get(key.kind, Priority.DIRECT_MESSAGE)


def _buttons_died(key: MessageKey, before: Call, call: Call) -> bool:
    if call.is_over and not before.is_over:
        return True
    was, member = before.member(key.user), call.member(key.user)
    if key.kind is MessageKind.CARD:
        return before.status is not call.status
    return was is not None and was.state is MemberState.RINGING and was != member


def _homes(tx: Tx, changes: Iterable[Change], now: datetime) -> Iterator[Work]:
    users: dict[str, set[str]] = {}
    for change in changes:
        members = (*change.before.members, *change.call.members)
        users.setdefault(change.call.team, set()).update(member.user for member in members)
    for team, theirs in users.items():
        for user in tx.homes_opened(team, theirs, now - HOME_IS_FRESH):
            yield PublishHome(team, user)
