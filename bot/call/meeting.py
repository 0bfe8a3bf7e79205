"""Being in the call: who joined and who left, as Stream tells it, and how it ends."""

from datetime import datetime

from bot.call.answering import accept
from bot.call.change import Change, Outcome, changed, ended, nothing, then
from bot.call.frozen import replace
from bot.call.ringing import of_an_earlier_ring, rung_by_now
from bot.call.values import Call, CallKind, CallStatus, EndReason, Event, Member, MemberState, TimelineEntry


def joined(call: Call, user: str, session: str, at: datetime) -> Change:
    """Stream saw them join with one device. Who joins while being rung has accepted."""
    member = call.member(user)
    if call.is_over or member is None:
        return nothing(call, Outcome.NOTHING)
    if session in member.gone:
        return _had_joined(call, member, at)
    if session in member.sessions:
        return _joined_by(nothing(call, Outcome.NOTHING), user, at)
    first = _accepts_by_joining(call, member, at)
    entered = first.call.member(user) or member
    since = entered.joined_at if entered.is_in else None
    inside = replace(entered, sessions=entered.sessions | {session}, joined_at=since, left_at=None)
    entries = [] if entered.is_in else [TimelineEntry(Event.JOINED, at, user=user)]
    entering = changed(first.call, first.call.with_member(inside), Outcome.DONE, *entries)
    return _joined_by(then(first, entering), user, at)


def _joined_by(change: Change, user: str, at: datetime) -> Change:
    """They were in by `at`, and so, unless it is for later, the call had started."""
    call = change.call
    member = call.member(user)
    if member is None:
        return change
    call = call.with_member(replace(member, joined_at=min(member.joined_at or at, at)))
    if not call.is_for_later and (call.started_at or member.is_in):
        call = replace(call, started_at=min(call.started_at or at, at))
    return replace(change, call=call)


def _had_joined(call: Call, member: Member, at: datetime) -> Change:
    """A join heard of after its own leave. It tells when they came, and, of a ring that was on, that they took it."""
    of_this_ring = call.rung_at is not None and at >= call.rung_at and call.kind is CallKind.RING
    taken = accept(call, member.user, at) if of_this_ring and not member.is_caller else nothing(call, Outcome.NOTHING)
    begun = taken.call.accepted_at
    if member.is_in:  # They have come back since.
        return taken
    if begun and at < begun:
        joined_at = min(member.joined_at or at, at)
        earlier = replace(taken.call.member(member.user) or member, joined_at=joined_at)
        return replace(taken, call=taken.call.with_member(earlier))
    return _joined_by(taken, member.user, at)


def still_in(call: Call, user: str, session: str, at: datetime) -> Change:
    """They left from Slack with all their devices, and Stream sees one of them in all the same, since `at`."""
    member = call.member(user)
    if call.is_over or member is None:
        return nothing(call, Outcome.NOTHING)
    return joined(call.with_member(replace(member, gone=member.gone - {session})), user, session, at)


def _accepts_by_joining(call: Call, member: Member, at: datetime) -> Change:
    if member.is_caller or call.kind is CallKind.NOTIFY:
        return nothing(call, Outcome.NOTHING)
    if call.is_for_later:
        early = replace(member, state=MemberState.ACCEPTED, rejection=None, answered_at=at)
        return changed(call, call.with_member(early), Outcome.DONE)
    if of_an_earlier_ring(member, at):  # They were in before they were rung again: they need no ring.
        at = member.answered_at or at
    return accept(call, member.user, at)


def left(call: Call, user: str, session: str, at: datetime) -> Change:
    """Stream saw one of their devices leave."""
    member = call.member(user)
    if call.is_over or member is None or session in member.gone:
        return nothing(call, Outcome.NOTHING)
    if session not in member.sessions:
        return _left_unseen(call, member, session, at)
    still = member.sessions - {session}
    outside = replace(member, sessions=still, gone=member.gone | {session})
    if still:
        return changed(call, call.with_member(outside), Outcome.DONE)
    alone = _emptied_by(call.with_member(replace(outside, left_at=at)), at)
    return changed(call, alone, Outcome.DONE, TimelineEntry(Event.LEFT, at, user=user))


def _left_unseen(call: Call, member: Member, session: str, at: datetime) -> Change:
    """A leave whose join was not heard of: they joined all the same, unless it was before this ring."""
    before = call.is_for_later or (call.rung_at is not None and at < call.rung_at)
    left_already = member.left_at is not None and member.state is not MemberState.RINGING
    if not (member.is_in or before or left_already):
        came = joined(call, member.user, session, at)
        return then(came, left(came.call, member.user, session, at))
    outside = replace(member, gone=member.gone | {session})
    if not member.is_in:
        outside = replace(outside, left_at=max(member.left_at or at, at))
    return changed(call, call.with_member(outside), Outcome.DONE)


def _emptied_by(call: Call, at: datetime) -> Call:
    """Where all had left before the first accept, the call that was accepted has yet to start."""
    had_begun = call.status is CallStatus.NOTIFIED or (call.accepted_at is not None and at >= call.accepted_at)
    return call if call.inside or had_begun else replace(call, started_at=None)


def leave(call: Call, user: str, now: datetime, *, huddle: bool = False) -> Change:
    """They leave from Slack: all their devices. The others' ring goes on.

    `huddle`: nobody knows whether others are in, so the call goes on for them.
    """
    member = call.member(user)
    if member is None:
        return nothing(call, Outcome.NOT_A_MEMBER)
    if call.is_over:
        return nothing(call, Outcome.OVER)
    if not _may_leave(call, member):
        return nothing(call, Outcome.NOT_IN)
    outside = replace(member, sessions=frozenset(), gone=member.gone | member.sessions, left_at=now)
    change = changed(call, call.with_member(outside), Outcome.LEFT, TimelineEntry(Event.LEFT, now, user=user))
    return change if huddle else _empty(change, now)


def _may_leave(call: Call, member: Member) -> bool:
    if call.status not in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return member.is_in
    return member.takes_part or (member.is_caller and member.left_at is None)


def _empty(change: Change, now: datetime) -> Change:
    """A call nobody ever joined, and that everyone who had accepted has left, is over: Stream has no session to end."""
    call = change.call
    if call.status is not CallStatus.ACCEPTED or call.started_at or call.ringing:
        return change
    if any(callee.takes_part or callee.state is MemberState.INVITED for callee in call.callees):
        return change
    return then(change, ended(call, call, EndReason.LEFT, now, outcome=change.outcome))


def session_ended(call: Call, at: datetime, started_at: datetime | None = None) -> Change:
    """Stream says everybody has left. That ends a call that was accepted, unless somebody came in again since; a ring
    goes on without its caller inside.

    `started_at`: when the first of that session joined, where Stream says so.
    """
    if call.is_over:
        return nothing(call, Outcome.NOTHING)
    if _came_before(call, at, started_at):
        return changed(call, _emptied_by(call, at), Outcome.NOTHING)
    left_by_all = _all_left(call, at)
    came_back = bool(left_by_all.call.inside)
    if call.status in (CallStatus.ACCEPTED, CallStatus.NOTIFIED) and not came_back:
        out = left_by_all.call
        return then(left_by_all, ended(out, out, EndReason.LEFT, at, outcome=Outcome.ENDED))
    return left_by_all


def _came_before(call: Call, ended_at: datetime, started_at: datetime | None) -> bool:
    """An earlier session, before this call was one. It may outlast the accept: Stream ends it only when it has been
    empty for a while, and those who look in while it rings may have left by then."""
    begun = call.accepted_at if call.status is CallStatus.ACCEPTED else call.rung_at
    if begun is None:
        return False
    nobody_since = call.status is CallStatus.ACCEPTED and call.started_at is None
    return ended_at < begun or (nobody_since and (started_at is None or started_at < begun))


def _all_left(call: Call, at: datetime) -> Change:
    out = [
        replace(m, sessions=frozenset(), gone=m.gone | m.sessions, left_at=at)
        for m in call.inside
        if m.joined_at is None or m.joined_at <= at
    ]
    entries = [TimelineEntry(Event.LEFT, at, user=member.user) for member in out]
    return changed(call, _emptied_by(call.with_members(*out), at), Outcome.DONE, *entries)


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
    rung = rung_by_now(call, at)
    return then(rung, ended(rung.call, rung.call, EndReason.ENDED, at, by=user, outcome=Outcome.ENDED))
