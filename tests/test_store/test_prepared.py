"""Many rows in one statement: all of them, each once, however many there are."""

import pytest

from bot.ledger import Delivery
from bot.person import Person
from bot.store import Store
from bot.store.prepared import ROWS_AT_MOST
from tests.test_store.examples import NOW


@pytest.mark.parametrize("count", [0, 1, 2, ROWS_AT_MOST, ROWS_AT_MOST + 1, 3 * ROWS_AT_MOST + 5])
async def test_however_many_come_at_once_each_is_kept_once(store: Store, count: int) -> None:
    arriving = [Delivery(f"w{number}", str(number).encode(), NOW) for number in range(count)]
    assert await store.commit(lambda tx: tx.keep_all(arriving)) == count
    assert await store.look(lambda tx: tx.unapplied(1000)) == arriving
    late = Delivery("late", b"", NOW)
    assert await store.commit(lambda tx: tx.keep_all([*arriving, late, late])) == 1
    assert await store.look(lambda tx: tx.unapplied(1000)) == [*arriving, late]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 31, 33, 100])
async def test_however_long_a_list_is_all_in_it_are_meant_and_nobody_else(store: Store, count: int) -> None:
    everyone = [Person("T1", f"U{number}", f"person {number}") for number in range(101)]
    await store.commit(lambda tx: tx.save_people(everyone))
    asked = [person.user for person in everyone[:count]]
    assert sorted(await store.look(lambda tx: tx.people("T1", asked))) == sorted(asked)
