"""Ringing: from Stream's answer to each callee's own, to the call that nobody took."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.call.change import Change, Outcome, changed, ended, goes_on, nothing, then, users
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
    if call.is_over or call.is_for_later:
        return nothing(call, Outcome.NOTHING)
    invited = [
        member
        for member in call.callees
        if member.state is MemberState.INVITED and (rung is None or member.user in rung)
    ]
    if call.kind is CallKind.NOTIFY:
        return _told(call, invited, now)
    ahead = [replace(member, answered_at=now) for member in accepted_ahead(call)]
    ringing = call.with_members(*(_rung(member, now, call) for member in invited), *ahead)
    ringing = replace(_with_ring_by(ringing, now), on_stream=True, ring_by=None, rung_at=call.rung_at or now)
    if ringing.status is CallStatus.PREPARING:
        taken = any(callee.takes_part or callee.state is MemberState.ACCEPTED for callee in ringing.callees)
        ringing = goes_on(ringing, now) if taken else replace(ringing, status=CallStatus.RINGING)
    if not invited and ringing == call:
        return nothing(call, Outcome.NOTHING)
    accepted = [TimelineEntry(Event.ACCEPTED, now, user=member.user) for member in ahead]
    return settled(changed(call, ringing, Outcome.DONE, *_rings_told(call, [*invited, *ahead], now), *accepted), now)


def accept_ahead(call: Call, user: str, now: datetime) -> Change:
    """They take a call that is only about to be put to Stream: their accept stands from when it is there."""
    member = call.member(user)
    is_about_to_ring = call.status is CallStatus.PREPARING and not call.is_for_later and call.starts_at is None
    if member is None or not is_about_to_ring or member.state is not MemberState.INVITED:
        return nothing(call, Outcome.NOT_RINGING)
    yes = replace(member, state=MemberState.ACCEPTED, answered_at=now)
    return changed(call, call.with_member(yes), Outcome.ACCEPTED)


def accepted_ahead(call: Call) -> list[Member]:
    if call.status is not CallStatus.PREPARING or call.starts_at is not None:
        return []
    return [callee for callee in call.callees if callee.state is MemberState.ACCEPTED and not callee.was_there]


def _with_ring_by(call: Call, now: datetime) -> Call:
    """Whoever was added while Stream was being asked is not forgotten: they, too, are rung in time or not at all."""
    waiting = [m for m in call.callees if m.state is MemberState.INVITED and m.deadline is None]
    return call.with_members(*(replace(m, deadline=now + call.ring_timeout) for m in waiting))


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
        missed_at=None,
    )


def _told(call: Call, invited: list[Member], now: datetime) -> Change:
    told = call.with_members(*(replace(m, state=MemberState.NOTIFIED, deadline=None) for m in invited))
    told = replace(_with_ring_by(told, now), on_stream=True, ring_by=None, notified_at=call.notified_at or now)
    if told.status is CallStatus.PREPARING:
        told = replace(told, status=CallStatus.NOTIFIED, rung_at=now, started_at=goes_on(told, now).started_at)
    entry = TimelineEntry(Event.NOTIFIED, now, user=call.caller, users=users(invited))
    return changed(call, told, Outcome.DONE, *([entry] if invited else []))


def not_rung(call: Call, why: str, now: datetime) -> Change:
    """Stream refused, or could not be reached in time: nobody was rung, and nobody but the caller hears of it.

    A call that people have joined before its time goes on without those who could not be rung.
    """
    if call.status is not CallStatus.PREPARING:
        return nothing(call, Outcome.NOTHING)
    has_begun = any(callee.takes_part for callee in call.callees) and not accepted_ahead(call)
    if call.kind is CallKind.RING and has_begun:
        whom = {callee.user for callee in call.callees}
        alive = changed(call, goes_on(call, now), Outcome.DONE)
        return then(alive, could_not_ring(alive.call, whom, now))
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
    if of_an_earlier_ring(member, now):
        return nothing(call, Outcome.NOTHING)
    if member.state is MemberState.ACCEPTED:
        return _accepted_earlier(call, member, now)
    if _may_answer(call, member) or _came_first(member, now):
        return _accepted(call, member, now)
    return join(call, user, now)


def of_an_earlier_ring(member: Member, at: datetime) -> bool:
    """An answer given before they were rung again, and repeated (or only heard of) since."""
    unanswered = member.state in (MemberState.INVITED, MemberState.RINGING)
    return unanswered and member.answered_at is not None and at < member.answered_at


def _accepted_earlier(call: Call, member: Member, at: datetime) -> Change:
    """They accepted twice. What counts is when they did first."""
    if member.answered_at is None or at >= member.answered_at or member.rings > 1:
        return nothing(call, Outcome.ALREADY_ACCEPTED)
    earlier = _lives(call.with_member(replace(member, answered_at=at)), at)
    return changed(call, earlier, Outcome.ALREADY_ACCEPTED)


def _may_answer(call: Call, member: Member) -> bool:
    return member.state is MemberState.RINGING or (
        member.state is MemberState.INVITED and not call.is_for_later and call.kind is CallKind.RING
    )


def _came_first(member: Member, at: datetime) -> bool:
    """Made before the answer (or the miss) on record, and only heard of now.

    Of somebody who was rung again it cannot be told which ring it answered: what is on record stands.
    """
    if member.rings > 1:
        return False
    if member.state is MemberState.REJECTED and not member.said_no_ahead:
        return member.answered_at is not None and at < member.answered_at
    return member.state is MemberState.MISSED and member.missed_at is not None and at < member.missed_at


def _accepted(call: Call, member: Member, now: datetime) -> Change:
    rung = _rung_by_now(call, now)
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


def _rung_by_now(call: Call, at: datetime) -> Change:
    """Who answers a call that Stream has not said it rang has been rung by it. That proves nothing of a plan: its
    people have had a way in before, so its ring is waited for."""
    if call.status is CallStatus.PREPARING and call.starts_at is None:
        return rang(call, at)
    return nothing(call, Outcome.NOTHING)


def _lives(call: Call, at: datetime) -> Call:
    """A ringing call that somebody takes is accepted from the first accept on, even one heard of late."""
    at = max(at, call.rung_at or at)
    if call.status is CallStatus.RINGING:
        return goes_on(call, at)
    if call.status is CallStatus.ACCEPTED and call.accepted_at and at < call.accepted_at:
        return replace(call, accepted_at=at)
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
    if not member.is_caller:
        joined = _lives(joined, now)
    return changed(call, joined, Outcome.JOIN)


def reject(call: Call, user: str, rejection: Rejection, now: datetime) -> Change:
    """They decline. It never ends the call for others; when nobody is left who might answer, the call ends."""
    member = call.member(user)
    if member is None or member.is_caller:
        return nothing(call, Outcome.NOT_A_MEMBER if member is None else Outcome.NOT_RINGING)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.is_for_later or of_an_earlier_ring(member, now) or _ran_out_before(member, rejection):
        return nothing(call, Outcome.NOT_RINGING)
    if not (_may_answer(call, member) or _rejected_first(member, rejection, now)):
        return _rejected_earlier(call, member, rejection, now)
    rung = _rung_by_now(call, now)
    no = _no(rung.call.member(user) or member, rejection, now)
    event = Event.MISSED if no.state is MemberState.MISSED else Event.REJECTED
    entry = (
        TimelineEntry(Event.MISSED, now, users=(user,))
        if event is Event.MISSED
        else TimelineEntry(event, now, user=user, text=_words(rejection))
    )
    told_already = event is Event.REJECTED and member.rejection is not None  # Nothing has been told of a ring since.
    entries = [] if told_already else [entry]
    return settled(then(rung, changed(rung.call, rung.call.with_member(no), Outcome.REJECTED, *entries)), now)


def _ran_out_before(member: Member, rejection: Rejection) -> bool:
    """It cannot be the ring that they are still waiting for."""
    return rejection.reason is Reason.TIMEOUT and member.state is MemberState.INVITED and member.rings > 0


def _rejected_first(member: Member, rejection: Rejection, at: datetime) -> bool:
    """Declined before they accepted elsewhere (which then was a join), and only heard of now."""
    if member.rings > 1:
        return False
    if member.state is MemberState.MISSED and rejection.reason is not Reason.TIMEOUT:
        return member.missed_at is not None and at < member.missed_at
    return member.state is MemberState.ACCEPTED and member.answered_at is not None and at < member.answered_at


def _rejected_earlier(call: Call, member: Member, rejection: Rejection, at: datetime) -> Change:
    """Nothing new, but for when they first did: what else is heard of late is measured by that."""
    why = _why_not_rejected(member)
    if member.rings > 1 or member.said_no_ahead:
        return nothing(call, why)
    if member.state is MemberState.REJECTED and member.answered_at and at < member.answered_at:
        return changed(call, call.with_member(replace(member, answered_at=at)), why)
    if member.state is MemberState.MISSED and member.missed_at and at < member.missed_at:
        return changed(call, call.with_member(replace(member, missed_at=at)), why)
    return nothing(call, why)


def _no(member: Member, rejection: Rejection, now: datetime) -> Member:
    if rejection.reason is Reason.TIMEOUT:  # Their own client let the ring run out: nobody answered it.
        return _missed_it(member, now)
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
        _missed_it(member, now)
        for member in call.ringing
        if member.user in whom and not of_an_earlier_ring(member, now)
    ]
    if call.is_over or not late:
        return nothing(call, Outcome.NOTHING)
    at = max((member.missed_at for member in late if member.missed_at), default=now)
    entry = TimelineEntry(Event.MISSED, at, users=users(late))
    return settled(changed(call, call.with_members(*late), Outcome.DONE, entry), now)


def _missed_it(member: Member, at: datetime) -> Member:
    """When the ring ran out, where that was before it was seen to."""
    at = min(at, member.deadline or at)
    return replace(member, state=MemberState.MISSED, rejection=None, deadline=None, missed_at=at, answered_at=None)


def settled(change: Change, now: datetime) -> Change:
    """Ends a ringing call in which nobody is left who might answer."""
    call = change.call
    if call.status is not CallStatus.RINGING or any(c.state in UNANSWERED for c in call.callees):
        return change
    answers = {callee.state for callee in call.callees} - {MemberState.NOT_RUNG}
    if not answers:
        reason = EndReason.NOT_RUNG
    else:
        reason = EndReason.REJECTED if answers == {MemberState.REJECTED} else EndReason.MISSED
    return then(change, ended(call, call, reason, now, outcome=change.outcome))


def cancel(call: Call, user: str, now: datetime) -> Change:
    """The caller takes it back, until the first accept."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.status is CallStatus.NOTIFIED or (call.status is CallStatus.ACCEPTED and not _cancelled_first(call, now)):
        return nothing(call, Outcome.TOO_LATE_TO_CANCEL)
    return ended(call, call, EndReason.CANCELLED, now, by=user, outcome=Outcome.CANCELLED)


def _cancelled_first(call: Call, at: datetime) -> bool:
    """Before the first accept, and only heard of now; once somebody is in, the call is theirs."""
    return call.accepted_at is not None and at < call.accepted_at and call.started_at is None


def ring_again(call: Call, user: str, whom: Collection[str] | None, now: datetime) -> Change:
    """The caller has those rung again who declined, missed it or could not be rung: all of them, or `whom`."""
    if user != call.caller:
        return nothing(call, Outcome.NOT_THE_CALLER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if call.kind is CallKind.NOTIFY or not call.is_live:
        return nothing(call, Outcome.NOT_RINGING)
    again = [
        replace(member, state=MemberState.INVITED, deadline=now + call.ring_timeout, answered_at=now, missed_at=None)
        for member in call.callees
        if may_be_rung_again(member) and (whom is None or member.user in whom)
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
        return nothing(call, Outcome.NOT_THE_CALLER)
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
