"""Ringing: from Stream's answer to each callee's own, to the call that nobody took."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.call.change import Change, Outcome, changed, ended, nothing, then, users
from bot.call.values import (
    UNANSWERED,
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Event,
    Member,
    MemberState,
    Reason,
    Rejection,
    TimelineEntry,
)

MEMBERS_AT_MOST = 100
"""Caller and callees: what Stream takes in one request (its `CallRequest.members`)."""


def rang(call: Call, now: datetime, rung: Collection[str] | None = None) -> Change:
    """Stream has rung (or, for a notify, told) them: all who were invited, or just `rung`. Answer-by starts here."""
    if call.is_over or call.status is CallStatus.SCHEDULED:
        return nothing(call, Outcome.NOTHING)
    invited = [
        member
        for member in call.callees
        if member.state is MemberState.INVITED and (rung is None or member.user in rung)
    ]
    if call.kind is CallKind.NOTIFY:
        return _told(call, invited, now)
    ringing = call.with_members(*(_rung(member, now, call) for member in invited))
    ringing = replace(ringing, on_stream=True, ring_by=None, rung_at=call.rung_at or now)
    if ringing.status is CallStatus.PREPARING:
        taken = any(callee.takes_part for callee in ringing.callees)
        ringing = replace(
            ringing,
            status=CallStatus.ACCEPTED if taken else CallStatus.RINGING,
            accepted_at=now if taken else None,
        )
    if not invited and ringing == call:
        return nothing(call, Outcome.NOTHING)
    return changed(call, ringing, Outcome.DONE, *_rings_told(call, invited, now))


def _rings_told(call: Call, rung: list[Member], now: datetime) -> list[TimelineEntry]:
    """Who is rung for the first time, and who is rung again: a line each."""
    first = users(member for member in rung if member.rings == 0)
    again = users(member for member in rung if member.rings > 0)
    told = ((Event.RINGING, first), (Event.RUNG_AGAIN, again))
    return [TimelineEntry(event, now, user=call.caller, users=whom) for event, whom in told if whom]


def _rung(member: Member, now: datetime, call: Call) -> Member:
    return replace(
        member,
        state=MemberState.RINGING,
        deadline=now + call.ring_timeout,
        rings=member.rings + 1,
        rejection=None,
        answered_at=None,
        missed_at=None,
    )


def _told(call: Call, invited: list[Member], now: datetime) -> Change:
    told = call.with_members(*(replace(m, state=MemberState.NOTIFIED, deadline=None) for m in invited))
    told = replace(told, on_stream=True, ring_by=None, notified_at=call.notified_at or now)
    if told.status is CallStatus.PREPARING:
        told = replace(told, status=CallStatus.NOTIFIED, rung_at=now)
    entry = TimelineEntry(Event.NOTIFIED, now, user=call.caller, users=users(invited))
    return changed(call, told, Outcome.DONE, *([entry] if invited else []))


def not_rung(call: Call, why: str, now: datetime) -> Change:
    """Stream refused, or could not be reached in time: nobody was rung, and nobody but the caller hears of it."""
    if call.status is not CallStatus.PREPARING:
        return nothing(call, Outcome.NOTHING)
    return ended(call, replace(call, why=why), EndReason.NOT_RUNG, now, outcome=Outcome.DONE)


def could_not_ring(call: Call, whom: Collection[str], now: datetime) -> Change:
    """People added to a live call, or rung again, could not be put to Stream."""
    left_out = [
        replace(member, state=MemberState.NOT_RUNG, deadline=None)
        for member in call.callees
        if member.user in whom and member.state is MemberState.INVITED
    ]
    if call.is_over or not left_out:
        return nothing(call, Outcome.NOTHING)
    entry = TimelineEntry(Event.NOT_RUNG, now, users=users(left_out))
    return settled(changed(call, call.with_members(*left_out), Outcome.DONE, entry), now)


def accept(call: Call, user: str, now: datetime) -> Change:
    """They accept. The first answer stands: after a decline or a miss it is a join, the answer stays on record.

    `now` is when they did: an accept that Stream reports late, but made before the answer on record, wins over it.
    """
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if member.state is MemberState.ACCEPTED:
        return nothing(call, Outcome.ALREADY_ACCEPTED)
    if _may_answer(call, member) or _came_first(member, now):
        return _accepted(call, member, now)
    return join(call, user, now)


def _may_answer(call: Call, member: Member) -> bool:
    return member.state is MemberState.RINGING or (
        member.state is MemberState.INVITED and call.status is not CallStatus.SCHEDULED and call.kind is CallKind.RING
    )


def _came_first(member: Member, at: datetime) -> bool:
    """Made before the answer (or the miss) on record, and only heard of now."""
    if member.state is MemberState.REJECTED and not member.said_no_ahead:
        return member.answered_at is not None and at < member.answered_at
    return member.state is MemberState.MISSED and member.missed_at is not None and at < member.missed_at


def _accepted(call: Call, member: Member, now: datetime) -> Change:
    rung = rang(call, now) if call.status is CallStatus.PREPARING else nothing(call, Outcome.NOTHING)
    yes = replace(
        rung.call.member(member.user) or member,
        state=MemberState.ACCEPTED,
        rejection=None,
        deadline=None,
        answered_at=now,
        missed_at=None,
        left_at=None,
    )
    entry = TimelineEntry(Event.ACCEPTED, now, user=member.user)
    accepted = changed(rung.call, _lives(rung.call.with_member(yes), now), Outcome.ACCEPTED, entry)
    return then(rung, accepted)


def _lives(call: Call, now: datetime) -> Call:
    """A ringing call that somebody takes is accepted from then on."""
    if call.status in (CallStatus.RINGING, CallStatus.PREPARING):
        return replace(call, status=CallStatus.ACCEPTED, accepted_at=call.accepted_at or now)
    return call


def join(call: Call, user: str, now: datetime) -> Change:
    """They want their link. Who is being rung accepts by it; for anyone else nothing they answered changes."""
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if _may_answer(call, member):
        return _accepted(call, member, now)
    coming = replace(member, left_at=None) if member.state is MemberState.ACCEPTED else member
    joined = call.with_member(coming)
    if not member.is_caller and call.status is CallStatus.RINGING:
        joined = _lives(joined, now)
    return changed(call, joined, Outcome.JOIN)


def reject(call: Call, user: str, rejection: Rejection, now: datetime) -> Change:
    """They decline. It never ends the call for others; when nobody is left who might answer, the call ends."""
    member = call.member(user)
    if member is None or member.is_caller:
        return nothing(call, Outcome.NOT_A_MEMBER if member is None else Outcome.NOT_RINGING)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if not (_may_answer(call, member) or _rejected_first(member, now)):
        return nothing(call, _why_not_rejected(member))
    rung = rang(call, now) if call.status is CallStatus.PREPARING else nothing(call, Outcome.NOTHING)
    no = _no(rung.call.member(user) or member, rejection, now)
    event = Event.MISSED if no.state is MemberState.MISSED else Event.REJECTED
    entry = (
        TimelineEntry(Event.MISSED, now, users=(user,))
        if event is Event.MISSED
        else TimelineEntry(event, now, user=user, text=_words(rejection))
    )
    return settled(then(rung, changed(rung.call, rung.call.with_member(no), Outcome.REJECTED, entry)), now)


def _rejected_first(member: Member, at: datetime) -> bool:
    """Declined before they accepted elsewhere, and only heard of now."""
    return (
        member.state is MemberState.ACCEPTED
        and not member.was_there
        and member.answered_at is not None
        and at < member.answered_at
    ) or (member.state is MemberState.MISSED and member.missed_at is not None and at < member.missed_at)


def _no(member: Member, rejection: Rejection, now: datetime) -> Member:
    if rejection.reason is Reason.TIMEOUT:  # Their own client let the ring run out: nobody answered it.
        return replace(member, state=MemberState.MISSED, deadline=None, missed_at=now)
    return replace(
        member,
        state=MemberState.REJECTED,
        rejection=rejection,
        deadline=None,
        answered_at=now,
        missed_at=None,
    )


def _words(rejection: Rejection) -> str:
    return rejection.text if rejection.reason is Reason.TEXT else rejection.reason.value


def _why_not_rejected(member: Member) -> Outcome:
    return {
        MemberState.ACCEPTED: Outcome.ACCEPTED_BEFORE,
        MemberState.REJECTED: Outcome.ALREADY_REJECTED,
        MemberState.MISSED: Outcome.MISSED_BEFORE,
    }.get(member.state, Outcome.NOT_RINGING)


def missed(call: Call, whom: Collection[str], now: datetime) -> Change:
    """Their answer-by has passed, or Stream says they missed it."""
    late = [
        replace(member, state=MemberState.MISSED, deadline=None, missed_at=now)
        for member in call.ringing
        if member.user in whom
    ]
    if call.is_over or not late:
        return nothing(call, Outcome.NOTHING)
    entry = TimelineEntry(Event.MISSED, now, users=users(late))
    return settled(changed(call, call.with_members(*late), Outcome.DONE, entry), now)


def settled(change: Change, now: datetime) -> Change:
    """Ends a ringing call in which nobody is left who might answer."""
    call = change.call
    if call.status is not CallStatus.RINGING or any(c.state in UNANSWERED for c in call.callees):
        return change
    states = {callee.state for callee in call.callees}
    reason = {
        frozenset({MemberState.REJECTED}): EndReason.REJECTED,
        frozenset({MemberState.NOT_RUNG}): EndReason.NOT_RUNG,
    }.get(frozenset(states), EndReason.MISSED)
    return then(change, ended(call, call, reason, now, outcome=change.outcome))


def cancel(call: Call, user: str, now: datetime) -> Change:
    """The caller takes it back, until the first accept."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.status in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return nothing(call, Outcome.TOO_LATE_TO_CANCEL)
    return ended(call, call, EndReason.CANCELLED, now, by=user, outcome=Outcome.CANCELLED)


def ring_again(call: Call, user: str, whom: Collection[str] | None, now: datetime) -> Change:
    """The caller has those rung again who declined, missed it or could not be rung: all of them, or `whom`."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.kind is CallKind.NOTIFY or not call.is_live:
        return nothing(call, Outcome.NOT_RINGING)
    again = [
        replace(member, state=MemberState.INVITED, deadline=now + call.ring_timeout)
        for member in call.callees
        if may_be_rung_again(member) and (whom is None or member.user in whom)
    ]
    if not again:
        return nothing(call, Outcome.NOBODY_TO_RING)
    return changed(call, call.with_members(*again), Outcome.DONE)


def may_be_rung_again(member: Member) -> bool:
    return member.state in (MemberState.REJECTED, MemberState.MISSED, MemberState.NOT_RUNG) and not member.is_in


def add_people(call: Call, user: str, people: Collection[Member], now: datetime) -> Change:
    """The caller, or whoever accepted, brings in more people; they are rung (told, invited) like the others."""
    by = call.member(user)
    if by is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if not may_add(call, by):
        return nothing(call, Outcome.NOT_THE_CALLER)
    new = [
        replace(person, deadline=now + call.ring_timeout if call.is_live else None)
        for person in people
        if call.member(person.user) is None
    ]
    if not new:
        return nothing(call, Outcome.NOBODY_TO_RING)
    if len(call.members) + len(new) > MEMBERS_AT_MOST:
        return nothing(call, Outcome.TOO_MANY)
    entry = TimelineEntry(Event.ADDED, now, user=user, users=users(new))
    return changed(call, replace(call, members=(*call.members, *new)), Outcome.DONE, entry)


def may_add(call: Call, member: Member) -> bool:
    return member.is_caller or (call.status is not CallStatus.SCHEDULED and member.takes_part)
