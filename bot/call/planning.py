"""Calls for later: put down, changed, reminded of, and begun when their time has come."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bot.call.change import Change, Outcome, changed, ended, goes_on, nothing, then, users
from bot.call.frozen import replace
from bot.call.ringing import not_rung, settled
from bot.call.values import (
    CANT_MAKE_IT,
    MEMBERS_AT_MOST,
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Event,
    Member,
    MemberState,
    Rules,
    TimelineEntry,
    as_planned,
)

SNOOZE = timedelta(minutes=5)
LAST_CALL = timedelta(minutes=1)
"""A snoozed reminder comes back at the latest this long before the call."""
SLEPT = "The ringer was not running at that time, so nobody was rung."
NOT_READY = "The call was not ready at that time, so nobody was rung."
NOBODY_LEFT = "There is nobody left to ring: those who were invited cannot be rung any more."


def scheduled(call: Call, now: datetime, rules: Rules) -> Change:
    """Stream has the call: its people are invited and reminders set. Where Slack or Stream was silent for so long that
    its time is over, nobody hears of it but its caller."""
    if call.status is not CallStatus.PREPARING or call.starts_at is None or call.ring_by is not None:
        return nothing(call, Outcome.NOTHING)
    if _ring_by(call, call.starts_at) <= now:
        return ended(call, replace(call, why=NOT_READY), EndReason.NOT_RUNG, now, outcome=Outcome.DONE)
    waiting = _with_reminders(replace(call, status=CallStatus.SCHEDULED, on_stream=True), now, rules)
    entry = TimelineEntry(Event.SCHEDULED, now, call.caller, users(call.callees), as_planned(call.starts_at))
    return changed(call, waiting, Outcome.DONE, entry)


def _ring_by(call: Call, starts_at: datetime) -> datetime:
    """A plan that nobody could ring at its time is rung late, but no later than its ring would have lasted."""
    return starts_at + call.ring_timeout


def _with_reminders(call: Call, now: datetime, rules: Rules) -> Call:
    if call.starts_at is None:
        return call
    at = call.starts_at - rules.reminder
    due = at if at > now else None
    return call.with_members(*(replace(m, remind_at=due if _is_reminded(call, m) else None) for m in call.members))


def _is_reminded(call: Call, member: Member) -> bool:
    """A channel's people have its card; who said no knows of the call. Who is in may have left by then."""
    told = member.is_caller or not call.to_channel
    return told and member.state is not MemberState.REJECTED


def cant_make_it(call: Call, user: str, now: datetime) -> Change:
    member = call.member(user)
    if member is None or member.is_caller:
        return nothing(call, Outcome.NOT_A_MEMBER if member is None else Outcome.NOT_RINGING)
    if call.status is not CallStatus.SCHEDULED:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
    if member.state is MemberState.REJECTED:
        return nothing(call, Outcome.ALREADY_REJECTED)
    if member.is_in:
        return nothing(call, Outcome.ACCEPTED_BEFORE)
    no = replace(member, state=MemberState.REJECTED, rejection=CANT_MAKE_IT, answered_at=now, remind_at=None)
    entry = TimelineEntry(Event.REJECTED, now, user=user, text=CANT_MAKE_IT.text)
    return changed(call, call.with_member(no), Outcome.CANT_MAKE_IT, entry)


def can_make_it(call: Call, user: str, now: datetime, rules: Rules) -> Change:
    """They take their no back, while there is time."""
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.status is not CallStatus.SCHEDULED:
        return nothing(call, Outcome.OVER if call.is_over else Outcome.NOT_SCHEDULED)
    if not member.said_no_ahead:
        return nothing(call, Outcome.NOTHING)
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
    if member.said_no_ahead:
        return nothing(call, Outcome.ALREADY_REJECTED)
    again = min(now + SNOOZE, call.starts_at - LAST_CALL)
    if again <= now:
        return nothing(call, Outcome.TOO_SOON)
    if member.remind_at is not None:  # It was moved since: they are reminded of that time anyway.
        again = max(again, member.remind_at)
    return changed(call, call.with_member(replace(member, remind_at=again)), Outcome.SNOOZED)


def remind(call: Call, now: datetime) -> Change:
    """Those whose reminder is due are reminded; each reminder is a message of its own."""
    due = [m for m in call.members if m.remind_at is not None and m.remind_at <= now]
    if not due or call.status is not CallStatus.SCHEDULED or call.starts_at is None:
        return nothing(call, Outcome.NOTHING)
    outside = [member for member in due if _is_reminded(call, member) and not member.is_in]
    reminded = [replace(member, remind_at=None, reminders=member.reminders + 1) for member in outside]
    quiet = [replace(member, remind_at=None) for member in due if member not in outside]
    first = [member for member in reminded if member.reminders == 1]
    entries = [TimelineEntry(Event.REMINDED, now, None, users(reminded), as_planned(call.starts_at))] if first else []
    return changed(call, call.with_members(*reminded, *quiet), Outcome.DONE, *entries)


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
    if not keep - {call.caller} and not call.to_channel:
        return nothing(call, Outcome.NOBODY_TO_RING)
    removed = [callee for callee in call.callees if callee.user not in keep]
    added = [person for person in {p.user: p for p in people}.values() if call.member(person.user) is None]
    members = (*(m for m in call.members if m.is_caller or m.user in keep), *added)
    moved = starts_at != call.starts_at
    if moved:  # A no was said to the old time.
        members = tuple(_asked_anew(member) for member in members)
    new = replace(call, members=members, starts_at=starts_at, topic=topic)
    if new == call:
        return nothing(call, Outcome.NOTHING)
    if moved or topic != call.topic:  # What those invited before are told of; who comes and goes they see.
        new = replace(new, edits=call.edits + 1)
    reminded = _with_reminders(new, now, rules)
    new = reminded if moved else new.with_members(*(m for m in reminded.members if call.member(m.user) is None))
    return changed(call, new, Outcome.DONE, *_told(call, new, removed, added, user, now))


def _asked_anew(member: Member) -> Member:
    if member.said_no_ahead:
        return replace(member, state=MemberState.INVITED, rejection=None, answered_at=None)
    return member


def _told(
    old: Call, new: Call, removed: list[Member], added: list[Member], user: str, now: datetime
) -> list[TimelineEntry]:
    entries = []
    if new.starts_at and (new.starts_at != old.starts_at or new.topic != old.topic):
        entries.append(TimelineEntry(Event.EDITED, now, user=user, text=as_planned(new.starts_at, new.topic)))
    if added:
        entries.append(TimelineEntry(Event.ADDED, now, user=user, users=users(added)))
    if removed:
        entries.append(TimelineEntry(Event.REMOVED, now, user=user, users=users(removed)))
    return entries


def begin(call: Call, now: datetime) -> Change:
    """Its time has come: those are rung who did not say no and are not in.

    Where nobody was there to ring in time (all was down), it is not rung late: it was missed.
    """
    if call.starts_at is None or not call.is_for_later:
        return nothing(call, Outcome.NOTHING)
    due = replace(call, members=tuple(_at_its_time(member) for member in call.members))
    ring_by = _ring_by(call, call.starts_at)
    waiting = [callee for callee in due.callees if callee.state is MemberState.INVITED]
    if call.kind is CallKind.NOTIFY and (waiting or due.inside):
        return _told_at_its_time(call, due, ring_by, now)
    if not waiting:
        return _begun_by(call, due, now)
    if now >= ring_by:
        return _slept_through(call, due, waiting, now)
    return changed(call, replace(due, status=CallStatus.PREPARING, ring_by=ring_by), Outcome.DONE)


def _at_its_time(member: Member) -> Member:
    """Who came early and left again is rung like the others."""
    if member.remind_at:
        member = replace(member, remind_at=None)
    if member.state is MemberState.ACCEPTED and not member.is_in:
        return replace(member, state=MemberState.INVITED, answered_at=None)
    return member


def _told_at_its_time(call: Call, due: Call, ring_by: datetime, now: datetime) -> Change:
    """Nobody can miss a notify, but none is told of it late, unless somebody is in it."""
    if due.inside:
        ring_by = max(ring_by, now + call.ring_timeout)
    if now >= ring_by:
        return ended(call, replace(due, why=_why_late(call)), EndReason.NOT_RUNG, now, outcome=Outcome.DONE)
    return changed(call, replace(due, status=CallStatus.PREPARING, ring_by=ring_by), Outcome.DONE)


def without(call: Call, gone: Mapping[str, str], now: datetime) -> Change:
    """Its people were looked at once more: who cannot be rung is named, with the reason; the others are rung. Where its
    caller is gone, or the channel that they told, nobody is."""
    if call.caller in gone and call.status is CallStatus.PREPARING:
        return _without_its_caller(call, gone[call.caller], now)
    left_out = [m for m in call.callees if m.user in gone and m.state is MemberState.INVITED]
    if not (call.status is CallStatus.PREPARING or call.is_live) or not left_out:
        return nothing(call, Outcome.NOTHING)
    rest = call.with_members(*(replace(member, state=MemberState.NOT_RUNG, deadline=None) for member in left_out))
    entries = [TimelineEntry(Event.SKIPPED, now, users=(m.user,), text=gone[m.user]) for m in left_out]
    skipped = changed(call, rest, Outcome.DONE, *entries)
    if call.is_live:
        return settled(skipped, now)
    if any(c.state is MemberState.INVITED or c.takes_part for c in rest.callees):
        return skipped
    return then(skipped, ended(rest, replace(rest, why=NOBODY_LEFT), EndReason.NOT_RUNG, now, outcome=Outcome.DONE))


def _without_its_caller(call: Call, why: str, now: datetime) -> Change:
    """Those invited are told, as when it is called off. Whoever is in already stays in."""
    change = not_rung(call, why, now)
    if change.call.is_over:
        return change
    entry = TimelineEntry(Event.SKIPPED, now, users=(call.caller,), text=why)
    return replace(change, timeline=(entry, *change.timeline))


def _begun_by(call: Call, due: Call, now: datetime) -> Change:
    """Nobody is left to ring: all who did not say no are in."""
    if any(callee.takes_part for callee in due.callees):
        return changed(call, goes_on(due, now), Outcome.DONE)
    said_no = any(callee.state is MemberState.REJECTED for callee in due.callees)
    return ended(call, due, EndReason.REJECTED if said_no else EndReason.NOT_RUNG, now, outcome=Outcome.DONE)


def _slept_through(call: Call, due: Call, waiting: list[Member], now: datetime) -> Change:
    """Those not in have missed it; those in stay in. If Stream never had it, nobody but its caller knows of it."""
    if not call.on_stream:
        return ended(call, replace(due, why=_why_late(call)), EndReason.NOT_RUNG, now, outcome=Outcome.DONE)
    late = [replace(member, state=MemberState.MISSED, missed_at=call.starts_at) for member in waiting]
    missed = replace(due.with_members(*late), why=SLEPT)
    entry = TimelineEntry(Event.MISSED, call.starts_at or now, users=users(late))
    told = changed(call, missed, Outcome.DONE, entry)
    if any(callee.takes_part for callee in missed.callees):
        return replace(told, call=replace(goes_on(missed, now), edits=call.edits + 1))
    return then(told, ended(missed, missed, EndReason.MISSED, now, outcome=Outcome.DONE))


def _why_late(call: Call) -> str:
    """What was never put to Stream may have waited for Slack, or for Stream, while all ran."""
    return SLEPT if call.on_stream else NOT_READY
