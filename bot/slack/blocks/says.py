"""What is said of a call and its people, in words that cards, messages, lists and notes share."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.call.values import (
    CANT_MAKE_IT,
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Member,
    MemberState,
    Reason,
    Rejection,
)
from bot.slack.blocks.parts import Block, clock, context, day, duration, mention, mentions, quoted, sentence

REASON = 100
"""Characters of somebody's own words for declining."""
WHY = 150
"""Characters of why nobody was rung."""
TOPIC_IN_TEXT = 120
IN_TEXT = 3
"""Names in a notification: short enough to be read out."""


def who(user: str, reader: str = "") -> str:
    """Somebody at the start of a sentence."""
    return "You" if user == reader else mention(user)


def people(call: Call, most: int = IN_TEXT) -> str:
    """Whom the call is for."""
    if call.to_channel:
        return f"<#{call.channel}>"
    return mentions((callee.user for callee in call.callees), most) or "nobody"


def others(call: Call, reader: str, most: int = IN_TEXT) -> str:
    return mentions((callee.user for callee in call.callees if callee.user != reader), most)


def about(call: Call) -> str:
    """A sentence of its own; nothing without a topic."""
    topic = quoted(call.topic, TOPIC_IN_TEXT)
    return f"It is about {topic}." if topic else ""


def medium(call: Call) -> str:
    return "Video call" if call.video else "Audio call"


def facts(call: Call, *more: str) -> Block:
    return context(medium(call), *more)


def unreached(users: Iterable[str]) -> str:
    """Of callees to whom Slack does not let the bot write."""
    return f"{mentions(users)} could not be reached in Slack: only their Stream apps tell them about this call."


# --- how it ended


def over(call: Call, reader: str = "") -> str:
    """How it ended, as one or two sentences; empty while it has not."""
    match call.end_reason:
        case None:
            return ""
        case EndReason.ENDED:
            return _ended(call, reader)
        case EndReason.LEFT if call.started_at is None:
            return "Everybody who accepted has left again, so the call is over."
        case EndReason.LEFT:
            return f"Everybody left: the call ended{_lasted(call)}."
        case EndReason.CANCELLED:
            return _cancelled(call, reader)
        case EndReason.REJECTED:
            return "Everybody declined." if call.rung_at else "Nobody could make it."
        case EndReason.MISSED if call.was_slept_through:
            when = f" planned for {day(call.starts_at)}" if call.starts_at else ""
            return f"The call{when} could not ring when it was due, so nobody was rung."
        case EndReason.MISSED:
            return "Nobody answered."
        case EndReason.NOT_JOINED:
            return "Nobody joined, so the call is over."
        case EndReason.NOT_RUNG | EndReason.REFUSED:
            return why_not_rung(call)


def _ended(call: Call, reader: str) -> str:
    if was_plan(call) and call.starts_at:
        plan = f"call planned for {day(call.starts_at)}"
        return f"{who(call.ended_by, reader)} ended the {plan}." if call.ended_by else f"The {plan} was ended."
    after = _lasted(call) if call.accepted_at or call.started_at else " before anybody accepted"
    if call.kind is CallKind.NOTIFY and call.started_at is None:
        after = " before anybody joined" if call.ended_by else ""
    if call.ended_by:
        return f"{who(call.ended_by, reader)} ended the call for all{after}."
    return f"The call ended{after}."


def _cancelled(call: Call, reader: str) -> str:
    by = who(call.ended_by or call.caller, reader)
    if was_plan(call) and call.starts_at:
        return f"{by} cancelled the call planned for {day(call.starts_at)}."
    return f"{by} cancelled the call."


def verb(call: Call) -> str:
    """What a call does to its people."""
    return "tell" if call.kind is CallKind.NOTIFY else "ring"


def done(call: Call) -> str:
    return "told" if call.kind is CallKind.NOTIFY else "rung"


def was_plan(call: Call) -> bool:
    """It was for later, and nothing came of it."""
    return call.starts_at is not None and call.rung_at is None and call.accepted_at is None


def why_not_rung(call: Call) -> str:
    why = sentence(" ".join(call.why.split()), WHY).replace("nobody was rung", f"nobody was {done(call)}")
    if why and why[-1] not in ".!?…":
        why += "."
    return why if f"nobody was {done(call)}" in why else " ".join(filter(None, (f"Nobody was {done(call)}.", why)))


def length(call: Call) -> timedelta | None:
    """How long it was going on; None while it is, and where it never was."""
    began, over = call.started_at or call.accepted_at, _over_at(call)
    return over - began if began and over else None


def _over_at(call: Call) -> datetime | None:
    """Where everybody left, when the last one did: Stream says that its session ended only some time after that."""
    left = [member.left_at for member in call.members if member.was_there and member.left_at]
    return max(left) if call.end_reason is EndReason.LEFT and left else call.ended_at


def _lasted(call: Call) -> str:
    lasted = length(call)
    return f" after {duration(lasted)}" if lasted is not None else ""


# --- what somebody answered


def declined(rejection: Rejection | None) -> str:
    """“declined”, with the reason where there is more to say."""
    if rejection == CANT_MAKE_IT:
        return "can't make it"
    return f"declined{in_brackets(rejection)}"


def in_brackets(rejection: Rejection | None) -> str:
    if rejection is None or rejection.reason not in (Reason.BUSY, Reason.TEXT):
        return ""
    said = quoted(rejection.text, REASON) if rejection.reason is Reason.TEXT else "busy"
    return f" ({said})" if said else ""


def answer(member: Member, call: Call, *, huddle: bool = False) -> str:
    """What somebody is doing about the call, in a word or two, after their name."""
    if member.is_in:
        return "in the call"
    if member.is_caller:
        return _of_caller(member, call, huddle=huddle)
    if member.state is MemberState.REJECTED:
        return declined(member.rejection)
    if member.state is MemberState.MISSED and member.missed_at:
        return f"missed it at {clock(member.missed_at)}"
    return in_a_word(member, call)


def _of_caller(caller: Member, call: Call, *, huddle: bool) -> str:
    if caller.left_at is not None:
        return "left"
    if call.status is CallStatus.SCHEDULED:
        return "planned it"
    if call.status in (CallStatus.ACCEPTED, CallStatus.NOTIFIED):
        return "called" if huddle else "not in yet"
    return "calling"


def in_a_word(member: Member, call: Call) -> str:
    """The same without reasons and times, as counts need it."""
    if member.is_in:
        return "in the call"
    if member.state is MemberState.ACCEPTED:
        return "left" if member.left_at else "accepted"
    if member.state is MemberState.NOTIFIED:
        return "left" if member.left_at else "told"
    if member.state is MemberState.INVITED:
        return f"about to be {done(call)}" if call.is_live else "invited"
    if member.said_no_ahead:
        return "can't make it"
    return {
        MemberState.RINGING: "ringing",
        MemberState.REJECTED: "declined",
        MemberState.MISSED: "missed it",
        MemberState.NOT_RUNG: _not_rung(call),
    }[member.state]


def counts(members: Iterable[Member], call: Call) -> str:
    """“3 in the call · 12 ringing · 1 declined”, the most frequent first."""
    tally = Counter(in_a_word(member, call) for member in members)
    return " · ".join(f"{number} {word}" for word, number in tally.most_common())


def missing(member: Member, call: Call) -> str:
    """Why somebody was not there, in brackets after their name."""
    if call.was_rung_to_its_end(member):
        return ""
    return {
        MemberState.REJECTED: "can't make it" if member.said_no_ahead else "declined",
        MemberState.MISSED: "missed",
        MemberState.NOT_RUNG: _not_rung(call),
        MemberState.ACCEPTED: "accepted",
    }.get(member.state, "")


def _not_rung(call: Call) -> str:
    """Whom Stream does not tell of a notify, Slack may have told all the same."""
    return "not told by Stream" if call.kind is CallKind.NOTIFY else "not rung"
