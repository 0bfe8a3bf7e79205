"""The thread under a card: one line for each thing that happened."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.call.values import (
    CANT_MAKE_IT,
    Call,
    CallKind,
    EndReason,
    Event,
    Member,
    MemberState,
    Reason,
    Rejection,
    TimelineEntry,
)
from bot.slack.blocks.parts import clock, day, listed, mention, mentions, quoted, sentence, starting
from bot.slack.blocks.says import declined, done, missing, over, people, was_plan

ICONS: dict[Event, str] = {
    Event.RINGING: ":telephone_receiver:",
    Event.SCHEDULED: ":calendar:",
    Event.NOTIFIED: ":loudspeaker:",
    Event.ACCEPTED: ":white_check_mark:",
    Event.RUNG_AGAIN: ":telephone_receiver:",
    Event.ENDED: ":checkered_flag:",
    Event.NOT_RUNG: ":warning:",
    Event.SKIPPED: ":warning:",
}


def line(entry: TimelineEntry, call: Call) -> str:
    """What happened, as mrkdwn; several lines may go out together, each on its own."""
    said = _SAID[entry.event](entry, call)
    told_again = entry.event is Event.RUNG_AGAIN and call.kind is CallKind.NOTIFY
    icon = ICONS.get(Event.NOTIFIED if told_again else entry.event)
    return f"{icon} {said}" if icon else said


def is_for_the_channel(entry: TimelineEntry, call: Call) -> bool:
    """A channel is told by its card. Where that has stood there for a while, this line is what calls people to it."""
    called = entry.event in (Event.RUNG_AGAIN, Event.EDITED) or (entry.event is Event.NOTIFIED and call.starts_at)
    called_off = entry.event is Event.ENDED and was_plan(call)
    return call.to_channel and bool(called or called_off)


def _ringing(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} is ringing {mentions(entry.users)}."


def _scheduled(entry: TimelineEntry, call: Call) -> str:
    at, _ = _planned(entry, call)
    when = f" for {day(at)}" if at else ""
    return f"{_by(entry, call)} planned a call with {_whom(entry, call)}{when}."


def _notified(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} told {_whom(entry, call)} about this call."


def _skipped(entry: TimelineEntry, call: Call) -> str:
    return sentence(entry.text) or f"{mentions(entry.users)} cannot be {done(call)}."


def _accepted(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} accepted."


def _rejected(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} {declined(_rejection(entry, call))}."


def _rejection(entry: TimelineEntry, call: Call) -> Rejection:
    """An entry holds Stream's reason, or the person's own words; whose answer still stands tells which."""
    member = call.member(entry.user or "")
    own_words = Rejection(Reason.TEXT, entry.text)
    if own_words == CANT_MAKE_IT or (member and member.rejection == own_words):
        return own_words
    return Rejection.from_stream(entry.text)


def _missed(entry: TimelineEntry, call: Call) -> str:
    return f"{mentions(entry.users)} missed it at {clock(entry.at)}."


def _joined(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} joined."


def _left(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} left."


def _rung_again(entry: TimelineEntry, call: Call) -> str:
    if call.kind is CallKind.NOTIFY:
        return f"{_by(entry, call)} told {_whom(entry, call)} about this call once more."
    return f"{_by(entry, call)} is ringing {mentions(entry.users)} again."


def _added(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} added {mentions(entry.users)}."


def _not_rung(entry: TimelineEntry, call: Call) -> str:
    whom = mentions(entry.users)
    if call.kind is CallKind.NOTIFY:
        return f"Stream could not tell {whom} about this call."
    return f"{whom} could not be rung."


def _edited(entry: TimelineEntry, call: Call) -> str:
    at, about = _planned(entry, call)
    when = f"now planned for {day(at)}" if at else "changed"
    topic = quoted(about)
    return f"{_by(entry, call)} changed the plan: {when}{f', about {topic}' if topic else ''}."


def _removed(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} removed {mentions(entry.users)}."


def _reminded(entry: TimelineEntry, call: Call) -> str:
    at, _ = _planned(entry, call)
    when = f" that it starts {starting(at, entry.at)}" if at else ""
    return f"Reminded {mentions(entry.users)}{when}."


def _can_make_it(entry: TimelineEntry, call: Call) -> str:
    return f"{_by(entry, call)} can make it after all."


def _ended(entry: TimelineEntry, call: Call) -> str:
    return " ".join(filter(None, (over(call) or "The call ended.", attendance(call))))


_SAID: dict[Event, Callable[[TimelineEntry, Call], str]] = {
    Event.RINGING: _ringing,
    Event.SCHEDULED: _scheduled,
    Event.NOTIFIED: _notified,
    Event.SKIPPED: _skipped,
    Event.ACCEPTED: _accepted,
    Event.REJECTED: _rejected,
    Event.MISSED: _missed,
    Event.JOINED: _joined,
    Event.LEFT: _left,
    Event.RUNG_AGAIN: _rung_again,
    Event.ADDED: _added,
    Event.NOT_RUNG: _not_rung,
    Event.EDITED: _edited,
    Event.REMOVED: _removed,
    Event.REMINDED: _reminded,
    Event.CAN_MAKE_IT: _can_make_it,
    Event.ENDED: _ended,
}


def _planned(entry: TimelineEntry, call: Call) -> tuple[datetime | None, str]:
    """For when it was then, and about what; entries of an earlier version do not hold the time."""
    at, topic = entry.planned
    return at or call.starts_at, topic


def _by(entry: TimelineEntry, call: Call) -> str:
    """Who did it; what nobody is named for, the caller did."""
    return mention(entry.user or call.caller)


def _whom(entry: TimelineEntry, call: Call) -> str:
    """To whom it was done; a channel's people are not called one by one."""
    return people(call) if call.to_channel else mentions(entry.users)


# --- who was there


def attendance(call: Call) -> str:
    """“There: Ana and Ben. Not there: Cy (declined) and Dee (missed).” Nothing where nobody could have been.

    Where people join in Slack's own huddle nobody is seen to join: then it tells who accepted.
    """
    if not (call.accepted_at or call.started_at):
        return _answers(call)
    seen = [member for member in call.members if member.was_there]
    there = seen or [callee for callee in call.callees if callee.state is MemberState.ACCEPTED]
    absent = [] if call.to_channel else [m for m in (call.members if seen else call.callees) if m not in there]
    known = seen or call.end_reason is EndReason.NOT_JOINED
    titles = ("There" if seen else "Accepted", "Not there" if known else "Did not accept")
    return " ".join(filter(None, (_roll(titles[0], _named(there)), _roll(titles[1], _absent(absent, call)))))


def _answers(call: Call) -> str:
    """For a ring that nobody took: who did what, where they did not all do the same."""
    if call.end_reason is not EndReason.MISSED or len({callee.state for callee in call.callees}) < 2:
        return ""
    return _roll("Not there", _absent(call.callees, call))


def _roll(title: str, names: Sequence[str]) -> str:
    return f"{title}: {listed(names)}." if names else ""


def _named(members: Iterable[Member]) -> list[str]:
    return [mention(member.user) for member in members]


def _absent(members: Iterable[Member], call: Call) -> list[str]:
    """Each with why they were not there."""
    return [_name(member, missing(member, call)) for member in members]


def _name(member: Member, why: str) -> str:
    return f"{mention(member.user)} ({why})" if why else mention(member.user)
