"""What many ask for at once is done together, and each hears what came of theirs."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.batch import Batch


class Doubler:
    """Doubles numbers, once it is let; whoever asks for 13 spoils it for all who asked with them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Event()

    async def double(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.let.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * number for number in numbers]


async def test_what_is_asked_for_meanwhile_is_done_together_next() -> None:
    doubler = Doubler()
    batch = Batch(doubler.double, name="doubling")
    asked = [asyncio.create_task(batch.do(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked += [asyncio.create_task(batch.do(number)) for number in (3, 4)]
    await asyncio.sleep(0)
    doubler.let.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8]
    assert doubler.batches == [[1, 2], [3, 4]]
    assert await batch.do(5) == 10


async def test_all_of_a_batch_hear_that_it_failed_and_the_next_is_done() -> None:
    doubler = Doubler()
    doubler.let.set()
    batch = Batch(doubler.double, name="doubling")
    came = await asyncio.gather(batch.do(1), batch.do(13), return_exceptions=True)
    assert [str(each) for each in came] == ["thirteen", "thirteen"]
    assert await batch.do(2) == 4


async def test_who_goes_away_takes_nobody_along() -> None:
    doubler = Doubler()
    batch = Batch(doubler.double, name="doubling")
    gone, stays = (asyncio.create_task(batch.do(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    doubler.let.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone
