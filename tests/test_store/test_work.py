"""What is owed: claimed under a lease, in the order of its lane, once."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.store import Store
from bot.work import Accept, Claimed, Kick, Paint, Prepare, Priority, PutCall, TellThread, UpdateCall, Work
from tests.test_store.examples import BEN, CY, NOW, after, alone, beside

MINUTE = 60.0
A_MOMENT = 0.05
AT_TWO = after(minutes=2)


async def claim(store: Store, limit: int = 10, *, now: datetime = NOW, lease: float = MINUTE) -> list[Claimed]:
    return await store.commit(lambda tx: tx.claim(now, limit, lease))


async def owe(store: Store, *work: Work, at: datetime | None = None) -> None:
    await store.commit(lambda tx: tx.owe(*work, at=at))


async def finish(store: Store, claimed: Claimed) -> bool:
    return await store.commit(lambda tx: tx.finish(claimed))


async def put_back(store: Store, claimed: Claimed, at: datetime = NOW, error: str = "", counts: bool = True) -> bool:
    return await store.commit(lambda tx: tx.put_back(claimed, at, error, counts=counts))


async def bury(store: Store, claimed: Claimed, error: str = "no such channel") -> bool:
    return await store.commit(lambda tx: tx.bury(claimed, error, NOW))


async def eventually_claimed(store: Store) -> list[Claimed]:
    """Once leases have run out, which takes real time."""
    async with asyncio.timeout(10):
        while True:
            if claimed := await claim(store):
                return claimed


def works(claimed: list[Claimed]) -> list[Work]:
    return [one.work for one in claimed]


def test_what_an_older_version_owed_can_still_be_read() -> None:
    owed: dict[str, object] = {
        "call_id": "c1",
        "users": [BEN],
        "groups": [],
        "channel": "",
        "when": "",
        "at": None,
        "response_url": "",
    }
    assert Prepare.from_payload(owed) == Prepare("c1", users=(BEN,))


# --- claiming


async def test_what_is_owed_is_claimed_once(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (claimed,) = await claim(store)
    assert (claimed.work, claimed.attempts, claimed.fence) == (PutCall("c1"), 1, 1)
    assert await claim(store) == []
    assert await finish(store, claimed)
    assert not await finish(store, claimed)
    assert await claim(store) == []


async def test_the_smaller_priority_goes_first_then_the_older(store: Store) -> None:
    home = Paint("m1", "c1", Priority.HOME)
    await owe(store, home, Paint("m2", "c1", Priority.CARD), PutCall("c1"), PutCall("c2"))
    assert works(await claim(store, 3)) == [PutCall("c1"), PutCall("c2"), Paint("m2", "c1", Priority.CARD)]
    assert works(await claim(store, 3)) == [home]


async def test_what_is_owed_for_later_waits_for_the_clock(store: Store) -> None:
    await owe(store, PutCall("c1"), at=after(minutes=5))
    assert await claim(store, now=after(minutes=4)) == []
    assert await store.look(lambda tx: tx.next_work_at()) == after(minutes=5)
    assert works(await claim(store, now=after(minutes=5))) == [PutCall("c1")]


async def test_what_is_available_already_wakes_nobody_again(store: Store) -> None:
    await owe(store, PutCall("c1"), alone(BEN))
    assert await store.look(lambda tx: tx.next_work_at()) is None
    await claim(store)
    assert await store.look(lambda tx: tx.next_work_at()) is None


# --- owed already


async def test_owed_twice_is_done_once_with_the_newer_payload(store: Store) -> None:
    await owe(store, Accept("c1", BEN))
    await owe(store, Accept("c1", BEN, ("c0",)))
    assert works(await claim(store)) == [Accept("c1", BEN, ("c0",))]


async def test_owed_twice_in_one_breath_is_done_once(store: Store) -> None:
    await owe(store, Accept("c1", BEN), PutCall("c2"), Accept("c1", BEN, ("c0",)))
    assert works(await claim(store)) == [Accept("c1", BEN, ("c0",)), PutCall("c2")]


@pytest.mark.parametrize(
    ("first", "then"),
    [pytest.param(after(minutes=5), AT_TWO, id="sooner"), pytest.param(AT_TWO, after(minutes=5), id="not later")],
)
async def test_owed_again_it_is_available_at_the_earlier_time(store: Store, first: datetime, then: datetime) -> None:
    for at in (first, then):
        await owe(store, PutCall("c1"), at=at)
    assert await claim(store, now=AT_TWO - timedelta(seconds=1)) == []
    assert works(await claim(store, now=AT_TWO)) == [PutCall("c1")]


@pytest.mark.parametrize(
    ("first", "then"),
    [pytest.param(AT_TWO, None, id="not at once before"), pytest.param(None, AT_TWO, id="at once already")],
)
async def test_owed_again_at_once_it_waits_for_no_clock(
    store: Store, first: datetime | None, then: datetime | None
) -> None:
    for at in (first, then):
        await owe(store, PutCall("c1"), at=at)
    assert works(await claim(store, now=after(days=-1))) == [PutCall("c1")]


async def test_owed_again_while_it_is_done_it_is_done_once_more(store: Store) -> None:
    await owe(store, Accept("c1", BEN))
    (first,) = await claim(store)
    await owe(store, Accept("c1", BEN, ("c0",)))
    assert await claim(store) == []
    assert await finish(store, first)
    (second,) = await claim(store)
    assert (second.work, second.attempts) == (Accept("c1", BEN, ("c0",)), 1)
    assert second.fence > first.fence
    assert await finish(store, second)
    assert await claim(store) == []


async def test_what_is_owed_once_more_for_later_waits(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (first,) = await claim(store)
    await owe(store, PutCall("c1"), at=after(minutes=2))
    await finish(store, first)
    assert await claim(store) == []
    assert len(await claim(store, now=after(minutes=2))) == 1


async def test_put_back_it_is_not_done_once_more_besides(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (first,) = await claim(store)
    await owe(store, PutCall("c1"))
    assert await put_back(store, first)
    (second,) = await claim(store)
    assert await finish(store, second)
    assert await claim(store) == []


async def test_of_many_finished_at_once_those_owed_again_or_lost_are_left(store: Store) -> None:
    await owe(store, Kick("c1", BEN))
    (lost,) = await claim(store, lease=A_MOMENT)
    (theirs,) = await eventually_claimed(store)
    await owe(store, Kick("c2", BEN), Kick("c3", BEN), Kick("c4", BEN))
    done, owed_again, not_told = await claim(store)
    await owe(store, owed_again.work)
    ours = [lost, done, owed_again]
    assert await store.commit(lambda tx: tx.finish_all(ours)) == {done.id}
    assert await store.commit(lambda tx: tx.finish_all(ours)) == set()
    assert await finish(store, theirs)
    assert await finish(store, owed_again)
    assert await finish(store, not_told)
    assert works(await claim(store)) == [owed_again.work]


async def test_owed_again_after_its_lease_ran_out_it_is_not_lost_to_its_late_finisher(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (late,) = await claim(store, lease=0)
    await owe(store, PutCall("c1"))
    assert await finish(store, late)
    assert works(await claim(store)) == [PutCall("c1")]


# --- leases and fences


async def test_a_lease_that_ran_out_is_given_to_another_and_its_holder_is_not_believed(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (first,) = await claim(store, lease=A_MOMENT)
    (second,) = await eventually_claimed(store)
    assert (second.id, second.attempts) == (first.id, 2)
    assert second.fence > first.fence
    assert not await finish(store, first)
    assert not await put_back(store, first)
    assert not await bury(store, first)
    assert await finish(store, second)


async def test_a_lease_runs_in_real_time_whatever_the_clock_is_turned_to(store: Store) -> None:
    await owe(store, PutCall("c1"))
    await claim(store)
    assert await claim(store, now=after(days=400)) == []


async def test_who_is_late_may_still_finish_while_nobody_else_has_it(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (late,) = await claim(store, lease=0)
    assert await finish(store, late)
    assert await claim(store) == []


async def test_an_id_is_never_given_twice(store: Store) -> None:
    """Else a late finisher could finish somebody else's work."""
    await owe(store, PutCall("c1"))
    (first,) = await claim(store)
    await finish(store, first)
    await owe(store, PutCall("c2"))
    (second,) = await claim(store)
    assert second.id != first.id
    assert not await finish(store, first)


# --- putting back


async def test_what_is_put_back_waits_and_counts_its_attempts(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (first,) = await claim(store)
    assert await put_back(store, first, after(seconds=5), "503")
    assert await claim(store) == []
    assert await store.look(lambda tx: tx.next_work_at()) == after(seconds=5)
    (second,) = await claim(store, now=after(seconds=5))
    assert second.attempts == 2


async def test_a_wait_that_is_nobodys_failure_is_no_attempt(store: Store) -> None:
    await owe(store, PutCall("c1"))
    (first,) = await claim(store)
    await put_back(store, first, counts=False)
    (second,) = await claim(store)
    assert (second.attempts, second.fence) == (1, 2)


# --- lanes


async def test_exclusive_work_of_a_lane_goes_one_after_the_other(store: Store) -> None:
    await owe(store, alone(BEN), alone(CY), PutCall("other"))
    first, other = await claim(store)
    assert works([first, other]) == [alone(BEN), PutCall("other")]
    await finish(store, first)
    assert works(await claim(store)) == [alone(CY)]


async def test_what_is_not_exclusive_runs_side_by_side(store: Store) -> None:
    await owe(store, beside(BEN), beside(CY), alone("UDAN"), beside("UEVE"))
    ben, cy = await claim(store)
    assert works([ben, cy]) == [beside(BEN), beside(CY)]
    await finish(store, cy)
    assert await claim(store) == []
    await finish(store, ben)
    (dan,) = await claim(store)
    assert dan.work == alone("UDAN")
    await finish(store, dan)
    assert works(await claim(store)) == [beside("UEVE")]


async def test_what_waits_holds_up_its_lane(store: Store) -> None:
    await owe(store, alone(BEN), alone(CY))
    (first,) = await claim(store)
    await put_back(store, first, after(minutes=1))
    assert await claim(store) == []
    assert works(await claim(store, now=after(minutes=1))) == [alone(BEN)]


async def test_the_order_of_a_lane_is_stronger_than_priority(store: Store) -> None:
    low, high = TellThread("c1", Priority.THREAD), TellThread("c2", Priority.RELAY)
    assert low.lane != high.lane
    await owe(store, low, high)
    assert works(await claim(store)) == [high, low]
    await owe(store, Kick("c9", BEN), at=after(minutes=1))
    await owe(store, PutCall("c9"))
    assert await claim(store) == []


async def test_what_is_held_holds_up_even_what_was_put_before_it(store: Store) -> None:
    """A transaction may commit work with an earlier id after later work of its lane was claimed."""
    await owe(store, alone(BEN), at=after(minutes=1))
    (ben,) = await claim(store, now=after(minutes=1))
    await bury(store, ben)
    await owe(store, alone(CY))
    (cy,) = await claim(store)
    assert await store.commit(lambda tx: tx.revive([ben.id], NOW)) == 1
    assert await claim(store) == []
    await finish(store, cy)
    assert works(await claim(store)) == [alone(BEN)]


# --- the dead


async def test_what_is_yet_to_be_done_is_owed_in_hand_or_not_and_what_is_dead_or_done_is_not(store: Store) -> None:
    each = [Kick(call_id, BEN) for call_id in ("c1", "c2", "c3", "c4")]
    await owe(store, *each[:3])
    first, second, _ = await claim(store)
    await bury(store, first)
    await finish(store, second)
    assert await store.look(lambda tx: tx.owed(*each)) == [each[2]]
    assert await store.look(lambda tx: tx.owed()) == []


async def test_what_is_dead_is_seen_and_out_of_its_lanes_way(store: Store) -> None:
    await owe(store, alone(BEN), alone(CY))
    (ben,) = await claim(store)
    assert await bury(store, ben, "channel_not_found")
    assert works(await claim(store)) == [alone(CY)]
    (dead,) = await store.look(lambda tx: tx.dead(10))
    assert (dead.id, dead.kind, dead.call_id) == (ben.id, "Kick", "c1")
    assert (dead.attempts, dead.error, dead.dead_at) == (1, "channel_not_found", NOW)
    assert not await finish(store, ben)


async def test_the_dead_are_revived_at_the_end_of_their_lane(store: Store) -> None:
    await owe(store, alone(BEN), alone(CY))
    (ben,) = await claim(store)
    await bury(store, ben)
    assert await store.commit(lambda tx: tx.revive([ben.id, 999], NOW)) == 1
    assert await store.look(lambda tx: tx.dead(10)) == []
    (cy,) = await claim(store)
    assert cy.work == alone(CY)
    await finish(store, cy)
    (again,) = await claim(store)
    assert (again.work, again.attempts) == (alone(BEN), 1)


async def test_what_is_owed_again_after_its_death_lives(store: Store) -> None:
    await owe(store, alone(BEN), Accept("c2", BEN), alone(CY))
    (ben, two) = await claim(store)
    await bury(store, ben)
    await bury(store, two)
    await owe(store, alone(BEN), PutCall("c3"))
    assert [dead.id for dead in await store.look(lambda tx: tx.dead(10))] == [two.id]
    cy, new = await claim(store)
    assert works([cy, new]) == [alone(CY), PutCall("c3")]
    await finish(store, cy)
    assert works(await claim(store)) == [alone(BEN)]


async def test_what_was_owed_once_more_is_not_buried_with_its_older_payload(store: Store) -> None:
    await owe(store, Accept("c1", BEN))
    (first,) = await claim(store)
    await owe(store, Accept("c1", BEN, ("c0",)))
    assert not await bury(store, first)
    assert await store.look(lambda tx: tx.dead(10)) == []
    assert works(await claim(store)) == [Accept("c1", BEN, ("c0",))]


class Unheard(UpdateCall):
    """Owed by a program that knows more than this one."""


async def test_work_of_a_newer_version_is_left_to_it_for_an_hour_and_stops_nobody(store: Store) -> None:
    await owe(store, Unheard("c1"), PutCall("c2"))
    assert works(await claim(store, lease=3 * 60 * MINUTE)) == [PutCall("c2")]
    for minute in range(1, 60):
        assert await store.look(lambda tx: tx.dead(10)) == []
        assert await claim(store, now=after(minutes=minute)) == []
    (dead,) = await store.look(lambda tx: tx.dead(10))
    assert dead.kind == "Unheard"
    assert "does not know" in dead.error


async def test_what_was_owed_anew_does_not_wait_for_the_last_try(store: Store) -> None:
    await owe(store, Paint("m1", "c1"))
    (claimed,) = await claim(store)
    await owe(store, Paint("m1", "c1", Priority.DEAD_BUTTONS))
    assert await put_back(store, claimed, after(minutes=5))
    (anew,) = await claim(store)
    assert anew.work == Paint("m1", "c1", Priority.DEAD_BUTTONS)
    assert await put_back(store, anew, after(minutes=5))
    assert await claim(store) == []
    assert [one.work for one in await claim(store, now=after(minutes=5))] == [anew.work]
