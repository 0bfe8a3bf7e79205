"""What Stream's reports mean for a call: pure, and in whatever order they come."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from bot.call import answering, meeting, ringing
from bot.call.change import Change, Outcome, nothing, then
from bot.call.values import Call, CallStatus, Member, Reason, Rejection
from bot.stream import events
from bot.stream.models import CallState, Session

NO_ANSWER = frozenset({"user-responded-elsewhere", "call-ended"})
"""Reasons some clients of Stream give when they stop ringing by themselves: nobody declined."""
PUT_OUT_WITHIN = timedelta(minutes=1)
"""Who leaves from Slack; if Stream sees them in even then, they are in."""
AT_ONCE = timedelta(seconds=5)
"""A session that ends so shortly before its call was ended with it."""


def reported(call: Call, event: events.Event, now: datetime) -> Change:
    """One event, applied to the call it is about. Times are Stream's own, but never of the future."""
    at = min(getattr(event, "at", now), now)
    match event:
        case events.Accepted(user_id=user_id):
            return _accepted(call, user_id, at)
        case events.Rejected(user_id=user_id, reason=reason):
            return _rejected(call, user_id, reason, at)
        case events.Missed(user_ids=user_ids):
            return _missed(call, user_ids, at)
        case events.ParticipantJoined(user_id=user_id, user_session_id=session):
            return _for_member(call, user_id, lambda user: meeting.joined(call, user, session, at))
        case events.ParticipantLeft(user_id=user_id, user_session_id=session):
            return _for_member(call, user_id, lambda user: meeting.left(call, user, session, at))
        case events.SessionEnded():
            return meeting.session_ended(call, at, _started_at(event))
        case events.Ended(user_id=ended_by):
            by = call.by_stream_id(ended_by) if ended_by else None
            return meeting.ended_elsewhere(call, by.user if by else None, at)
        case events.Deleted():
            return meeting.ended_elsewhere(call, None, at)
    return nothing(call, Outcome.NOTHING)


def reconciled(
    call: Call, state: CallState | None, now: datetime, asked: Call, leaving: Collection[str] = ()
) -> Change:
    """Everything Stream says of the call by now, in the order it matters: answers, presence, the end.

    `asked`: the call as it stood when Stream was asked. Its answer knows nothing of who has joined since.
    `leaving`: those whom Stream is yet to be told to put out.
    """
    if state is None:
        return meeting.ended_elsewhere(call, None, now)
    session, ended_at = state.call.session, state.call.ended_at
    change = _heard_of(call, session, ended_at, now, asked, leaving) if session else nothing(call, Outcome.NOTHING)
    if ended_at is not None:
        change = then(change, meeting.ended_elsewhere(change.call, None, min(ended_at, now)))
    return change


def _heard_of(
    call: Call, session: Session, ended_at: datetime | None, now: datetime, asked: Call, leaving: Collection[str]
) -> Change:
    change = nothing(call, Outcome.NOTHING)
    for user_id, at in session.accepted_by.items():
        change = then(change, _accepted(change.call, user_id, min(at, now)))
    for user_id, at in session.rejected_by.items():
        change = then(change, _rejected(change.call, user_id, None, min(at, now)))
    for at in sorted(set(session.missed_by.values())):
        late = [user_id for user_id, missed_at in session.missed_by.items() if missed_at == at]
        change = then(change, _missed(change.call, late, min(at, now)))
    over_at = _over_at(session, ended_at)
    inside = {(p.user.id, p.user_session_id): min(p.joined_at or now, now) for p in session.participants}
    change = _entered(change, inside, asked, now, leaving)
    change = _gone(change, inside, _sessions(asked), min(over_at or ended_at or now, now))
    if over_at is None:
        return change
    return then(change, meeting.session_ended(change.call, min(over_at, now), session.started_at))


def _started_at(event: events.SessionEnded) -> datetime | None:
    session = event.call.session if event.call else None
    return session.started_at if session and session.id == event.session_id else None


def _for_member(call: Call, stream_user_id: str, decide: Callable[[str], Change]) -> Change:
    member = call.by_stream_id(stream_user_id)
    if member is None:
        return nothing(call, Outcome.NOTHING)
    return decide(member.user)


def _accepted(call: Call, stream_user_id: str, at: datetime) -> Change:
    member = call.by_stream_id(stream_user_id)
    if member is None or member.is_caller or call.status is CallStatus.SCHEDULED:
        return nothing(call, Outcome.NOTHING)
    return answering.accept(call, member.user, at)


def _rejected(call: Call, stream_user_id: str, reason: str | None, at: datetime) -> Change:
    member = call.by_stream_id(stream_user_id)
    rejection = Rejection.from_stream(reason)
    if member is None or reason in NO_ANSWER:
        return nothing(call, Outcome.NOTHING)
    if not member.is_caller:
        return answering.reject(call, member.user, rejection, at)
    if rejection.reason is Reason.TIMEOUT:  # The caller's own client let the ring run out.
        return ringing.missed(call, {callee.user for callee in call.ringing}, at)
    if call.status is CallStatus.SCHEDULED:  # There is no ring to take back yet.
        return nothing(call, Outcome.NOTHING)
    return ringing.cancel(call, member.user, at)


def _missed(call: Call, stream_user_ids: Iterable[str], at: datetime) -> Change:
    members = [call.by_stream_id(user_id) for user_id in stream_user_ids]
    return ringing.missed(call, {member.user for member in members if member is not None}, at)


def _over_at(session: Session, call_ended_at: datetime | None) -> datetime | None:
    """When all had left. None while somebody is in, and where the end of the call put them out."""
    at = session.ended_at
    if at is None or (call_ended_at is not None and at > call_ended_at - AT_ONCE):
        return None
    return at


def _sessions(call: Call) -> frozenset[str]:
    return frozenset(session for member in call.members for session in member.sessions)


def _entered(
    change: Change,
    inside: Mapping[tuple[str, str], datetime],
    asked: Call,
    now: datetime,
    leaving: Collection[str],
) -> Change:
    for (user_id, session), at in sorted(inside.items()):
        member, was = change.call.by_stream_id(user_id), asked.by_stream_id(user_id)
        if member is not None:
            stayed = was and was.user not in leaving and _stayed(was, session, now)
            enter = meeting.still_in if stayed else meeting.joined
            change = then(change, enter(change.call, member.user, session, at))
    return change


def _stayed(member: Member, session: str, now: datetime) -> bool:
    """They left from Slack, and changed their mind before Stream put them out; or it never did."""
    return session in member.gone and (member.left_at is None or member.left_at <= now - PUT_OUT_WITHIN)


def _gone(
    change: Change, inside: Mapping[tuple[str, str], datetime], known: frozenset[str], gone_at: datetime
) -> Change:
    for member in change.call.members:
        for session in sorted(member.sessions & known):
            if (member.stream_user_id, session) not in inside:
                change = then(change, meeting.left(change.call, member.user, session, gone_at))
    return change
