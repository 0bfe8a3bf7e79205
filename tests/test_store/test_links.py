"""Personal links and cookies: used once, in time, forgotten with their call or when long over. By their hashes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.ledger import Link
from bot.store import Store, Tx
from tests.test_store.examples import NOW

LINK = Link("c1", "UBEN", NOW + timedelta(minutes=6))
LATE = NOW + timedelta(minutes=7)


async def test_a_link_is_used_once(store: Store) -> None:
    await store.commit(lambda tx: tx.add_links({"h1": LINK}))
    assert await store.look(lambda tx: tx.link("h1")) == LINK
    assert await store.commit(lambda tx: tx.use_link("h1", NOW))
    assert not await store.commit(lambda tx: tx.use_link("h1", NOW))
    assert await store.look(lambda tx: tx.link("h1")) == replace(LINK, used_at=NOW)


async def test_a_persons_links_are_used_up_one_by_one(store: Store) -> None:
    def used_up(user: str) -> Callable[[Tx], bool]:
        return lambda tx: tx.links_used_up("c1", user)

    await store.commit(lambda tx: tx.add_links({"h1": LINK}))
    await store.commit(lambda tx: tx.add_links({"h2": replace(LINK, user="UCY")}))
    assert not await store.look(used_up("UBEN"))
    await store.commit(lambda tx: tx.use_link("h1", NOW))
    assert await store.look(used_up("UBEN"))
    assert not await store.look(used_up("UCY")) and not await store.look(used_up("UANA"))
    await store.commit(lambda tx: tx.add_links({"h3": LINK}))
    assert not await store.look(used_up("UBEN"))


async def test_a_link_is_used_in_time(store: Store) -> None:
    await store.commit(lambda tx: tx.add_links({"h1": LINK}))
    assert not await store.commit(lambda tx: tx.use_link("h1", LATE))
    assert not await store.commit(lambda tx: tx.use_link("another", NOW))


async def test_a_cookie_lives_for_its_time(store: Store) -> None:
    await store.commit(lambda tx: tx.add_cookie("h2", LINK))
    assert await store.look(lambda tx: tx.cookie("h2", NOW)) == LINK
    assert await store.look(lambda tx: tx.cookie("h2", LATE)) is None
    assert await store.look(lambda tx: tx.cookie("h1", NOW)) is None


async def test_what_is_long_over_is_forgotten(store: Store) -> None:
    await store.commit(lambda tx: tx.add_links({"old": LINK}))
    await store.commit(lambda tx: tx.add_cookie("old", LINK))
    await store.commit(lambda tx: tx.add_links({"new": replace(LINK, expires_at=LATE)}))
    await store.commit(lambda tx: tx.forget_links(LATE))
    assert await store.look(lambda tx: (tx.link("old"), tx.cookie("old", NOW))) == (None, None)
    assert await store.look(lambda tx: tx.link("new")) is not None
