"""What a transition gives back: the call as it is now, what the thread will tell, and what the presser is to hear."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.call.frozen import replace
from bot.call.values import Call, CallStatus, EndReason, Event, Member, MemberState, TimelineEntry


class Outcome(StrEnum):
    """What came of a press, a command or a report. Those under the line changed nothing, and say why."""

    DONE = "done"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    JOIN = "join"
    """They may join: a personal link is due to them."""
    LEFT = "left"
    ENDED = "ended"
    SNOOZED = "snoozed"
    CANT_MAKE_IT = "cant_make_it"
    # ---
    NOTHING = "nothing"
    """A report that told nothing new."""
    OVER = "over"
    NOT_A_MEMBER = "not_a_member"
    NOT_THE_CALLER = "not_the_caller"
    MAY_NOT_END = "may_not_end"
    MAY_NOT_ADD = "may_not_add"
    ALREADY_ACCEPTED = "already_accepted"
    ACCEPTED_BEFORE = "accepted_before"
    """Decline after Accept: Leave is offered."""
    ALREADY_REJECTED = "already_rejected"
    MISSED_BEFORE = "missed_before"
    TOO_LATE_TO_CANCEL = "too_late_to_cancel"
    NOT_IN = "not_in"
    NOT_RINGING = "not_ringing"
    NOT_SCHEDULED = "not_scheduled"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    NOBODY_TO_RING = "nobody_to_ring"


@dataclass(frozen=True)
class Change:
    before: Call
    call: Call
    outcome: Outcome
    timeline: tuple[TimelineEntry, ...] = ()

    @property
    def changed(self) -> bool:
        return self.call != self.before or bool(self.timeline)


def nothing(call: Call, outcome: Outcome) -> Change:
    return Change(call, call, outcome)


def changed(before: Call, call: Call, outcome: Outcome, *timeline: TimelineEntry) -> Change:
    return Change(before, call, outcome, timeline)


def then(first: Change, second: Change) -> Change:
    """Both, one after the other, as one; the second's outcome is what counts."""
    return Change(first.before, second.call, second.outcome, first.timeline + second.timeline)


def users(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(member.user for member in members)


def ended(
    before: Call, call: Call, reason: EndReason, now: datetime, *, by: str | None = None, outcome: Outcome
) -> Change:
    """`call`, over. Whoever was still rung has missed it; whoever was about to be was not rung; whoever was invited to
    a plan that will not be is told so."""
    over = replace(
        call.with_members(*(_put_down(member, call, now) for member in call.members)),
        status=CallStatus.ENDED,
        ended_at=now,
        end_reason=reason,
        ended_by=by,
        edits=call.edits + _is_called_off(call, reason),
    )
    return changed(before, over, outcome, TimelineEntry(Event.ENDED, now, user=by))


def _is_called_off(call: Call, reason: EndReason) -> bool:
    """Stream had the plan, so its people are invited, and nothing came of it. Who said no, all of them, know it."""
    has_begun = call.rung_at is not None or call.accepted_at is not None
    return call.starts_at is not None and call.on_stream and not has_begun and reason is not EndReason.REJECTED


def _put_down(member: Member, call: Call, now: datetime) -> Member:
    member = replace(
        member,
        deadline=None,
        remind_at=None,
        sessions=frozenset(),
        gone=member.gone | member.sessions,
        left_at=now if member.is_in else member.left_at,
    )
    if member.state is MemberState.RINGING:
        return replace(member, state=MemberState.MISSED, missed_at=now, answered_at=None)
    if member.state is MemberState.INVITED and not call.is_for_later:
        return replace(member, state=MemberState.NOT_RUNG)
    return member


def goes_on(call: Call, at: datetime) -> Call:
    """The call, taken by somebody at `at`. It has started already where somebody is in."""
    joined = [member.joined_at for member in call.inside if member.joined_at]
    started = (call.started_at or min(joined)) if joined else None
    return replace(call, status=CallStatus.ACCEPTED, accepted_at=at, ring_by=None, started_at=started)
