"""Questions asked of calls: whose they are, what is due, of which Stream is silent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.call.values import Call, CallKind, CallStatus, Member, MemberState
from bot.store import Store, Tx
from tests.test_store.examples import ANA, BEN, CY, NOW, a_call, add, after, over, people

RINGING, INVITED, REJECTED = MemberState.RINGING, MemberState.INVITED, MemberState.REJECTED
ACCEPTED, NOTIFIED = MemberState.ACCEPTED, MemberState.NOTIFIED


async def test_a_call_nobody_commanded_is_none(store: Store) -> None:
    assert await store.commit(lambda tx: tx.call("nothing")) is None


@pytest.mark.parametrize(
    ("call", "found"),
    [
        pytest.param(a_call(members=people(ben=RINGING)), True, id="only ben is rung"),
        pytest.param(a_call(members=people(ben=RINGING, cy=RINGING)), False, id="cy is rung too"),
        pytest.param(a_call(members=people(ben=RINGING, cy=INVITED)), False, id="cy is about to be rung"),
        pytest.param(a_call(members=people(ben=RINGING, cy=REJECTED)), True, id="cy has declined"),
        pytest.param(a_call(members=people(ben=REJECTED)), False, id="ben has declined"),
        pytest.param(
            a_call(status=CallStatus.PREPARING, ring_by=NOW, members=people(ben=INVITED)), True, id="just about to"
        ),
        pytest.param(a_call(status=CallStatus.PREPARING, members=people(ben=INVITED)), False, id="a plan for later"),
        pytest.param(a_call(status=CallStatus.SCHEDULED, members=people(ben=INVITED)), False, id="scheduled"),
        pytest.param(a_call(kind=CallKind.NOTIFY, members=people(ben=RINGING)), False, id="a notify"),
        pytest.param(a_call(team="T2", members=people(ben=RINGING)), False, id="in another workspace"),
        pytest.param(a_call(caller=CY, members=people(ben=RINGING)), False, id="somebody else rings ben"),
        pytest.param(over(a_call(members=people(ben=RINGING))), False, id="over"),
    ],
)
async def test_whether_ana_is_ringing_ben_alone(store: Store, call: Call, found: bool) -> None:
    await add(store, call)
    ringing = await store.look(lambda tx: tx.ringing_alone("T1", ANA, BEN))
    assert ringing == (call.id if found else None)


def there(user: str, *members: Member, **fields: object) -> tuple[Member, ...]:
    return tuple(replace(m, **fields) if m.user == user else m for m in members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("user", "call", "counts"),
    [
        pytest.param(BEN, a_call(status=CallStatus.ACCEPTED, members=people(ben=ACCEPTED)), True, id="accepted"),
        pytest.param(BEN, a_call(status=CallStatus.ACCEPTED, members=people(ben=RINGING)), False, id="still rung"),
        pytest.param(
            BEN,
            a_call(status=CallStatus.ACCEPTED, members=there(BEN, *people(ben=ACCEPTED), left_at=NOW)),
            False,
            id="has left",
        ),
        pytest.param(
            BEN,
            a_call(status=CallStatus.NOTIFIED, members=there(BEN, *people(ben=NOTIFIED), sessions=frozenset({"s1"}))),
            True,
            id="is in a notified call",
        ),
        pytest.param(BEN, a_call(status=CallStatus.NOTIFIED, members=people(ben=NOTIFIED)), False, id="only told"),
        pytest.param(ANA, a_call(status=CallStatus.ACCEPTED), True, id="the caller of an accepted call"),
        pytest.param(ANA, a_call(status=CallStatus.NOTIFIED), False, id="the caller of a notify who is not in"),
        pytest.param(ANA, a_call(status=CallStatus.RINGING), False, id="the caller of a ringing call"),
        pytest.param(
            ANA,
            a_call(status=CallStatus.RINGING, members=there(ANA, *people(), sessions=frozenset({"s1"}))),
            True,
            id="a caller who waits inside",
        ),
        pytest.param(
            BEN,
            a_call(status=CallStatus.SCHEDULED, members=there(BEN, *people(ben=ACCEPTED), sessions=frozenset({"s1"}))),
            True,
            id="is in early",
        ),
        pytest.param(BEN, a_call(status=CallStatus.SCHEDULED, members=people(ben=ACCEPTED)), False, id="was in early"),
        pytest.param(
            ANA, a_call(status=CallStatus.ACCEPTED, members=there(ANA, *people(), left_at=NOW)), False, id="caller left"
        ),
        pytest.param(BEN, over(a_call(members=people(ben=ACCEPTED))), False, id="over"),
    ],
)
async def test_what_they_take_part_in(store: Store, user: str, call: Call, counts: bool) -> None:
    await add(store, call)
    assert await store.look(lambda tx: tx.calls_taken_part_in("T1", user)) == ([call.id] if counts else [])
    assert await store.look(lambda tx: tx.calls_taken_part_in("T2", user)) == []


async def test_what_they_take_part_in_is_sorted(store: Store) -> None:
    taken = [a_call(name, status=CallStatus.ACCEPTED, members=people(ben=ACCEPTED)) for name in ("c3", "c1", "c2")]
    await add(store, *taken)
    assert await store.look(lambda tx: tx.calls_taken_part_in("T1", BEN)) == ["c1", "c2", "c3"]


async def test_someones_calls_are_the_open_ones_and_those_just_over(store: Store) -> None:
    await add(
        store,
        a_call("open", created_at=after(minutes=-3)),
        over(a_call("just over", created_at=after(minutes=-2)), after(minutes=-1)),
        over(a_call("long over", created_at=after(days=-3)), after(days=-2)),
        a_call("of others", members=people(cy=RINGING)),
        a_call("elsewhere", team="T2"),
    )
    calls = await store.look(lambda tx: tx.calls_of("T1", BEN, after(hours=-1), 10))
    assert [call.id for call in calls] == ["open", "just over"]
    assert [member.user for member in calls[1].members] == [ANA, BEN, CY]
    assert len(await store.look(lambda tx: tx.calls_of("T1", BEN, after(days=-9), 1))) == 1


async def test_open_calls_are_never_crowded_out_by_newer_ones_that_are_over(store: Store) -> None:
    newer = [over(a_call(f"over {number}", created_at=after(minutes=number)), after(hours=1)) for number in range(5)]
    await add(store, a_call("planned long ago"), *newer)
    calls = await store.look(lambda tx: tx.calls_of("T1", BEN, after(days=-7), 3))
    assert [call.id for call in calls] == ["planned long ago", "over 4", "over 3"]


async def test_what_is_going_on_comes_first_then_the_soonest_plan(store: Store) -> None:
    def plan(name: str, hours: int, planned: int) -> Call:
        return a_call(
            name, status=CallStatus.SCHEDULED, starts_at=after(hours=hours), created_at=after(minutes=planned)
        )

    await add(
        store,
        a_call("live for long", created_at=after(minutes=-9)),
        plan("tonight", 8, planned=-3),
        plan("next week", 170, planned=-1),
        plan("at noon", 2, planned=-2),
        a_call("ringing", created_at=after(minutes=-4)),
    )
    calls = await store.look(lambda tx: tx.calls_of("T1", BEN, NOW, 4))
    assert [call.id for call in calls] == ["ringing", "live for long", "at noon", "tonight"]


async def test_a_call_that_ends_is_no_longer_among_the_open_ones_of_anybody(store: Store) -> None:
    call = a_call()
    await add(store, call)
    await store.commit(lambda tx: tx.save_all([(call, over(call), None)]))
    assert await store.look(lambda tx: tx.calls_of("T1", CY, after(seconds=1), 10)) == []
    assert [c.id for c in await store.look(lambda tx: tx.calls_of("T1", CY, NOW, 10))] == ["c1"]


async def test_what_is_due_comes_the_longest_due_first(store: Store) -> None:
    def four(tx: Tx) -> None:
        for name, minutes in (("second", -1), ("first", -2), ("later", 1)):
            tx.add_call(a_call(name), after(minutes=minutes))
        tx.add_call(a_call("never"), None)

    await store.commit(four)
    assert await store.commit(lambda tx: list(tx.due_calls(NOW, 10))) == ["first", "second"]
    assert await store.look(lambda tx: tx.due_calls(NOW, 1)) == {"first": after(minutes=-2)}
    assert await store.look(lambda tx: tx.next_work_at()) == after(minutes=-2)


async def test_saving_an_unchanged_call_still_moves_its_due_time(store: Store) -> None:
    call = a_call()
    await store.commit(lambda tx: tx.add_call(call, NOW))
    await store.commit(lambda tx: tx.save_all([(call, call, None)]))
    assert await store.look(lambda tx: tx.due_calls(after(days=1), 10)) == {}


async def test_stream_is_silent_of_calls_it_has_and_told_nothing_of(store: Store) -> None:
    await add(
        store,
        a_call("silent", on_stream=True, created_at=after(minutes=-2)),
        a_call("most silent", on_stream=True, created_at=after(minutes=-3)),
        a_call("fresh", on_stream=True, created_at=after(seconds=-1)),
        a_call("not on stream", created_at=after(minutes=-2)),
        over(a_call("over", on_stream=True, created_at=after(minutes=-2))),
    )
    minute_ago = after(minutes=-1)
    silent = await store.look(lambda tx: tx.silent_calls(minute_ago, 10))
    assert [call.id for call in silent] == ["most silent", "silent"]
    assert len(silent[0].members) == 3
    await store.commit(lambda tx: tx.heard(["most silent", "silent"], NOW))
    assert await store.look(lambda tx: tx.silent_calls(minute_ago, 10)) == []


async def test_how_many_calls_somebody_has_begun(store: Store) -> None:
    await add(store, a_call("c1"), a_call("c2", created_at=after(minutes=-5)), a_call("c3", caller=BEN))
    assert await store.look(lambda tx: tx.commands_since("T1", ANA, after(minutes=-1))) == 1
    assert await store.look(lambda tx: tx.commands_since("T1", ANA, after(minutes=-5))) == 2


async def test_the_same_command_twice_is_the_first_ones_call(store: Store) -> None:
    ten = timedelta(seconds=10)

    async def first_of(name: str, at: float) -> str:
        return await store.commit(lambda tx: tx.first_of("ana rings ben", name, after(seconds=at), ten))

    typed = (("c1", 0), ("c2", 9.9), ("c3", 10), ("c4", 19))
    assert [await first_of(name, at) for name, at in typed] == ["c1", "c1", "c3", "c3"]


async def test_a_call_being_prepared_gets_its_people_later(store: Store) -> None:
    bare = a_call(members=())
    await add(store, bare)
    full = replace(bare, members=people(cy=INVITED, ben=INVITED))
    await store.commit(lambda tx: tx.save_all([(bare, full, None)]))
    assert await store.look(lambda tx: tx.call("c1")) == full
    assert await store.look(lambda tx: tx.silent_calls(NOW, 1)) == []
