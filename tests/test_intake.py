"""Webhooks are kept before they are acknowledged: many at once, each once, and none acknowledged that was not kept."""

import asyncio
import json
from collections.abc import Callable
from typing import TypeVar

import pytest

from bot.call.values import MemberState, Rules
from bot.clock import SystemClock
from bot.intake import Intake
from bot.ledger import Delivery, Ledger, LedgerAway, Tx
from bot.ringer import Ringer
from bot.store import Store, StoreError, StoreUnavailable
from tests.test_store.examples import BEN, NOW, a_call, add

T = TypeVar("T")


def intake_of(store: Store) -> Intake:
    async def apply() -> int:
        return 0

    return Intake(lambda deliveries: store.commit(lambda tx: tx.keep_all(deliveries)), apply)


async def test_those_that_arrive_together_are_each_kept_once(store: Store) -> None:
    intake = intake_of(store)
    arriving = [Delivery(key, key.encode(), NOW) for key in ("first", "a", "b", "a", "c", "first")]
    await asyncio.gather(*map(intake.keep, arriving))
    await intake.keep(Delivery("b", b"again", NOW))
    kept = await store.look(lambda tx: tx.unapplied(10))
    assert [(one.key, one.body) for one in kept] == [("first", b"first"), ("a", b"a"), ("b", b"b"), ("c", b"c")]


async def test_what_came_before_gives_nothing_to_do(store: Store) -> None:
    intake = intake_of(store)
    await store.commit(lambda tx: tx.keep_all([Delivery("a", b"", NOW)]))
    await intake.keep(Delivery("a", b"", NOW))
    assert intake.idle
    await intake.keep(Delivery("b", b"", NOW))
    assert not intake.idle


async def test_what_is_stopped_while_it_applies_is_busy_no_more(store: Store) -> None:
    applying = asyncio.Event()

    async def apply() -> int:
        applying.set()
        await asyncio.Event().wait()
        return 0

    intake = Intake(lambda deliveries: store.commit(lambda tx: tx.keep_all(deliveries)), apply)
    intake.start()
    async with asyncio.timeout(10):
        await applying.wait()
    assert not intake.idle
    await intake.stop()
    assert intake.idle


async def test_where_they_cannot_be_kept_every_sender_hears_of_it(store: Store) -> None:
    intake = intake_of(store)
    await store.close()
    outcomes = await asyncio.gather(
        *(intake.keep(Delivery(key, b"", NOW)) for key in ("a", "b", "c")), return_exceptions=True
    )
    assert all(isinstance(outcome, StoreError) for outcome in outcomes), outcomes


async def test_who_hangs_up_meanwhile_takes_nobody_along(store: Store) -> None:
    intake = intake_of(store)
    first, gone, last = (asyncio.ensure_future(intake.keep(Delivery(key, b"", NOW))) for key in ("a", "b", "c"))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(first, last)
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert {kept.key for kept in await store.look(lambda tx: tx.unapplied(10))} == {"a", "b", "c"}


class Troubled:
    """A ledger with trouble of its own: what it is to raise, transaction by transaction."""

    def __init__(self, store: Store, *trouble: Exception | None) -> None:
        self._store = store
        self._trouble = list(trouble)
        self.look = store.look

    async def commit(self, change: Callable[[Tx], T]) -> T:
        trouble = self._trouble.pop(0) if self._trouble else None

        def troubled(tx: Tx) -> T:
            done = change(tx)
            if trouble is not None:
                raise trouble
            return done

        return await self._store.commit(troubled)


def ringer_on(ledger: Ledger) -> Ringer:
    return Ringer(ledger, SystemClock(), Rules())


def bens_accept(key: str) -> Delivery:
    event = {"type": "call.accepted", "call_cid": "default:c1", "created_at": NOW.isoformat()}
    return Delivery(key, json.dumps({**event, "user": {"id": f"T1-{BEN}"}}).encode(), NOW)


async def test_what_comes_while_the_ledger_goes_away_is_applied_once_it_is_back(store: Store) -> None:
    await add(store, a_call())
    await store.commit(lambda tx: tx.keep_all([bens_accept("a")]))
    away = StoreUnavailable("restarting")
    ringer = ringer_on(Troubled(store, away, ValueError("poison?"), away))
    for _ in range(2):
        with pytest.raises(LedgerAway):
            await ringer.apply_kept()
    assert await ringer.apply_kept() == 1
    call = await store.look(lambda tx: tx.call("c1"))
    assert call is not None
    assert [member.state for member in call.members if member.user == BEN] == [MemberState.ACCEPTED]
    assert (await store.look(lambda tx: tx.set_aside())).count == 0


async def test_what_cannot_be_applied_is_set_aside_and_holds_up_nobody(store: Store) -> None:
    await add(store, a_call())
    await store.commit(lambda tx: tx.keep_all([Delivery("odd", b'{"type": "odd"}', NOW), bens_accept("a")]))
    poison = ValueError("poison")
    ringer = ringer_on(Troubled(store, poison, poison))
    assert [await ringer.apply_kept() for _ in range(3)] == [1, 1, 0]
    aside = await store.look(lambda tx: tx.set_aside())
    assert (aside.count, aside.last_at, aside.last_why) == (1, NOW, "ValueError('poison')")
    call = await store.look(lambda tx: tx.call("c1"))
    assert call is not None
    assert [member.state for member in call.members if member.user == BEN] == [MemberState.ACCEPTED]


async def test_what_nobody_can_read_is_set_aside_with_the_reason_and_the_rest_is_applied(store: Store) -> None:
    await add(store, a_call())
    await store.commit(lambda tx: tx.keep_all([Delivery("odd", b"[" * 100_000, NOW), bens_accept("a")]))
    assert [await ringer_on(store).apply_kept() for _ in range(2)] == [2, 0]
    aside = await store.look(lambda tx: tx.set_aside())
    assert (aside.count, aside.last_at, aside.last_why) == (1, NOW, "not JSON")
    call = await store.look(lambda tx: tx.call("c1"))
    assert call is not None
    assert [member.state for member in call.members if member.user == BEN] == [MemberState.ACCEPTED]
