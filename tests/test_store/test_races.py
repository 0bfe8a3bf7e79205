"""What happens when several want the same at once: the database chooses, and no lane is ever run by two."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from sqlalchemy import text

from bot.call.answering import accept, reject
from bot.call.values import CallStatus, MemberState, Rejection
from bot.ledger import Full, Want
from bot.messages import MessageKey, MessageKind
from bot.store import Store, Tx, open_store
from bot.store.address import database_at, engine_for
from bot.work import Claimed, Kick, PutCall, Reject, Work
from tests.databases import PostgresServer
from tests.test_store.examples import ANA, BEN, NOW, a_call, add, after, alone, beside, people

SOON = 20


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Store]:
    """Another replica's store on the same database."""
    store = open_store(database_url)
    yield store
    await store.close()


async def test_of_fifty_answers_at_once_the_first_stands(store: Store, other: Store) -> None:
    await store.commit(lambda tx: tx.add_call(a_call(members=people(ben=MemberState.RINGING)), None))

    def answer(number: int, tx: Tx) -> str:
        call = tx.call("c1")
        assert call is not None
        at = after(seconds=1)
        change = reject(call, BEN, Rejection(), at) if number % 2 else accept(call, BEN, at)
        tx.save_all([(call, change.call, None)])
        tx.note("c1", change.timeline)
        return str(change.outcome)

    outcomes = Counter(
        await asyncio.gather(
            *([store, other][n % 2].commit(lambda tx, n=n: answer(n, tx)) for n in range(50))  # type: ignore[misc]
        )
    )
    assert (outcomes["accepted"], outcomes["rejected"]) in ((1, 0), (0, 1))
    told = await store.look(lambda tx: tx.timeline("c1"))
    assert [entry.seq for entry in told] == list(range(1, len(told) + 1))
    assert sum(entry.event in ("accepted", "rejected") for entry in told) == 1


async def test_fifty_changes_of_one_call_are_all_kept(store: Store, other: Store) -> None:
    await store.commit(lambda tx: tx.add_call(a_call(status=CallStatus.SCHEDULED), None))

    def edit(tx: Tx) -> None:
        call = tx.call("c1")
        assert call is not None
        tx.save_all([(call, replace(call, edits=call.edits + 1), None)])

    await asyncio.gather(*([store, other][n % 2].commit(edit) for n in range(50)))
    call = await store.look(lambda tx: tx.call("c1"))
    assert call is not None
    assert call.edits == 50


async def test_of_commands_typed_at_once_one_is_the_first(store: Store, other: Store) -> None:
    within = timedelta(seconds=10)
    firsts = await asyncio.gather(
        *(
            [store, other][n % 2].commit(lambda tx, n=n: tx.first_of("same", f"c{n}", NOW, within))  # type: ignore[misc]
            for n in range(20)
        )
    )
    assert len(set(firsts)) == 1


async def test_who_comes_second_sees_what_the_first_did(postgres_server: PostgresServer) -> None:
    def begun(tx: Tx) -> int:
        tx.one_at_a_time("ana and ben")
        return tx.commands_since("T1", ANA, NOW)

    with postgres_server.database() as url:
        store = open_store(url)
        with transaction(url) as first:
            first.one_at_a_time("ana and ben")
            await store.commit(lambda tx: tx.one_at_a_time("ana and cy"))
            second = asyncio.ensure_future(store.commit(begun))
            async with asyncio.timeout(SOON):
                while not await asyncio.to_thread(somebody_waits, url):
                    assert not second.done()
            first.add_call(a_call(), None)
        assert await second == 1
        await store.close()


async def test_a_message_wanted_by_many_at_once_is_one(store: Store, other: Store) -> None:
    key = MessageKey(MessageKind.CARD)
    made = await asyncio.gather(*([store, other][n % 2].commit(lambda tx: tx.want("c1", [key])) for n in range(20)))
    assert len({message.id for (message,) in made}) == 1


async def test_a_bucket_gives_no_more_than_it_has_to_many_at_once(store: Store, other: Store) -> None:
    def take(tx: Tx) -> float:
        return tx.take("post", per_minute=60, burst=5, now=NOW)

    waits = await asyncio.gather(*([store, other][n % 2].commit(take) for n in range(30)))
    assert waits.count(0.0) == 5


async def test_buckets_wanted_together_by_many_at_once_give_no_more_than_they_have(store: Store, other: Store) -> None:
    """New ones too, which nobody can hold before they are made. A deadlock takes Postgres a second to notice."""

    def take(tx: Tx, workspace: int, n: int) -> list[Full | None]:
        shared, alone = Want(f"{workspace} shared", 60, 8), (f"{workspace} channel {each}" for each in (n % 5, n % 7))
        return tx.take_each([[shared, Want(channel, 60, 1)] for channel in alone], NOW)

    for workspace in range(10):
        came = await asyncio.gather(
            *([store, other][n % 2].commit(partial(take, workspace=workspace, n=n)) for n in range(30))
        )
        assert [each for pair in came for each in pair].count(None) == 7


async def test_what_is_owed_by_many_at_once_is_done_once(store: Store, other: Store) -> None:
    await asyncio.gather(*([store, other][n % 2].commit(lambda tx: tx.owe(PutCall("c1"))) for n in range(30)))
    assert len(await store.commit(lambda tx: tx.claim(NOW, 10, 60))) == 1


async def test_what_is_due_is_not_ticked_by_two(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        store = open_store(url)
        await add(store, a_call("c1"), a_call("c2"), due_at=NOW)
        with transaction(url) as tx:
            assert tx.due_calls(NOW, 1) == {"c1": NOW}
            assert await store.commit(lambda tx: tx.due_calls(NOW, 9)) == {"c2": NOW}
        await store.close()


# --- lanes, whoever claims


class Lanes:
    """Watches who holds what: the law of lanes, checked at every claim."""

    def __init__(self) -> None:
        self.held: dict[str, list[Work]] = defaultdict(list)
        self.done: dict[str, list[Work]] = defaultdict(list)

    def begin(self, work: Work) -> None:
        beside = self.held[work.lane]
        assert not beside or not (work.exclusive or any(other.exclusive for other in beside)), (work, beside)
        beside.append(work)

    def end(self, work: Work) -> None:
        self.held[work.lane].remove(work)
        self.done[work.lane].append(work)


@pytest.mark.parametrize("seed", range(3))
async def test_no_lane_is_ever_run_by_two_nor_out_of_order(store: Store, other: Store, seed: int) -> None:
    owed = some_work(random.Random(seed))
    await store.commit(lambda tx: tx.owe(*owed))
    lanes = Lanes()
    replicas = [store, other]
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(work_off(replicas[n % 2], lanes, len(owed), random.Random(f"{seed}{n}")) for n in range(8))
        )
    for lane, done in lanes.done.items():
        assert_in_order([work for work in owed if work.lane == lane], done)


def some_work(chance: random.Random) -> list[Work]:
    """A few lanes of many pieces each, exclusive ones among others."""
    return [
        (alone if chance.random() < 0.4 else beside)(f"U{number}", f"c{chance.randrange(5)}") for number in range(150)
    ]


async def work_off(store: Store, lanes: Lanes, everything: int, chance: random.Random) -> None:
    while sum(map(len, lanes.done.values())) < everything:
        for claimed in await store.commit(lambda tx: tx.claim(NOW, chance.randrange(1, 4), 60)):
            lanes.begin(claimed.work)
            await store.look(lambda tx: None)
            if chance.random() < 0.2:
                lanes.held[claimed.work.lane].remove(claimed.work)
                await store.commit(lambda tx, one=claimed: tx.put_back(one, NOW))  # type: ignore[misc]
            else:
                lanes.end(claimed.work)
                assert await store.commit(lambda tx, one=claimed: tx.finish(one))  # type: ignore[misc]


def assert_in_order(owed: list[Work], done: list[Work]) -> None:
    """What is exclusive has the same before it and after it as when it was owed."""
    assert Counter(owed) == Counter(done)
    for place, work in enumerate(owed):
        if work.exclusive:
            assert done[place] == work
            assert set(done[:place]) == set(owed[:place])


async def test_work_owed_while_others_claim_is_never_run_by_two(store: Store, other: Store) -> None:
    """No call is held here, so ids and commits come in any order."""
    lanes = Lanes()
    chance = random.Random(1)
    owed = some_work(chance)

    async def owe_all() -> None:
        await asyncio.gather(*(store.commit(lambda tx, w=work: tx.owe(w)) for work in owed))  # type: ignore[misc]

    async with asyncio.timeout(60):
        await asyncio.gather(
            owe_all(), *(work_off([store, other][n % 2], lanes, len(owed), random.Random(n)) for n in range(6))
        )
    assert sum(map(len, lanes.done.values())) == len(owed)


# --- one transaction in the middle of another, on Postgres


@contextmanager
def transaction(url: str) -> Iterator[Tx]:
    """A transaction that stays open; it is committed at the end."""
    engine = engine_for(database_at(url))
    with engine.begin() as connection:
        yield Tx(connection, writing=True)
    engine.dispose()


def somebody_waits(url: str) -> bool:
    """For another's lock."""
    engine = engine_for(database_at(url))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one()
    engine.dispose()
    return bool(found)


def works(claimed: list[Claimed]) -> list[Work]:
    return [one.work for one in claimed]


async def test_work_committed_late_with_an_earlier_id_waits_for_what_is_held(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        store = open_store(url)
        with transaction(url) as tx:
            tx.owe(alone("UFIRST"))
            await store.commit(lambda tx: tx.owe(alone("USECOND")))
            (second,) = await store.commit(lambda tx: tx.claim(NOW, 9, 60))
            assert second.work == alone("USECOND")
        assert await store.commit(lambda tx: tx.claim(NOW, 9, 60)) == []
        await store.commit(lambda tx: tx.finish(second))
        assert works(await store.commit(lambda tx: tx.claim(NOW, 9, 60))) == [alone("UFIRST")]
        await store.close()


async def test_a_claim_waits_for_a_claim_and_sees_its_leases(postgres_server: PostgresServer) -> None:
    """Else a piece committed between the two could be taken beside what the first has just taken."""
    with postgres_server.database() as url:
        store = open_store(url)
        with transaction(url) as late:
            late.owe(alone("UFIRST"))
            await store.commit(lambda tx: tx.owe(alone("USECOND")))
            with transaction(url) as first:
                assert works(first.claim(NOW, 9, 60)) == [alone("USECOND")]
                late._connection.commit()
                second = asyncio.ensure_future(store.commit(lambda tx: tx.claim(NOW, 9, 60)))
                async with asyncio.timeout(SOON):
                    while not somebody_waits(url):
                        done, _ = await asyncio.wait([second], timeout=0.01)
                        assert not done
            assert await second == []
        await store.close()


async def test_a_claim_passes_over_what_somebody_is_just_changing(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        store = open_store(url)
        await store.commit(lambda tx: tx.owe(Kick("c1", BEN), Kick("c2", BEN), Reject("c1", BEN, "busy")))
        with transaction(url) as tx:
            tx.owe(Kick("c1", BEN))
            assert works(await store.commit(lambda tx: tx.claim(NOW, 9, 60))) == [Kick("c2", BEN)]
        assert works(await store.commit(lambda tx: tx.claim(NOW, 9, 60))) == [Kick("c1", BEN)]
        await store.close()


async def test_finishing_many_waits_for_nothing_that_somebody_is_just_changing(postgres_server: PostgresServer) -> None:
    """It would hold what it has finished meanwhile, and two of these could wait for each other."""
    with postgres_server.database() as url:
        store = open_store(url)
        await store.commit(lambda tx: tx.owe(Kick("c1", BEN), Kick("c2", BEN)))
        claimed = await store.commit(lambda tx: tx.claim(NOW, 9, 60))
        with transaction(url) as tx:
            tx.owe(Kick("c1", BEN))
            async with asyncio.timeout(SOON):
                assert await store.commit(lambda tx: tx.finish_all(claimed)) == {claimed[1].id}
        await store.close()


async def test_two_that_wait_for_each_other_are_both_done(postgres_server: PostgresServer) -> None:
    """A deadlock: Postgres rolls one of them back, and it is run again."""
    with postgres_server.database() as url:
        store = open_store(url)
        await add(store, a_call("c1"), a_call("c2"))
        met = {"c1": Event(), "c2": Event()}

        def hold_both(first: str, second: str, tx: Tx) -> None:
            tx.call(first)
            met[first].set()
            held = met[second].wait(SOON)
            call = tx.call(second)
            assert held
            assert call is not None
            tx.save_all([(call, replace(call, edits=call.edits + 1), None)])

        await asyncio.gather(
            store.commit(lambda tx: hold_both("c1", "c2", tx)), store.commit(lambda tx: hold_both("c2", "c1", tx))
        )
        calls = await store.look(lambda tx: [tx.call("c1"), tx.call("c2")])
        assert [call.edits for call in calls if call] == [1, 1]
        await store.close()
