"""Having more people rung, or the same again: whom the caller brings in, and whoever did not come the first time."""

from collections.abc import Collection
from datetime import datetime

from bot.call.change import Change, Outcome, changed, nothing, users
from bot.call.frozen import replace
from bot.call.values import MEMBERS_AT_MOST, Call, CallKind, CallStatus, Event, Member, MemberState, TimelineEntry


def ring_again(call: Call, user: str, now: datetime) -> Change:
    """The caller has those rung again who declined, missed it or could not be rung."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.kind is CallKind.NOTIFY or not call.is_live:
        return nothing(call, Outcome.NOT_RINGING)
    again = [
        replace(member, state=MemberState.INVITED, deadline=now + call.ring_timeout, answered_at=now, missed_at=None)
        for member in call.callees
        if may_be_rung_again(member)
    ]
    if not again:
        return nothing(call, Outcome.NOBODY_TO_RING)
    return changed(call, call.with_members(*again), Outcome.DONE)


def may_be_rung_again(member: Member) -> bool:
    return member.state in (MemberState.REJECTED, MemberState.MISSED, MemberState.NOT_RUNG) and not member.is_in


def notified_again(call: Call, now: datetime) -> Change:
    """Those who were told, and are not in, are told once more."""
    again = [callee for callee in call.callees if callee.state is MemberState.NOTIFIED and not callee.is_in]
    entries = [TimelineEntry(Event.RUNG_AGAIN, now, user=call.caller, users=users(again))] if again else []
    return changed(call, replace(call, notified_at=now), Outcome.DONE, *entries)


def add_people(call: Call, user: str, people: Collection[Member], now: datetime) -> Change:
    """The caller, or whoever accepted, brings in more people; they are rung (told, invited) like the others."""
    by = call.member(user)
    if by is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if not may_add(call, by):
        return nothing(call, Outcome.MAY_NOT_ADD)
    each = {person.user: person for person in people if call.member(person.user) is None}
    new = [_added(call, person, now) for person in each.values()]
    if not new:
        return nothing(call, Outcome.NOBODY_TO_RING)
    if len(call.members) + len(new) > MEMBERS_AT_MOST:
        return nothing(call, Outcome.TOO_MANY)
    entry = TimelineEntry(Event.ADDED, now, user=user, users=users(new))
    return changed(call, replace(call, members=(*call.members, *new)), Outcome.DONE, entry)


def _added(call: Call, person: Member, now: datetime) -> Member:
    """They are rung by when a ring begun now would be, or reminded when the others are."""
    if call.is_live:
        return replace(person, deadline=now + call.ring_timeout)
    reminders = [member.remind_at for member in call.members if member.remind_at and not call.to_channel]
    return replace(person, remind_at=min(reminders, default=None))


def may_add(call: Call, member: Member) -> bool:
    return member.is_caller or (call.status is not CallStatus.SCHEDULED and member.takes_part)
