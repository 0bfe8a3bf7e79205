"""Calls and work to put into a store, and people who are in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.call.values import Call, CallKind, CallStatus, EndReason, Member, MemberState
from bot.store import Store, Tx
from bot.work import Kick, Reject

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ANA, BEN, CY = "UANA", "UBEN", "UCY"


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def a_call(call_id: str = "c1", **fields: Any) -> Call:
    """ana rings ben and cy."""
    plain = Call(
        id=call_id,
        type="default",
        team="T1",
        channel="C1",
        caller=ANA,
        kind=CallKind.RING,
        created_at=NOW,
        ring_timeout=timedelta(seconds=60),
        status=CallStatus.RINGING,
        members=people(ben=MemberState.RINGING, cy=MemberState.RINGING),
    )
    return replace(plain, **fields)


def people(**states: MemberState) -> tuple[Member, ...]:
    """ana, the caller, and whoever is named."""
    caller = Member(ANA, "T1-UANA", MemberState.CALLER)
    return (caller, *(Member(f"U{name.upper()}", f"T1-U{name.upper()}", state) for name, state in states.items()))


def over(call: Call, at: datetime = NOW) -> Call:
    return replace(call, status=CallStatus.ENDED, ended_at=at, end_reason=EndReason.ENDED)


def alone(user: str, call_id: str = "c1") -> Kick:
    """Exclusive work in the call's lane."""
    return Kick(call_id, user)


def beside(user: str, call_id: str = "c1") -> Reject:
    """Work in the call's lane that may run beside its like."""
    return Reject(call_id, user, "decline")


async def add(store: Store, *calls: Call, due_at: datetime | None = None) -> None:
    def all_of_them(tx: Tx) -> None:
        for call in calls:
            tx.add_call(call, due_at)

    await store.commit(all_of_them)
