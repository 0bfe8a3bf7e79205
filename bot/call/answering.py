"""Answering a ring: who accepts, joins or declines, here or in another Stream client; their first answer stands."""

from datetime import datetime

from bot.call.change import Change, Outcome, changed, goes_on, nothing, then
from bot.call.frozen import replace
from bot.call.ringing import missed_it, of_an_earlier_ring, rung_by_now, settled
from bot.call.values import (
    Call,
    CallKind,
    CallStatus,
    Event,
    Member,
    MemberState,
    Reason,
    Rejection,
    TimelineEntry,
)


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
    rung = rung_by_now(call, now)
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
        return _rejected_earlier(call, member, now)
    rung = rung_by_now(call, now)
    no = _no(rung.call.member(user) or member, rejection, now)
    entries = _told_of(no, member, rejection, now)
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


def _rejected_earlier(call: Call, member: Member, at: datetime) -> Change:
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
        return missed_it(member, now)
    return replace(
        member,
        state=MemberState.REJECTED,
        rejection=rejection,
        deadline=None,
        answered_at=now,
        missed_at=None,
    )


def _told_of(no: Member, before: Member, rejection: Rejection, now: datetime) -> list[TimelineEntry]:
    if no.state is MemberState.MISSED:
        return [TimelineEntry(Event.MISSED, now, users=(no.user,))]
    if before.rejection is not None:  # Nothing has been told of a ring since.
        return []
    return [TimelineEntry(Event.REJECTED, now, user=no.user, text=_words(rejection))]


def _words(rejection: Rejection) -> str:
    return rejection.text if rejection.reason is Reason.TEXT else rejection.reason.value


def _why_not_rejected(member: Member) -> Outcome:
    return {
        MemberState.ACCEPTED: Outcome.ACCEPTED_BEFORE,
        MemberState.REJECTED: Outcome.ALREADY_REJECTED,
        MemberState.MISSED: Outcome.MISSED_BEFORE,
    }.get(member.state, Outcome.NOT_RINGING)


def accept_ahead(call: Call, user: str, now: datetime) -> Change:
    """They take a call that is only about to be put to Stream: their accept stands from when it is there."""
    member = call.member(user)
    is_about_to_ring = call.status is CallStatus.PREPARING and call.starts_at is None
    if member is None or not is_about_to_ring or member.state is not MemberState.INVITED:
        return nothing(call, Outcome.NOT_RINGING)
    yes = replace(member, state=MemberState.ACCEPTED, answered_at=now)
    return changed(call, call.with_member(yes), Outcome.ACCEPTED)
