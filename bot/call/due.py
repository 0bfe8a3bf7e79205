"""What time does to a call: when something is next due, and what has come due by now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from bot.call.change import Change, Outcome, ended, nothing, then
from bot.call.planning import begin, remind
from bot.call.ringing import could_not_ring, missed, not_rung
from bot.call.values import Call, CallStatus, EndReason, MemberState, Rules

EMPTY_AT_MOST = timedelta(minutes=16)
"""Stream ends the session of an empty call after at most 15 minutes (`inactivity_timeout_seconds`). If it never says
so, the call is not left open for ever."""
PREPARED_WITHIN = timedelta(days=1)
"""Who the people of a plan are is asked until Slack says it; but not for ever, should nobody be left to ask."""
STREAM_SILENT = "Stream did not take the call in time, so nobody was rung."
SLACK_SILENT = "Slack did not tell in time who they are, so nobody was rung."


def due_at(call: Call, rules: Rules) -> datetime | None:
    """The next time something is due for this call; None when nothing is."""
    return min(_due_times(call, rules), default=None)


def _due_times(call: Call, rules: Rules) -> Iterator[datetime]:
    if call.is_over:
        return
    if call.status is CallStatus.PREPARING:
        yield call.ring_by or call.starts_at or call.created_at + PREPARED_WITHIN
    if call.status is CallStatus.SCHEDULED:
        if call.starts_at:
            yield call.starts_at
        yield from (member.remind_at for member in call.members if member.remind_at)
    if call.is_live:
        yield from (member.deadline for member in call.members if member.deadline)
    if at := _given_up_at(call, rules):
        yield at


def _given_up_at(call: Call, rules: Rules) -> datetime | None:
    """When a call that nobody joined is over, or one that all have left without Stream ever saying so."""
    if call.inside:
        return None
    if call.started_at and call.status in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return max((m.left_at for m in call.members if m.left_at), default=call.started_at) + EMPTY_AT_MOST
    if call.status is CallStatus.ACCEPTED and call.accepted_at and not call.started_at:
        return call.accepted_at + rules.huddle_length if rules.huddle else _not_joined_at(call, call.accepted_at, rules)
    if call.status is CallStatus.NOTIFIED and call.rung_at and not call.started_at:
        return call.rung_at + (rules.huddle_length if rules.huddle else rules.notify_length)
    return None


def _not_joined_at(call: Call, first_accept: datetime, rules: Rules) -> datetime | None:
    """Whoever accepted last has time to join like the first; whoever is still rung, or about to be, is waited for."""
    if any(callee.deadline for callee in call.callees):
        return None
    if at := _left_at(call):
        return at
    answers = (callee.answered_at for callee in call.callees if callee.state is MemberState.ACCEPTED)
    return max([first_accept, *filter(None, answers)]) + rules.join_grace


def _left_at(call: Call) -> datetime | None:
    """When the last of those who accepted left again; None where somebody has not, or nobody accepted."""
    left = [callee.left_at for callee in call.callees if callee.state is MemberState.ACCEPTED]
    return max(filter(None, left), default=None) if all(left) else None


def tick(call: Call, now: datetime, rules: Rules) -> Change:
    """Everything that has come due for this call, in order, as one change. Twice is harmless."""
    change = nothing(call, Outcome.NOTHING)
    for step in (_begun, remind, _ring_by_passed, _answer_by_passed, partial(_given_up, rules=rules)):
        came = step(change.call, now)
        if came.call is not change.call:
            change = then(change, came)
    return change


def _begun(call: Call, now: datetime) -> Change:
    if call.is_for_later and call.starts_at and call.starts_at <= now:
        return begin(call, now)
    return nothing(call, Outcome.NOTHING)


def _ring_by_passed(call: Call, now: datetime) -> Change:
    if call.status is CallStatus.PREPARING:
        if not call.is_for_later and (call.ring_by or call.created_at + PREPARED_WITHIN) <= now:
            return not_rung(call, STREAM_SILENT if _are_known(call) else SLACK_SILENT, now)
        return nothing(call, Outcome.NOTHING)
    if not call.is_live:
        return nothing(call, Outcome.NOTHING)
    return could_not_ring(call, _past(call, MemberState.INVITED, now), now)


def _are_known(call: Call) -> bool:
    """Who its people are has been found out: nothing is put to Stream before."""
    caller = call.member(call.caller)
    return caller is not None and caller.stream_user_id != ""


def _answer_by_passed(call: Call, now: datetime) -> Change:
    late = _past(call, MemberState.RINGING, now)
    return missed(call, late, now) if late else nothing(call, Outcome.NOTHING)


def _past(call: Call, state: MemberState, now: datetime) -> set[str]:
    return {m.user for m in call.callees if m.state is state and m.deadline and m.deadline <= now}


def _given_up(call: Call, now: datetime, rules: Rules) -> Change:
    at = _given_up_at(call, rules)
    if at is None or at > now:
        return nothing(call, Outcome.NOTHING)
    if rules.huddle:  # Who was in it nobody knows.
        return ended(call, call, EndReason.ENDED, now, outcome=Outcome.DONE)
    reason = EndReason.LEFT if call.started_at or _left_at(call) else EndReason.NOT_JOINED
    return ended(call, call, reason, now, outcome=Outcome.DONE)
