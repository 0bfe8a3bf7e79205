"""Messages, what came in, people's Home, rate limits, and forgetting."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.ledger import Delivery, Full, Want
from bot.messages import Message, MessageKey, MessageKind
from bot.person import Person
from bot.store import Store, Tx
from bot.store.address import database_at, engine_for
from bot.store.pruning import AT_ONCE
from bot.store.tables import metadata
from bot.work import PutCall
from tests.test_store.examples import ANA, BEN, CY, NOW, a_call, after, over

CARD = MessageKey(MessageKind.CARD)
TO_BEN = MessageKey(MessageKind.INCOMING, BEN, 1)


async def wanted(store: Store, key: MessageKey = CARD) -> Message:
    (message,) = await store.commit(lambda tx: tx.want("c1", [key]))
    return message


async def test_a_message_is_made_when_it_is_first_wanted(store: Store) -> None:
    card, to_ben, again = await store.commit(lambda tx: tx.want("c1", [CARD, TO_BEN, CARD]))
    assert card == again == await wanted(store)
    assert card.id != to_ben.id
    assert (card.key, to_ben.key, card.ts, card.told, card.gone) == (CARD, TO_BEN, "", 0, False)
    assert await store.look(lambda tx: tx.messages("c1")) == [card, to_ben]
    assert await store.look(lambda tx: tx.message("none")) is None


async def test_a_message_keeps_the_place_it_has(store: Store) -> None:
    card = await wanted(store)
    await store.commit(lambda tx: tx.placed(card.id, "C1", "1.1"))
    await store.commit(lambda tx: tx.placed(card.id, "C2", "2.2"))
    placed = await store.look(lambda tx: tx.message(card.id))
    assert placed is not None
    assert (placed.channel, placed.ts) == ("C1", "1.1")


async def test_a_want_after_a_change_in_the_same_transaction_sees_it(store: Store) -> None:
    def change(tx: Tx) -> Message:
        (card,) = tx.want("c1", [CARD])
        tx.placed(card.id, "C1", "1.1")
        tx.gone(card.id)
        return tx.want("c1", [CARD])[0]

    card = await store.commit(change)
    assert (card.channel, card.ts, card.gone) == ("C1", "1.1", True)


async def test_a_message_let_go_of_leaves_its_key_to_another(store: Store) -> None:
    def change(tx: Tx) -> tuple[Message, Message]:
        (card,) = tx.want("c1", [CARD])
        tx.let_go(card.id)
        return card, tx.want("c1", [CARD])[0]

    old, new = await store.commit(change)
    assert old.id != new.id
    assert await store.look(lambda tx: tx.message(old.id)) is None
    assert await store.look(lambda tx: tx.messages("c1")) == [new]


async def test_what_a_thread_told_never_becomes_less(store: Store) -> None:
    card = await wanted(store)
    await store.commit(lambda tx: tx.told(card.id, 3))
    await store.commit(lambda tx: tx.told(card.id, 2))
    told = await store.look(lambda tx: tx.message(card.id))
    assert told is not None
    assert told.told == 3


async def test_a_response_url_takes_five_pictures(store: Store) -> None:
    card = await wanted(store)
    assert await store.commit(lambda tx: tx.use_response_url(card.id, NOW)) == ""
    await store.commit(lambda tx: tx.pressed(card.id, "https://hooks/1", NOW))
    used = [await store.commit(lambda tx: tx.use_response_url(card.id, NOW)) for _ in range(6)]
    assert used == ["https://hooks/1"] * 5 + [""]
    spent = await store.look(lambda tx: tx.message(card.id))
    assert spent is not None
    assert spent.response_url == ""


async def test_a_response_url_lives_for_half_an_hour_and_a_new_press_brings_a_new_one(store: Store) -> None:
    card = await wanted(store)
    await store.commit(lambda tx: tx.pressed(card.id, "https://hooks/1", NOW))
    assert await store.commit(lambda tx: tx.use_response_url(card.id, after(minutes=29))) == "https://hooks/1"
    assert await store.commit(lambda tx: tx.use_response_url(card.id, after(minutes=30))) == ""
    await store.commit(lambda tx: tx.pressed(card.id, "https://hooks/2", after(minutes=40)))
    assert await store.commit(lambda tx: tx.use_response_url(card.id, after(minutes=41))) == "https://hooks/2"


async def test_a_delivery_is_kept_once_and_applied_in_the_order_it_came(store: Store) -> None:
    first, second = Delivery("b", b"1", NOW), Delivery("a", b"2", NOW)
    assert await store.commit(lambda tx: tx.keep_all([first, second, first])) == 2
    assert await store.commit(lambda tx: tx.unapplied(10)) == [first, second]
    await store.commit(lambda tx: tx.applied(["b"], NOW))
    assert await store.commit(lambda tx: tx.unapplied(10)) == [second]
    assert await store.commit(lambda tx: tx.keep_all([first])) == 0


async def test_people_are_known_as_they_were_last_described(store: Store) -> None:
    await store.commit(lambda tx: tx.save_people([Person("T1", ANA, "Ana"), Person("T1", BEN, "Ben")]))
    await store.commit(lambda tx: tx.save_people([Person("T1", ANA, "Ana B.", is_admin=True)]))
    people = await store.look(lambda tx: tx.people("T1", [ANA, BEN, CY]))
    assert {user: person.name for user, person in people.items()} == {ANA: "Ana B.", BEN: "Ben"}
    assert people[ANA].is_admin
    assert await store.look(lambda tx: tx.person("T2", ANA)) is None
    assert await store.look(lambda tx: tx.people("T1", [])) == {}


async def test_whose_home_was_opened_lately(store: Store) -> None:
    def opened(tx: Tx) -> None:
        tx.opened_home("T1", BEN, after(minutes=-1))
        tx.opened_home("T1", BEN, after(minutes=-90))
        tx.opened_home("T1", ANA, after(minutes=-90))
        tx.opened_home("T2", CY, NOW)

    await store.commit(opened)
    assert await store.look(lambda tx: tx.homes_opened("T1", [ANA, BEN, CY], after(hours=-1))) == [BEN]
    assert await store.look(lambda tx: tx.homes_opened("T1", [ANA, BEN], after(hours=-2))) == [ANA, BEN]
    assert await store.look(lambda tx: tx.homes_opened("T1", [], NOW)) == []


async def taken(store: Store, *seconds: float, burst: float = 3) -> list[float]:
    """What taking one at each of these seconds gave."""

    async def take(at: float) -> float:
        return await store.commit(lambda tx: tx.take("post", per_minute=60, burst=burst, now=after(seconds=at)))

    return [await take(at) for at in seconds]


async def test_a_bucket_gives_its_burst_then_one_at_a_time(store: Store) -> None:
    assert await taken(store, 0, 0, 0, 0, 0.25) == [0, 0, 0, 1, 0.75]
    assert await taken(store, 1, 1, 2) == [0, 1, 0]
    assert await taken(store, 600, 600, 600, 600) == [0, 0, 0, 1]


async def test_a_bucket_without_a_burst_gives_one_at_a_time(store: Store) -> None:
    assert await taken(store, 0, 0.5, 1, 1, burst=0) == [0, 0.5, 0, 1]


async def test_nothing_is_taken_from_a_bucket_that_is_held(store: Store) -> None:
    await store.commit(lambda tx: tx.hold("post", after(seconds=30)))
    await store.commit(lambda tx: tx.hold("post", after(seconds=10)))
    assert await taken(store, 0, 29, 30) == [30, 1, 0]
    assert await store.commit(lambda tx: tx.take("other", per_minute=60, burst=1, now=NOW)) == 0


async def test_many_take_at_once_each_from_all_it_wants_or_from_none(store: Store) -> None:
    shared, scarce, other = Want("shared", 60, 3), Want("scarce", 60, 1), Want("other", 60, 1)
    wanted = [[shared, scarce], [shared, scarce], [other, shared], [shared], [shared]]
    came = await store.commit(lambda tx: tx.take_each(wanted, NOW))
    assert came == [None, Full("scarce", 1), None, None, Full("shared", 1)]
    again = await store.commit(lambda tx: tx.take_each(wanted[:1], after(seconds=0.5)))
    assert again == [Full("shared", 0.5)], "what was taken is gone"


async def test_a_hold_does_not_refill_a_bucket(store: Store) -> None:
    assert await taken(store, 0, 0, burst=1) == [0, 1]
    await store.commit(lambda tx: tx.hold("post", after(seconds=0.5)))
    assert await taken(store, 0, burst=1) == [1]


@pytest.fixture
async def old_and_new(store: Store) -> Store:
    """Everything once from long ago and once from today."""

    def fill(tx: Tx) -> None:
        for name, at in (("old", after(days=-10)), ("new", NOW)):
            call = a_call(name)
            tx.add_call(over(call, at), None)
            tx.want(name, [CARD])
            tx.owe(PutCall(name))
            tx.first_of(name, name, at, timedelta(seconds=10))
            tx.keep_all([Delivery(name, b"", at)])
            tx.applied([name], at)
            tx.save_people([Person("T1", name, name, fetched_at=at)])
            tx.opened_home("T1", name, at)
            tx.take(name, per_minute=60, burst=1, now=at)
        tx.add_call(a_call("open", created_at=after(days=-10)), None)
        tx.keep_all([Delivery("unapplied", b"", after(days=-10))])

    await store.commit(fill)
    return store


async def test_what_is_long_over_is_forgotten_and_nothing_else(old_and_new: Store) -> None:
    store = old_and_new
    await store.commit(lambda tx: tx.prune(after(days=-7)))
    assert await store.look(lambda tx: [tx.call(name) is not None for name in ("old", "new", "open")]) == [
        False,
        True,
        True,
    ]
    assert await store.look(lambda tx: [len(tx.messages(name)) for name in ("old", "new")]) == [0, 1]
    assert [one.work for one in await store.commit(lambda tx: tx.claim(NOW, 9, 60))] == [PutCall("new")]
    assert await store.look(lambda tx: list(tx.people("T1", ["old", "new"]))) == ["new"]
    assert await store.look(lambda tx: tx.homes_opened("T1", ["old", "new"], after(days=-99))) == ["new"]
    kept = await store.commit(lambda tx: tx.keep_all([Delivery(k, b"", NOW) for k in ("old", "new", "unapplied")]))
    assert kept == 1


async def test_pruning_leaves_no_row_of_a_call_behind(old_and_new: Store, database_url: str) -> None:
    await old_and_new.commit(lambda tx: tx.prune(after(days=1)))
    engine = engine_for(database_at(database_url))
    with engine.connect() as connection:
        rows = {name: len(connection.execute(select(table)).all()) for name, table in metadata.tables.items()}
    assert {name: count for name, count in rows.items() if count} == {"calls": 1, "members": 3, "inbox": 1}


async def test_the_dead_of_long_ago_are_forgotten(store: Store) -> None:
    await store.commit(lambda tx: tx.owe(PutCall("c1")))
    (claimed,) = await store.commit(lambda tx: tx.claim(NOW, 1, 60))
    await store.commit(lambda tx: tx.bury(claimed, "why", NOW))
    await store.commit(lambda tx: tx.prune(NOW))
    assert len(await store.look(lambda tx: tx.dead(9))) == 1
    await store.commit(lambda tx: tx.prune(after(seconds=1)))
    assert await store.look(lambda tx: tx.dead(9)) == []


async def test_a_bucket_outlives_a_clock_that_was_an_hour_ahead(store: Store) -> None:
    ahead = after(hours=1)
    await store.commit(lambda tx: tx.take("post", per_minute=60, burst=3, now=ahead))
    assert await store.commit(lambda tx: tx.take("post", per_minute=60, burst=3, now=NOW)) == 0
    assert await store.commit(lambda tx: tx.take("post", per_minute=60, burst=3, now=NOW)) == 1


async def test_pruning_says_whether_there_is_more_until_nothing_is_left(store: Store) -> None:
    old = [Delivery(f"w{number}", b"", NOW) for number in range(AT_ONCE + 1)]
    await store.commit(lambda tx: tx.keep_all(old))
    await store.commit(lambda tx: tx.applied([one.key for one in old], NOW))
    assert [await store.commit(lambda tx: tx.prune(after(days=1))) for _ in range(2)] == [True, False]
    assert await store.commit(lambda tx: tx.keep_all(old)) == AT_ONCE + 1, "all were forgotten"
