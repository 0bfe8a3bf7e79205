"""Which buttons stand where, when and for whom: the one place that decides it."""

from typing import Final, Literal

from bot.call.inviting import may_be_rung_again
from bot.call.values import Call, CallKind, CallStatus, EndReason, Member, MemberState
from bot.messages import MessageKind
from bot.slack.blocks.actions import Action

HOME: Final = "home"
Where = MessageKind | Literal["home"]
"""On which of our messages, or in Home and `/ring list`."""

Buttons = tuple[Action, ...]

UNHEARD: Final = (MemberState.MISSED, MemberState.REJECTED, MemberState.NOT_RUNG)
"""Whoever did not take a call may call back once it is over."""
ANSWER: Final = (Action.ACCEPT, Action.DECLINE, Action.DECLINE_WITH)


def buttons(call: Call, user: str | None, where: Where) -> Buttons:
    """What makes sense now for `user`; for anybody who sees the card, where `where` is the card."""
    if where is MessageKind.CARD:
        return _on_card(call)
    if user is None or (user != call.caller and call.member(user) is None):
        return ()
    by_place = {
        MessageKind.INCOMING: _incoming,
        MessageKind.OUTGOING: _outgoing,
        MessageKind.CALLED_IN: _join_only,
        MessageKind.TOLD: _join_only,
        MessageKind.INVITE: _invite,
        MessageKind.REMINDER: _reminder,
        MessageKind.CHANGED: _invite,
        MessageKind.NOT_RUNG: _not_rung,
        HOME: _home,
    }
    return by_place[where](call, user)


def _keep(*each: tuple[Action, bool]) -> Buttons:
    return tuple(action for action, makes_sense in each if makes_sense)


# --- the card: anybody may press, and is told if it is not for them


def _on_card(call: Call) -> Buttons:
    if call.is_over:
        return _afterwards(call)
    if call.status is CallStatus.SCHEDULED:
        return (Action.EDIT, Action.CANCEL_PLAN)
    if call.status is CallStatus.PREPARING:
        return (Action.CANCEL,)
    ring = call.kind is CallKind.RING
    return _keep(
        (Action.JOIN, True),
        (Action.LEAVE, any(member.takes_part for member in call.members)),
        (Action.RING_AGAIN, ring and any(may_be_rung_again(callee) for callee in call.callees)),
        (Action.NOTIFY_AGAIN, not ring),
        (Action.ADD_PEOPLE, not call.to_channel),
        (Action.CANCEL, call.status is CallStatus.RINGING),
        (Action.END, call.status is not CallStatus.RINGING),
    )


def _afterwards(call: Call) -> Buttons:
    """For its caller, a fresh call to the same people; a plan that was called off is not rung after all."""
    if call.end_reason is EndReason.NOT_RUNG:
        return (Action.TRY_AGAIN,)
    was_held = call.rung_at is not None or call.accepted_at is not None
    missed = call.end_reason is EndReason.MISSED
    return _keep((Action.RING_AGAIN, call.kind is CallKind.RING and (was_held or missed) and bool(call.callees)))


# --- direct messages


def _incoming(call: Call, user: str) -> Buttons:
    member = call.member(user)
    if member is None or member.is_caller:
        return ()
    if call.is_over:
        return (Action.CALL_BACK,) if member.state in UNHEARD else ()
    if not call.is_live:
        return ()
    if member.state is MemberState.RINGING:
        return ANSWER
    return _keep((Action.JOIN, True), (Action.LEAVE, member.takes_part))


def _outgoing(call: Call, user: str) -> Buttons:
    if call.is_over:
        return _afterwards(call)
    if call.status is CallStatus.PREPARING:
        return (Action.CANCEL,)
    caller = call.member(user)
    if not call.is_live or caller is None:
        return ()
    return _keep(
        (Action.JOIN, True),
        (Action.LEAVE, _caller_may_leave(call, caller)),
        (Action.NOTIFY_AGAIN, call.kind is CallKind.NOTIFY),
        (Action.CANCEL, call.status is CallStatus.RINGING),
        (Action.END, call.status is not CallStatus.RINGING),
    )


def _caller_may_leave(call: Call, caller: Member) -> bool:
    return caller.is_in or (call.status is CallStatus.ACCEPTED and caller.left_at is None)


def _join_only(call: Call, user: str) -> Buttons:
    return (Action.JOIN,) if call.is_live else ()


def _not_rung(call: Call, user: str) -> Buttons:
    return _afterwards(call)


def _invite(call: Call, user: str) -> Buttons:
    member = call.member(user)
    if member is None:
        return ()
    if call.status is CallStatus.SCHEDULED:
        return (Action.EDIT, Action.CANCEL_PLAN) if member.is_caller else _attendance(member)
    if call.was_slept_through:
        return _afterwards(call) if member.is_caller else _incoming(call, user)
    # Whoever said no is not rung when the call begins: this message is the only way in that they have.
    return _keep((Action.JOIN, call.is_live and not member.is_caller and member.rings == 0))


def _attendance(member: Member) -> Buttons:
    return (Action.CAN_MAKE_IT,) if member.said_no_ahead else (Action.CANT_MAKE_IT,)


def _reminder(call: Call, user: str) -> Buttons:
    member = call.member(user)
    if member is None or call.status is not CallStatus.SCHEDULED:
        return ()
    if member.said_no_ahead:
        return (Action.CAN_MAKE_IT,)
    return _keep((Action.JOIN_EARLY, True), (Action.SNOOZE, True), (Action.CANT_MAKE_IT, not member.is_caller))


# --- Home and lists


def _home(call: Call, user: str) -> Buttons:
    if call.status is CallStatus.SCHEDULED:
        return (Action.JOIN_EARLY, *_invite(call, user))
    if user != call.caller:
        return _incoming(call, user)
    mine = _outgoing(call, user)
    more = _on_card(call) if call.is_live else ()
    return (*mine, *(action for action in (Action.RING_AGAIN, Action.ADD_PEOPLE) if action in more))
