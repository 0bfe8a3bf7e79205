"""Webhooks are kept before they are acknowledged: many at once, each once, and none acknowledged that was not kept."""

import asyncio

import pytest

from bot.intake import Intake
from bot.ledger import Delivery
from bot.store import Store, StoreError
from tests.test_store.examples import NOW


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
