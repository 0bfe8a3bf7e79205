"""Which Slack messages a call keeps true, and what each of them shows: pure, from the call's state alone.

The painter draws and posts them; a message is owed a new picture only when its `face` has changed.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.call.values import Call, CallKind, CallStatus, EndReason, Member, MemberState


class MessageKind(StrEnum):
    CARD = "card"
    """The call's one card, in the channel (or where the bot can post); its thread tells the story."""
    INCOMING = "incoming"
    """To a callee: somebody is ringing you. One for each ring."""
    OUTGOING = "outgoing"
    """To the caller: their own link, from the moment the ring starts."""
    CALLED_IN = "called_in"
    """To the caller, at the first accept: come in."""
    TOLD = "told"
    """To somebody a notify names."""
    INVITE = "invite"
    """To somebody a scheduled call invites, at once; and to its caller."""
    REMINDER = "reminder"
    """One for each reminder."""
    CHANGED = "changed"
    """To somebody invited: the plan changed, or was called off. One for each change."""
    NOT_RUNG = "not_rung"
    """To the caller: nobody was rung, and why."""


@dataclass(frozen=True)
class MessageKey:
    kind: MessageKind
    user: str = ""
    """Whose direct message it is; empty for the card."""
    nth: int = 0


@dataclass(frozen=True)
class Message:
    """One Slack message, as the store knows it."""

    id: str
    call_id: str
    key: MessageKey
    channel: str = ""
    ts: str = ""
    told: int = 0
    """For a card: the last timeline entry that its thread tells."""
    response_url: str = ""
    """Of the last press on it, while it may still be used."""
    gone: bool = False
    """Deleted, or its channel cannot be written to any more: never painted again."""


def wanted(call: Call) -> Iterator[MessageKey]:
    """Every message this call has or should have by now, in the order of their importance."""
    if call.end_reason is EndReason.REFUSED:
        return
    for member in call.members:
        yield from _to(member, call)
    if _has_card(call):
        yield MessageKey(MessageKind.CARD)


def _has_card(call: Call) -> bool:
    """A card appears with the ring, the notice or the plan; what never came to that is the caller's business only."""
    return call.rung_at is not None or (call.starts_at is not None and call.on_stream)


def _to(member: Member, call: Call) -> Iterator[MessageKey]:
    if member.is_caller:
        yield from _to_caller(member, call)
        return
    for nth in range(1, member.rings + 1):
        yield MessageKey(MessageKind.INCOMING, member.user, nth)
    if call.kind is CallKind.NOTIFY and call.rung_at and not call.to_channel and not member.said_no_ahead:
        yield MessageKey(MessageKind.TOLD, member.user)
    if call.to_channel:
        return
    if call.starts_at is not None and call.on_stream:
        yield MessageKey(MessageKind.INVITE, member.user)
    yield from _of_a_plan(member, call)


def _to_caller(caller: Member, call: Call) -> Iterator[MessageKey]:
    if call.rung_at is not None:
        yield MessageKey(MessageKind.OUTGOING, caller.user)
    if call.accepted_at is not None and call.kind is CallKind.RING:
        yield MessageKey(MessageKind.CALLED_IN, caller.user)
    if call.end_reason is EndReason.NOT_RUNG or call.was_slept_through:
        yield MessageKey(MessageKind.NOT_RUNG, caller.user)
    if call.starts_at is not None and call.on_stream:
        yield MessageKey(MessageKind.INVITE, caller.user)
    yield from _of_a_plan(caller, call)


def _of_a_plan(member: Member, call: Call) -> Iterator[MessageKey]:
    for nth in range(1, member.reminders + 1):
        yield MessageKey(MessageKind.REMINDER, member.user, nth)
    if not member.is_caller:
        for nth in range(1, call.edits + 1):
            yield MessageKey(MessageKind.CHANGED, member.user, nth)


def face(call: Call, key: MessageKey) -> Hashable:
    """What this message's picture depends on: while it is the same, the message need not be drawn again."""
    if key.kind is MessageKind.CARD:
        return call
    member = call.member(key.user)
    common = (
        call.topic,
        call.video,
        call.starts_at,
        call.end_reason,
        call.ended_by,
        call.why,
        _phase(call),
        tuple(m.user for m in call.members),
    )
    if member is None:
        return common
    own = (member.state, member.rejection, member.rings, member.takes_part, member.reminders, member.missed_at)
    if key.kind in (MessageKind.OUTGOING, MessageKind.CALLED_IN):
        first = tuple(
            callee.user for callee in call.callees if call.accepted_at and callee.answered_at == call.accepted_at
        )
        return (*common, own, call.accepted_at, first, member.is_in, member.left_at is None)
    if key.kind is MessageKind.REMINDER:
        return (*common, own, member.remind_at)
    return (*common, own, call.edits) if key.kind is MessageKind.CHANGED else (*common, own)


def _phase(call: Call) -> str:
    return CallStatus.RINGING if call.is_live else call.status


def has_heard(member: Member) -> bool:
    """They were told of this call in some message."""
    return member.rings > 0 or member.state not in (MemberState.INVITED, MemberState.NOT_RUNG)
