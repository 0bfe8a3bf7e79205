"""Many rows, or a long list, in one statement: all of them, each once, however many there are."""

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from bot.ledger import Delivery
from bot.person import Person
from bot.store import Store
from bot.store.prepared import ROWS_AT_MOST, prepared
from bot.store.tables import people
from tests.test_store.examples import NOW


@pytest.mark.parametrize("count", [0, 1, 2, ROWS_AT_MOST, ROWS_AT_MOST + 1, 3 * ROWS_AT_MOST + 5])
async def test_however_many_come_at_once_each_is_kept_once(store: Store, count: int) -> None:
    arriving = [Delivery(f"w{number}", str(number).encode(), NOW) for number in range(count)]
    assert await store.commit(lambda tx: tx.keep_all(arriving)) == count
    assert await store.look(lambda tx: tx.unapplied(1000)) == arriving
    late = Delivery("late", b"", NOW)
    assert await store.commit(lambda tx: tx.keep_all([*arriving, late, late])) == 1
    assert await store.look(lambda tx: tx.unapplied(1000)) == [*arriving, late]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 100])
async def test_however_many_are_looked_for_each_is_found_once(store: Store, count: int) -> None:
    everyone = [Person("T1", f"U{number:03}", "Somebody", fetched_at=NOW) for number in range(101)]
    await store.commit(lambda tx: tx.save_people(everyone))
    wanted = [person.user for person in everyone[:count]]
    found = await store.look(lambda tx: tx.people("T1", [*wanted, "U404"]))
    assert sorted(found) == wanted


def test_lists_of_any_length_share_a_few_statements() -> None:
    """Each statement takes some 15 KB, and the database keeps its own of it."""
    theirs, dialect = select(people).where(people.c.user.in_(bindparam("users", expanding=True))), SQLiteDialect()
    ready = {id(prepared(theirs, dialect, {"users": ["U1"] * length})) for length in range(1, 1001)}
    assert len(ready) <= 11
