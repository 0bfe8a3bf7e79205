"""Many rows in one statement: all of them, each once, however many there are."""

import pytest

from bot.ledger import Delivery
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
