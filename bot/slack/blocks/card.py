"""The call's card: seen by all, always true, and without anybody's link."""

from bot.call.values import Call, CallStatus, EndReason
from bot.messages import MessageKind
from bot.slack.blocks.actions import on_message
from bot.slack.blocks.buttons import buttons
from bot.slack.blocks.lines import attendance
from bot.slack.blocks.parts import NAMES, Block, Drawn, clock, day, duration, mention, quoted, row, section, spoken
from bot.slack.blocks.says import about, answer, counts, facts, length, over, people, verb


def card(call: Call, message_id: str, *, huddle: bool = False) -> Drawn:
    """`huddle`: people meet where nobody can tell who is in."""
    headline = _headline(call)
    blocks: list[Block] = [section(f"{_icon(call)} *{headline}*", quoted(call.topic))]
    if body := _ending(call) if call.is_over else _people(call, huddle=huddle):
        blocks.append(section(body))
    blocks.append(facts(call, *_times(call)))
    blocks += row(buttons(call, None, MessageKind.CARD), call.id, on_message(message_id))
    return Drawn(spoken(headline, over(call), about(call)), tuple(blocks))


def _icon(call: Call) -> str:
    if call.is_over:
        return ":checkered_flag:"
    return {
        CallStatus.SCHEDULED: ":calendar:",
        CallStatus.ACCEPTED: ":large_green_circle:",
        CallStatus.NOTIFIED: ":loudspeaker:",
    }.get(call.status, ":telephone_receiver:")


def _headline(call: Call) -> str:
    caller = mention(call.caller)
    match call.status:
        case CallStatus.ENDED:
            return f"{caller}'s call with {people(call)} is over"
        case CallStatus.SCHEDULED if call.starts_at:
            return f"{caller} plans a call with {people(call)} for {day(call.starts_at)}"
        case CallStatus.NOTIFIED:
            return f"{caller} is telling {people(call)} about a call"
        case CallStatus.ACCEPTED:
            return f"{caller}'s call with {people(call)} is on"
        case CallStatus.RINGING:
            return f"{caller} is ringing {people(call)}"
        case _:
            return f"{caller} is about to {verb(call)} {people(call)}"


def _people(call: Call, *, huddle: bool) -> str:
    """A line a person; too many to read through, counts."""
    if call.to_channel or len(call.callees) > NAMES:
        return counts((member for member in call.members if not member.is_caller or member.is_in), call)
    return "\n".join(f"{mention(member.user)} {answer(member, call, huddle=huddle)}" for member in call.members)


def _ending(call: Call) -> str:
    return "\n".join(filter(None, (over(call), attendance(call))))


def _times(call: Call) -> tuple[str, ...]:
    if call.is_over:
        return _afterwards(call)
    if call.status is CallStatus.SCHEDULED and call.starts_at:
        return (f"starts {day(call.starts_at)}",)
    began = call.started_at or call.accepted_at or call.rung_at
    if began is None:
        return ()
    if call.status is CallStatus.NOTIFIED and call.started_at is None:
        return (f"told at {clock(began)}",)
    return (f"{'ringing' if call.status is CallStatus.RINGING else 'going on'} since {clock(began)}",)


def _afterwards(call: Call) -> tuple[str, ...]:
    lasted = length(call)
    ended = f"ended {day(call.ended_at)}" if call.ended_at else ""
    took_place = call.started_at is not None or call.end_reason is EndReason.ENDED
    return (ended, f"lasted {duration(lasted)}" if lasted is not None and took_place else "")
