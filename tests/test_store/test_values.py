"""Whatever value is put into the store comes out of it the same."""

import itertools
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.call.values import Call, Member, TimelineEntry
from bot.ledger import Delivery
from bot.person import Person
from bot.store import Store, Tx
from bot.work import KINDS, Work
from tests.test_store.any_values import any_value
from tests.test_store.examples import NOW

thorough = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

members = st.lists(any_value(Member), max_size=4, unique_by=lambda member: member.user).map(tuple)
calls = any_value(Call, members=members)
ids = (f"call-{number}" for number in itertools.count())


@thorough
@given(call=calls)
async def test_a_call_comes_back_as_it_was(store: Store, call: Call) -> None:
    call = replace(call, id=next(ids))

    def there_and_back(tx: Tx) -> Call | None:
        tx.add_call(call, None)
        return tx.call(call.id)

    assert await store.commit(there_and_back) == call
    assert await store.look(lambda tx: tx.call(call.id)) == call


@thorough
@given(before=calls, after=calls, kept=st.lists(st.booleans(), min_size=4, max_size=4))
async def test_any_change_of_a_call_is_written(store: Store, before: Call, after: Call, kept: list[bool]) -> None:
    """Some members stay as they are, some change, some go, some come."""
    before = replace(before, id=next(ids))
    staying = tuple(member for member, stays in zip(before.members, kept, strict=False) if stays)
    users = {member.user for member in staying}
    coming = tuple(member for member in after.members if member.user not in users)
    after = replace(after, id=before.id, members=staying + coming)

    def change(tx: Tx) -> Call | None:
        tx.add_call(before, None)
        tx.save_all([(before, after, NOW)])
        return tx.call(before.id)

    assert await store.commit(change) == after


@thorough
@given(entries=st.lists(any_value(TimelineEntry), min_size=1, max_size=4))
async def test_a_timeline_comes_back_numbered(store: Store, entries: list[TimelineEntry]) -> None:
    call_id = next(ids)
    await store.commit(lambda tx: tx.note(call_id, entries))
    await store.commit(lambda tx: tx.note(call_id, entries[:1]))
    told = [*entries, entries[0]]
    assert await store.look(lambda tx: tx.timeline(call_id)) == [
        replace(entry, seq=number) for number, entry in enumerate(told, 1)
    ]
    assert len(await store.look(lambda tx: tx.timeline(call_id, after=len(entries)))) == 1


@thorough
@given(people=st.lists(any_value(Person), max_size=4, unique_by=lambda person: person.user))
async def test_people_come_back_as_they_were(store: Store, people: list[Person]) -> None:
    here = [replace(person, team="T1") for person in people]
    await store.commit(lambda tx: tx.save_people(here))
    found = await store.look(lambda tx: tx.people("T1", [person.user for person in here]))
    assert found == {person.user: person for person in here}


@thorough
@given(delivery=any_value(Delivery))
async def test_a_delivery_comes_back_as_it_was(store: Store, delivery: Delivery) -> None:
    delivery = replace(delivery, key=next(ids))
    assert await store.commit(lambda tx: tx.keep_all([delivery])) == 1
    assert await store.look(lambda tx: tx.unapplied(1000)) == [delivery]
    await store.commit(lambda tx: tx.applied([delivery.key], NOW))


@thorough
@given(owed=st.sampled_from(list(KINDS.values())).flatmap(any_value))
async def test_work_of_every_kind_comes_back_as_it_was(store: Store, owed: Work) -> None:
    await store.commit(lambda tx: tx.owe(owed))
    (claimed,) = await store.commit(lambda tx: tx.claim(NOW, 10, 60))
    assert claimed.work == owed
    assert await store.commit(lambda tx: tx.finish(claimed))


async def test_words_no_database_takes_are_kept_all_the_same(store: Store) -> None:
    broken = "a\0b\ud800c"
    person = Person("T1", "U1", broken)
    await store.commit(lambda tx: tx.save_people([person]))
    assert await store.look(lambda tx: tx.person("T1", "U1")) == replace(person, name="a\ufffdb\ufffdc")
    assert await store.look(lambda tx: tx.person("T1", "U\0")) is None


async def test_a_key_of_any_length_is_told_from_its_like(store: Store) -> None:
    first, second = (Delivery("k" * 100_000 + end, b"", NOW) for end in "ab")
    kept = await store.commit(lambda tx: tx.keep_all([first, second, first]))
    assert kept == 2
    keys = [delivery.key for delivery in await store.look(lambda tx: tx.unapplied(5))]
    await store.commit(lambda tx: tx.applied(keys, NOW))
    assert await store.look(lambda tx: tx.unapplied(5)) == []
