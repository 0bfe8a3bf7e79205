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
    assert await asyncio.gather(*map(intake.keep, arriving)) == [True, True, True, False, True, False]
    assert await intake.keep(Delivery("b", b"b", NOW)) is False
    assert [kept.key for kept in await store.look(lambda tx: tx.unapplied(10))] == ["first", "a", "b", "c"]


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
        assert await first and await last
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert {kept.key for kept in await store.look(lambda tx: tx.unapplied(10))} == {"a", "b", "c"}
