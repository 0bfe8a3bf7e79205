"""The direct messages of a call: to those it rings, tells or invites, and to its caller."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.call.planning import SNOOZE
from bot.call.values import CLOCKS_DIFFER, Call, CallKind, CallStatus, EndReason, Member, MemberState
from bot.messages import MessageKey, MessageKind
from bot.slack.blocks.actions import on_message
from bot.slack.blocks.buttons import buttons
from bot.slack.blocks.card import card
from bot.slack.blocks.parts import Block, Drawn, clock, day, mention, quoted, row, section, spoken, starting
from bot.slack.blocks.says import (
    about,
    done,
    facts,
    in_brackets,
    others,
    over,
    people,
    was_plan,
    why_not_rung,
)


def draw(
    call: Call, key: MessageKey, *, message_id: str, now: datetime, huddle: bool = False, own_links: bool = True
) -> Drawn:
    """Any message a call has. `huddle`: people meet where nobody can tell who is in. `own_links`: each person's link
    into the call is theirs alone."""
    if key.kind is MessageKind.CARD:
        return card(call, message_id, huddle=huddle)
    said = _say(call, key, now, own_links=own_links)
    blocks: list[Block] = [section(f"{said.icon} *{said.headline}*".strip(), quoted(call.topic))]
    blocks += [section(said.then)] if said.then else []
    blocks += [facts(call, *said.facts)] if said.facts is not None else []
    if said.pressable:
        blocks += row(buttons(call, key.user, key.kind), call.id, on_message(message_id))
    return Drawn(spoken(said.headline, said.then, about(call)), tuple(blocks))


@dataclass(frozen=True)
class _Said:
    headline: str
    """One sentence: also what a notification says, with the topic."""
    icon: str = ""
    then: str = ""
    """What follows from it."""
    facts: tuple[str, ...] | None = None
    """Beside audio or video; None: not even that."""
    pressable: bool = True


def _say(call: Call, key: MessageKey, now: datetime, *, own_links: bool) -> _Said:
    member = call.member(key.user)
    if member is None:
        return _taken_out(call)
    if key.kind is MessageKind.INCOMING:
        return _incoming(call, member, key.nth, now)
    if key.kind is MessageKind.OUTGOING:
        return _outgoing(call, member, own_links=own_links)
    if key.kind is MessageKind.REMINDER:
        return _reminder(call, member, key.nth, now)
    if key.kind is MessageKind.CHANGED:
        return _changed(call, member, key.nth)
    return _OTHERS[key.kind](call, member)


def _taken_out(call: Call) -> _Said:
    return _Said(
        f"{mention(call.caller)} removed you from this call.",
        ":calendar:",
        then="There is nothing you need to do.",
        pressable=False,
    )


# --- to those who are rung


def _incoming(call: Call, member: Member, nth: int, now: datetime) -> _Said:
    caller = mention(call.caller)
    if nth < member.rings:
        return _Said(
            f"{caller} rang you, and has rung you again since.", then="See the newer message.", pressable=False
        )
    if member.state is MemberState.RINGING and not call.is_over:
        with_whom = others(call, member.user)
        until = f"rings until {clock(member.deadline)}" if member.deadline and member.deadline > now else ""
        return _Said(
            f"{caller} is ringing you{' again' if nth > 1 else ''}",
            ":telephone_receiver:",
            facts=(f"also {with_whom}" if with_whom else "", until),
        )
    headline = _answered(call, member)
    going_on = "The call is still on: you can join." if call.is_live and not member.takes_part else ""
    return _Said(headline, _icon(member), then=over(call, member.user) or going_on, facts=())


def _answered(call: Call, member: Member) -> str:
    caller = mention(call.caller)
    match member.state:
        case MemberState.ACCEPTED if member.left_at and not member.is_in and not call.is_over:
            return f"You accepted {caller}'s call, and left"
        case MemberState.ACCEPTED:
            return f"You accepted {caller}'s call"
        case MemberState.REJECTED if member.said_no_ahead:
            return f"You said you can't make it to {caller}'s call"
        case MemberState.REJECTED:
            return f"You declined {caller}'s call{in_brackets(member.rejection)}"
        case MemberState.MISSED if member.missed_at and not call.was_rung_to_its_end(member):
            return f"You missed a call from {caller} at {clock(member.missed_at)}"
        case MemberState.INVITED:
            return f"{caller} is about to ring you again"
        case _:
            return f"{caller} rang you"


def _icon(member: Member) -> str:
    return {MemberState.ACCEPTED: ":white_check_mark:", MemberState.REJECTED: ":no_entry_sign:"}.get(
        member.state, ":telephone_receiver:"
    )


# --- to its caller


def _outgoing(call: Call, caller: Member, *, own_links: bool) -> _Said:
    if call.is_over:
        return _Said(f"Your call with {people(call)} is over", ":checkered_flag:", over(call, caller.user), facts=())
    if call.kind is CallKind.NOTIFY:
        told = f"You told {people(call)} about your call"
        return _Said(told, ":loudspeaker:", then="The link is yours alone." if own_links else "", facts=())
    if call.status is CallStatus.ACCEPTED:
        return _Said(f"Your call with {people(call)} is on", ":large_green_circle:", facts=())
    waiting = f"{'Your own' if own_links else 'The'} link is here already: you are called in when somebody accepts."
    return _Said(f"You are ringing {people(call)}", ":telephone_receiver:", then=waiting, facts=())


def _called_in(call: Call, caller: Member) -> _Said:
    first = next((callee for callee in call.callees if callee.answered_at == call.accepted_at), None)
    accepted = f"{mention(first.user)} accepted" if first and call.accepted_at else "Your call has begun"
    if call.is_over:
        return _Said(accepted, ":checkered_flag:", then=over(call, caller.user))
    return _Said(f"{accepted}: come in", ":white_check_mark:", facts=())


def _nobody_rung(call: Call, caller: Member) -> _Said:
    when = f", planned for {day(call.starts_at)}" if call.starts_at else ""
    return _Said(f"Nobody was {done(call)}", ":warning:", then=why_not_rung(call), facts=(f"for {people(call)}{when}",))


# --- to those who are told or invited


def _told(call: Call, member: Member) -> _Said:
    if call.is_over:
        return _Said(
            f"{mention(call.caller)} told you about a call", ":checkered_flag:", over(call, member.user), facts=()
        )
    return _Said(f"{mention(call.caller)} is telling you about a call", ":loudspeaker:", facts=())


def _invite(call: Call, member: Member) -> _Said:
    when = f" for {day(call.starts_at)}" if call.starts_at else ""
    if member.is_caller:
        headline = f"You planned a call with {people(call)}{when}"
    else:
        headline = f"{mention(call.caller)} invites you to a call{when}"
    with_whom = others(call, member.user) if not (member.is_caller or call.to_channel) else ""
    return _Said(headline, ":calendar:", _plan(call, member), (f"also {with_whom}" if with_whom else "",))


def _plan(call: Call, member: Member) -> str:
    """Where a plan stands for somebody."""
    if call.is_over:
        return over(call, member.user)
    if call.status is not CallStatus.SCHEDULED:
        return "It has begun."
    if member.said_no_ahead:
        return "You said you can't make it."
    if member.is_caller:
        return ""
    return f"You will be {done(call)} then."


def _reminder(call: Call, member: Member, nth: int, now: datetime) -> _Said:
    if call.status is not CallStatus.SCHEDULED:
        headline = f"{_whose(call, member)} was planned for {day(call.starts_at)}" if call.starts_at else "Your call"
        return _Said(headline, ":alarm_clock:", then=_plan(call, member), facts=())
    headline = (
        f"{_whose(call, member)} starts {starting(call.starts_at, now)}" if call.starts_at else "Your call starts soon"
    )
    then = _plan(call, member) if member.said_no_ahead else ""
    is_time = nth == member.reminders and not _was_moved(member, now)
    return _Said(headline, ":alarm_clock:", then, (), pressable=is_time)


def _was_moved(member: Member, now: datetime) -> bool:
    """They are reminded again later than a snooze puts it off: this reminder came too soon, as it is by now."""
    return member.remind_at is not None and member.remind_at > now + SNOOZE + CLOCKS_DIFFER


def _whose(call: Call, member: Member) -> str:
    return f"Your call with {people(call)}" if member.is_caller else f"{mention(call.caller)}'s call"


def _changed(call: Call, member: Member, nth: int) -> _Said:
    caller = mention(call.caller)
    if nth < call.edits:
        return _Said(
            f"{caller} changed a plan, and has changed it again since.", then="See the newer message.", pressable=False
        )
    slept = call.went_on_unrung or (call.was_slept_through and member.state is MemberState.MISSED)
    if slept and call.starts_at:
        missed = f"You missed a call from {caller}, planned for {day(call.starts_at)}"
        going_on = " It is on: you can join." if call.is_live and not member.takes_part else ""
        return _Said(missed, ":telephone_receiver:", then=f"{why_not_rung(call)}{going_on}", facts=())
    if call.is_over and was_plan(call):
        not_rung = call.end_reason is EndReason.NOT_RUNG and call.starts_at
        when = f"planned for {day(not_rung)}" if not_rung else ""
        return _Said(over(call, member.user), ":calendar:", facts=(when,))
    now_for = f": now for {day(call.starts_at)}" if call.starts_at else ""
    return _Said(f"{caller} changed the plan for a call{now_for}", ":calendar:", _plan(call, member), ())


_OTHERS: dict[MessageKind, Callable[[Call, Member], _Said]] = {
    MessageKind.CALLED_IN: _called_in,
    MessageKind.TOLD: _told,
    MessageKind.INVITE: _invite,
    MessageKind.NOT_RUNG: _nobody_rung,
}
