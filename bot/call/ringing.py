"""Ringing: from Stream's answer to the ring that ran out, or was taken back."""

from collections.abc import Collection
from datetime import datetime

from bot.call.change import Change, Outcome, changed, ended, goes_on, nothing, then, users
from bot.call.frozen import replace
from bot.call.values import (
    UNANSWERED,
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Event,
    Member,
    MemberState,
    TimelineEntry,
)


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


def rung_by_now(call: Call, at: datetime) -> Change:
    """Who answers (or ends elsewhere) a call that Stream has not said it rang has been rung by it. That proves nothing
    of a plan: its people have had a way in before, so its ring is waited for."""
    if call.status is CallStatus.PREPARING and call.starts_at is None:
        return rang(call, at)
    return nothing(call, Outcome.NOTHING)


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
    """Stream refused, or could not be reached in time: nobody was rung, and the caller hears of it; of a plan, all
    who were invited.

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


def missed(call: Call, whom: Collection[str], now: datetime) -> Change:
    """Their answer-by has passed, or Stream says they missed it."""
    late = [
        missed_it(member, now) for member in call.ringing if member.user in whom and not of_an_earlier_ring(member, now)
    ]
    if call.is_over or not late:
        return nothing(call, Outcome.NOTHING)
    at = max((member.missed_at for member in late if member.missed_at), default=now)
    entry = TimelineEntry(Event.MISSED, at, users=users(late))
    return settled(changed(call, call.with_members(*late), Outcome.DONE, entry), now)


def missed_it(member: Member, at: datetime) -> Member:
    """When the ring ran out, where that was before it was seen to."""
    at = min(at, member.deadline or at)
    return replace(member, state=MemberState.MISSED, rejection=None, deadline=None, missed_at=at, answered_at=None)


def of_an_earlier_ring(member: Member, at: datetime) -> bool:
    """An answer given before they were rung again, and repeated (or only heard of) since."""
    unanswered = member.state in (MemberState.INVITED, MemberState.RINGING)
    return unanswered and member.answered_at is not None and at < member.answered_at


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
