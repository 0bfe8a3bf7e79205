"""The README's table of buttons, made by the same function that draws them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.call.values import CANT_MAKE_IT, Call, CallKind, CallStatus, EndReason, Member, MemberState
from bot.messages import MessageKind
from bot.slack.blocks.actions import LABELS, Action
from bot.slack.blocks.buttons import HOME, Where, buttons

_AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
_SOON = _AT + timedelta(minutes=1)
_CALLER, _CALLEE, _OTHER = "UANA", "UBEN", "UCY"


@dataclass(frozen=True)
class _Row:
    where: str
    when: str
    who: str
    buttons: tuple[Action, ...]


def buttons_table() -> str:
    """Markdown: where × state × for whom → buttons."""
    lines = ["| where | when | for whom | buttons |", "|---|---|---|---|"]
    for each in _rows():
        labels = " · ".join(LABELS[action] for action in each.buttons) or "none"
        lines.append(f"| {each.where} | {each.when} | {each.who} | {labels} |")
    return "\n".join(lines)


def _rows() -> Iterator[_Row]:
    for when, call in _CARDS.items():
        yield _Row("card", when, "everybody", buttons(call, None, MessageKind.CARD))
    for where, name, user, states in _DIRECT:
        who = "the caller" if user == _CALLER else "the callee"
        for when, call in states.items():
            yield _Row(name, when, who, buttons(call, user, where))


def _call(status: CallStatus, callee: MemberState, other: MemberState = MemberState.RINGING) -> Call:
    live = status in (CallStatus.RINGING, CallStatus.ACCEPTED)
    return Call(
        id="call",
        type="default",
        team="T",
        channel="C",
        caller=_CALLER,
        kind=CallKind.RING,
        created_at=_AT,
        ring_timeout=timedelta(minutes=1),
        status=status,
        members=(
            Member(_CALLER, state=MemberState.CALLER),
            Member(_CALLEE, state=callee, rings=1 if live else 0),
            Member(_OTHER, state=other),
        ),
        rung_at=_AT if live else None,
        accepted_at=_AT if status is CallStatus.ACCEPTED else None,
        starts_at=_SOON if status is CallStatus.SCHEDULED else None,
        on_stream=True,
    )


def _over(reason: EndReason, callee: MemberState) -> Call:
    call = _call(CallStatus.ENDED, callee, MemberState.MISSED)
    rung_at = None if reason is EndReason.NOT_RUNG else _AT
    return replace(call, end_reason=reason, ended_at=_SOON, rung_at=rung_at)


def _joined(call: Call, user: str) -> Call:
    inside = [replace(m, sessions=frozenset({"s"}), joined_at=_AT) for m in call.members if m.user == user]
    return call.with_members(*inside)


_RINGING = _call(CallStatus.RINGING, MemberState.RINGING)
_ACCEPTED = _call(CallStatus.ACCEPTED, MemberState.ACCEPTED)
_DECLINED = _call(CallStatus.ACCEPTED, MemberState.REJECTED, MemberState.ACCEPTED)
_MISSED = _call(CallStatus.ACCEPTED, MemberState.MISSED, MemberState.ACCEPTED)
_PLAN = _call(CallStatus.SCHEDULED, MemberState.INVITED, MemberState.INVITED)
_PLAN_NO = _PLAN.with_member(replace(_PLAN.members[1], state=MemberState.REJECTED, rejection=CANT_MAKE_IT))
_PLAN_OFF = replace(_PLAN, status=CallStatus.ENDED, end_reason=EndReason.CANCELLED, ended_at=_SOON)
_TOLD = replace(
    _call(CallStatus.NOTIFIED, MemberState.NOTIFIED, MemberState.NOTIFIED), kind=CallKind.NOTIFY, rung_at=_AT
)
_TOLD_CHANNEL = replace(_TOLD, to_channel=True)
_TOLD_OVER = replace(_TOLD, status=CallStatus.ENDED, end_reason=EndReason.LEFT, ended_at=_SOON)
_OVER_MISSED = _over(EndReason.MISSED, MemberState.MISSED)
_OVER_LEFT = _over(EndReason.LEFT, MemberState.ACCEPTED)
_NOT_RUNG = _over(EndReason.NOT_RUNG, MemberState.NOT_RUNG)

_CARDS: dict[str, Call] = {
    "planned": _PLAN,
    "ringing": _RINGING,
    "ringing, one declined": replace(_RINGING, members=(*_RINGING.members[:2], _DECLINED.members[1])),
    "accepted": _ACCEPTED,
    "accepted, one declined or missed it": _DECLINED,
    "people told": _TOLD,
    "a channel told": _TOLD_CHANNEL,
    "over": _OVER_MISSED,
    "over, people told": _TOLD_OVER,
    "plan that could not ring": replace(_NOT_RUNG, starts_at=_SOON),
    "plan called off": _PLAN_OFF,
}
_ANSWERS: dict[str, Call] = {
    "being rung": _RINGING,
    "accepted": _ACCEPTED,
    "declined, the call is on": _DECLINED,
    "missed, the call is on": _MISSED,
    "over, missed or declined": _OVER_MISSED,
    "over, accepted": _OVER_LEFT,
}
_OWN: dict[str, Call] = {
    "ringing": _RINGING,
    "ringing, the caller is in already": _joined(_RINGING, _CALLER),
    "accepted": _ACCEPTED,
    "people told": _TOLD,
    "over": _OVER_MISSED,
}
_DIRECT: tuple[tuple[Where, str, str, dict[str, Call]], ...] = (
    (MessageKind.INCOMING, "“is ringing you”", _CALLEE, _ANSWERS),
    (MessageKind.OUTGOING, "“you are ringing”", _CALLER, _OWN),
    (MessageKind.CALLED_IN, "“come in”", _CALLER, {"accepted": _ACCEPTED, "over": _OVER_LEFT}),
    (MessageKind.TOLD, "“is telling you about a call”", _CALLEE, {"people told": _TOLD, "over": _TOLD_OVER}),
    (MessageKind.NOT_RUNG, "“nobody was rung”", _CALLER, {"over": _NOT_RUNG}),
    (
        MessageKind.INVITE,
        "invitation, change of plan",
        _CALLEE,
        {
            "planned": _PLAN,
            "planned, said no": _PLAN_NO,
            "begun, said no": replace(_DECLINED, members=_PLAN_NO.members),
        },
    ),
    (MessageKind.INVITE, "invitation", _CALLER, {"planned": _PLAN, "called off": _PLAN_OFF}),
    (MessageKind.REMINDER, "reminder", _CALLEE, {"planned": _PLAN, "planned, said no": _PLAN_NO, "begun": _RINGING}),
    (MessageKind.REMINDER, "reminder", _CALLER, {"planned": _PLAN}),
    (HOME, "Home, list", _CALLEE, {**_ANSWERS, "planned": _PLAN, "planned, said no": _PLAN_NO}),
    (HOME, "Home, list", _CALLER, {**_OWN, "planned": _PLAN, "nobody rung": _NOT_RUNG}),
)
