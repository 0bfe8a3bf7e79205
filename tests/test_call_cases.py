"""Calls for the tables of the call's life: made through the transitions, in a few words each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.call import answering, planning, ringing
from bot.call.change import Change, Outcome
from bot.call.values import Call, CallKind, CallStatus, EndReason, Event, Member, MemberState, Rules

TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
"""When calls of now are asked for."""
NOON = TEN + timedelta(hours=2)
"""When planned calls are to start."""
RULES = Rules()
ANA, BEN, CY, DOT = "UANA", "UBEN", "UCY", "UDOT"


def at(seconds: float, since: datetime = TEN) -> datetime:
    return since + timedelta(seconds=seconds)


def person(user: str) -> Member:
    return Member(user, stream_id(user))


def stream_id(user: str) -> str:
    return f"T1-{user}"


def asked(*callees: str, kind: CallKind = CallKind.RING, to_channel: bool = False) -> Call:
    """ana asked for it; Stream has not answered."""
    return Call(
        id="call-1",
        type="default",
        team="T1",
        channel="CPLANS",
        caller=ANA,
        kind=kind,
        created_at=TEN,
        ring_timeout=timedelta(seconds=60),
        members=(Member(ANA, stream_id(ANA), MemberState.CALLER), *(person(callee) for callee in callees)),
        ring_by=at(60),
        to_channel=to_channel,
    )


def rung(*callees: str) -> Call:
    """Ringing since ten."""
    return ringing.rang(asked(*callees), TEN).call


def told(*callees: str, to_channel: bool = False) -> Call:
    return ringing.rang(asked(*callees, kind=CallKind.NOTIFY, to_channel=to_channel), TEN).call


def not_yet_planned(*callees: str, kind: CallKind = CallKind.RING, to_channel: bool = False) -> Call:
    """For noon, but Stream does not have it."""
    return replace(asked(*callees, kind=kind, to_channel=to_channel), ring_by=None, starts_at=NOON)


def planned(*callees: str, kind: CallKind = CallKind.RING, to_channel: bool = False) -> Call:
    return planning.scheduled(not_yet_planned(*callees, kind=kind, to_channel=to_channel), TEN, RULES).call


def accepted(call: Call, user: str, seconds: float = 5) -> Call:
    return answering.accept(call, user, at(seconds)).call


def events(change: Change) -> list[Event]:
    return [entry.event for entry in change.timeline]


def state(call: Call, user: str) -> MemberState:
    member = call.member(user)
    assert member is not None
    return member.state


def states(call: Call) -> dict[str, str]:
    return {callee.user: callee.state.value for callee in call.callees}


def the(call: Call, user: str) -> Member:
    member = call.member(user)
    assert member is not None
    return member


def refused(change: Change, outcome: Outcome) -> None:
    """It changed nothing, and says why."""
    assert change.outcome is outcome
    assert not change.changed
    assert change.call == change.before
    assert not change.timeline


def over(change: Change, reason: EndReason) -> None:
    assert change.call.status is CallStatus.ENDED
    assert change.call.end_reason is reason
    assert change.timeline[-1].event is Event.ENDED


def test_what_is_rung_rings_until_its_deadline() -> None:
    assert rung(BEN).status is CallStatus.RINGING
    assert the(rung(BEN), BEN).deadline == at(60)
