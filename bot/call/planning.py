"""Calls for later: put down, changed, reminded of, and begun when their time has come."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.call.change import Change, Outcome, changed, ended, nothing, users
from bot.call.ringing import MEMBERS_AT_MOST
from bot.call.values import (
    CANT_MAKE_IT,
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Event,
    Member,
    MemberState,
    Rules,
    TimelineEntry,
)

SNOOZE = timedelta(minutes=5)
LAST_CALL = timedelta(minutes=1)
"""A snoozed reminder comes back at the latest this long before the call."""


def scheduled(call: Call, now: datetime, rules: Rules) -> Change:
    """Stream has the call: its people are invited and reminders set."""
    if call.status is not CallStatus.PREPARING or call.starts_at is None or call.ring_by is not None:
        return nothing(call, Outcome.NOTHING)
    waiting = _with_reminders(replace(call, status=CallStatus.SCHEDULED, on_stream=True), now, rules)
    entry = TimelineEntry(Event.SCHEDULED, now, user=call.caller, users=users(call.callees))
    return changed(call, waiting, Outcome.DONE, entry)


def _with_reminders(call: Call, now: datetime, rules: Rules) -> Call:
    if call.starts_at is None:
        return call
    at = call.starts_at - rules.reminder
    due = at if at > now else None
    return call.with_members(*(replace(m, remind_at=due if _is_reminded(m) else None) for m in call.members))


def _is_reminded(member: Member) -> bool:
    return member.state is not MemberState.REJECTED


def cant_make_it(call: Call, user: str, now: datetime) -> Change:
    member = call.member(user)
    if member is None or member.is_caller:
        return nothing(call, Outcome.NOT_A_MEMBER if member is None else Outcome.NOT_RINGING)
    if call.status is not CallStatus.SCHEDULED:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
    if member.state is MemberState.REJECTED:
        return nothing(call, Outcome.ALREADY_REJECTED)
    no = replace(member, state=MemberState.REJECTED, rejection=CANT_MAKE_IT, answered_at=now, remind_at=None)
    entry = TimelineEntry(Event.REJECTED, now, user=user, text=CANT_MAKE_IT.text)
    return changed(call, call.with_member(no), Outcome.CANT_MAKE_IT, entry)


def can_make_it(call: Call, user: str, now: datetime, rules: Rules) -> Change:
    """They take their no back, while there is time."""
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.status is not CallStatus.SCHEDULED or not member.said_no_ahead:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOTHING)
    yes = replace(member, state=MemberState.INVITED, rejection=None, answered_at=None)
    back = _with_reminders(call.with_member(yes), now, rules).member(user) or yes
    entry = TimelineEntry(Event.CAN_MAKE_IT, now, user=user)
    return changed(call, call.with_member(back), Outcome.DONE, entry)


def snooze(call: Call, user: str, now: datetime) -> Change:
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.status is not CallStatus.SCHEDULED or call.starts_at is None:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
    again = min(now + SNOOZE, call.starts_at - LAST_CALL)
    if again <= now:
        return nothing(call, Outcome.TOO_SOON)
    return changed(call, call.with_member(replace(member, remind_at=again)), Outcome.SNOOZED)


def remind(call: Call, now: datetime) -> Change:
    """Those whose reminder is due are reminded; each reminder is a message of its own."""
    due = [
        replace(member, remind_at=None, reminders=member.reminders + 1)
        for member in call.members
        if member.remind_at is not None and member.remind_at <= now
    ]
    if not due or call.status is not CallStatus.SCHEDULED:
        return nothing(call, Outcome.NOTHING)
    entry = TimelineEntry(Event.REMINDED, now, users=users(due))
    first = any(member.reminders == 1 for member in due)
    return changed(call, call.with_members(*due), Outcome.DONE, *([entry] if first else []))


def edit(
    call: Call,
    user: str,
    now: datetime,
    rules: Rules,
    *,
    starts_at: datetime,
    topic: str,
    people: Collection[Member],
) -> Change:
    """The caller changes time, topic and people (all of them: who is not in `people` is taken out)."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.status is not CallStatus.SCHEDULED:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
    if len(people) + 1 > MEMBERS_AT_MOST:
        return nothing(call, Outcome.TOO_MANY)
    keep = {person.user for person in people}
    removed = [callee for callee in call.callees if callee.user not in keep]
    added = [person for person in people if call.member(person.user) is None]
    members = (*(m for m in call.members if m.is_caller or m.user in keep), *added)
    moved = starts_at != call.starts_at
    if moved:  # A no was said to the old time.
        members = tuple(_asked_anew(member) for member in members)
    new = replace(call, members=members, starts_at=starts_at, topic=topic)
    if new == call:
        return nothing(call, Outcome.NOTHING)
    new = replace(new, edits=call.edits + 1)
    if moved or added:
        new = _with_reminders(new, now, rules)
    return changed(call, new, Outcome.DONE, *_told(call, new, removed, added, user, now))


def _asked_anew(member: Member) -> Member:
    if member.said_no_ahead:
        return replace(member, state=MemberState.INVITED, rejection=None, answered_at=None)
    return member


def _told(
    old: Call, new: Call, removed: list[Member], added: list[Member], user: str, now: datetime
) -> list[TimelineEntry]:
    entries = []
    if new.starts_at != old.starts_at or new.topic != old.topic:
        entries.append(TimelineEntry(Event.EDITED, now, user=user, text=new.topic))
    if added:
        entries.append(TimelineEntry(Event.ADDED, now, user=user, users=users(added)))
    if removed:
        entries.append(TimelineEntry(Event.REMOVED, now, user=user, users=users(removed)))
    return entries


def begin(call: Call, now: datetime) -> Change:
    """Its time has come: those are rung who did not say no and are not in yet.

    Where nobody was there to ring in time (all was down), it is not rung late: it was missed.
    """
    if call.starts_at is None or call.is_over:
        return nothing(call, Outcome.NOTHING)
    ring_by = call.starts_at + call.ring_timeout
    open_to_all = [m for m in call.callees if m.state is MemberState.INVITED]
    if now > ring_by and open_to_all:
        return _slept_through(call, now)
    due = replace(call, status=CallStatus.PREPARING, ring_by=ring_by)
    due = due.with_members(*(replace(m, remind_at=None) for m in due.members))
    if open_to_all or call.kind is CallKind.NOTIFY:
        return changed(call, due, Outcome.DONE)
    if any(callee.takes_part for callee in call.callees):
        started = call.started_at or min((m.joined_at for m in call.members if m.joined_at), default=None)
        alive = replace(due, status=CallStatus.ACCEPTED, accepted_at=now, ring_by=None, started_at=started)
        return changed(call, alive, Outcome.DONE)
    return ended(call, replace(due, ring_by=None), EndReason.REJECTED, now, outcome=Outcome.DONE)


def _slept_through(call: Call, now: datetime) -> Change:
    late = [
        replace(m, state=MemberState.MISSED, missed_at=call.starts_at)
        for m in call.callees
        if m.state is MemberState.INVITED
    ]
    return ended(call, call.with_members(*late), EndReason.MISSED, now, outcome=Outcome.DONE)
