"""Being in the call: who joined and who left, as Stream tells it, and how it ends."""

from dataclasses import replace
from datetime import datetime

from bot.call.change import Change, Outcome, changed, ended, nothing, then
from bot.call.ringing import accept
from bot.call.values import Call, CallKind, CallStatus, EndReason, Event, MemberState, TimelineEntry


def joined(call: Call, user: str, session: str, at: datetime) -> Change:
    """Stream saw them join with one device. Who joins while being rung has accepted."""
    member = call.member(user)
    if call.is_over or member is None or session in member.gone | member.sessions:
        return nothing(call, Outcome.NOTHING)
    first = _accepts_by_joining(call, user, at)
    member = first.call.member(user) or member
    inside = replace(member, sessions=member.sessions | {session}, joined_at=member.joined_at or at, left_at=None)
    call_now = first.call.with_member(inside)
    if call_now.status is not CallStatus.SCHEDULED:
        call_now = replace(call_now, started_at=call_now.started_at or at)
    entries = [] if member.is_in else [TimelineEntry(Event.JOINED, at, user=user)]
    return then(first, changed(first.call, call_now, Outcome.DONE, *entries))


def _accepts_by_joining(call: Call, user: str, at: datetime) -> Change:
    member = call.member(user)
    if member is None or member.is_caller or call.kind is CallKind.NOTIFY:
        return nothing(call, Outcome.NOTHING)
    if call.status is CallStatus.SCHEDULED:
        early = replace(member, state=MemberState.ACCEPTED, rejection=None, answered_at=at)
        return changed(call, call.with_member(early), Outcome.DONE)
    return accept(call, user, at)


def left(call: Call, user: str, session: str, at: datetime) -> Change:
    """Stream saw one of their devices leave."""
    member = call.member(user)
    if call.is_over or member is None or session in member.gone:
        return nothing(call, Outcome.NOTHING)
    still = member.sessions - {session}
    outside = replace(member, sessions=still, gone=member.gone | {session})
    if not member.is_in or still:
        return changed(call, call.with_member(outside), Outcome.DONE)
    outside = replace(outside, left_at=at)
    return changed(call, call.with_member(outside), Outcome.DONE, TimelineEntry(Event.LEFT, at, user=user))


def leave(call: Call, user: str, now: datetime) -> Change:
    """They leave from Slack: all their devices. The others' ring goes on."""
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if not _may_leave(call, user):
        return nothing(call, Outcome.NOT_IN)
    outside = replace(member, sessions=frozenset(), gone=member.gone | member.sessions, left_at=now)
    change = changed(call, call.with_member(outside), Outcome.LEFT, TimelineEntry(Event.LEFT, now, user=user))
    return _empty(change, now)


def _may_leave(call: Call, user: str) -> bool:
    member = call.member(user)
    if member is None or call.status not in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return member is not None and member.is_in
    return member.takes_part or (member.is_caller and member.left_at is None)


def _empty(change: Change, now: datetime) -> Change:
    """A call nobody ever joined, and that everyone who had accepted has left, is over: Stream has no session to end."""
    call = change.call
    if call.status is not CallStatus.ACCEPTED or call.started_at or call.ringing:
        return change
    if any(callee.takes_part or callee.state is MemberState.INVITED for callee in call.callees):
        return change
    return then(change, ended(call, call, EndReason.LEFT, now, outcome=change.outcome))


def session_ended(call: Call, at: datetime) -> Change:
    """Stream says everybody has left. That ends a call that was accepted; a ring goes on without its caller inside."""
    if call.is_over or (call.accepted_at and at < call.accepted_at):
        return nothing(call, Outcome.NOTHING)
    if call.status in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return ended(call, call, EndReason.LEFT, at, outcome=Outcome.ENDED)
    return changed(call, _emptied(call, at), Outcome.DONE)


def _emptied(call: Call, at: datetime) -> Call:
    return call.with_members(
        *(replace(m, sessions=frozenset(), gone=m.gone | m.sessions, left_at=at) for m in call.members if m.is_in)
    )


def end(call: Call, user: str, now: datetime, *, is_admin: bool) -> Change:
    """End for all: for the caller and workspace admins."""
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if user != call.caller and not is_admin:
        return nothing(call, Outcome.MAY_NOT_END)
    reason = EndReason.CANCELLED if call.status is CallStatus.SCHEDULED else EndReason.ENDED
    return ended(call, call, reason, now, by=user, outcome=Outcome.ENDED)


def ended_elsewhere(call: Call, user: str | None, at: datetime) -> Change:
    """Another Stream client (or Stream itself) ended it: reported, never undone."""
    if call.is_over:
        return nothing(call, Outcome.OVER)
    return ended(call, call, EndReason.ENDED, at, by=user, outcome=Outcome.ENDED)
