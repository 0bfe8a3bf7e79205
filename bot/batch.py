"""What many ask for at the same time, done together: one transaction in place of one for each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batch(Generic[T, R]):
    """What is asked for while others are being done is done with the rest of these, as soon as those are done."""

    def __init__(self, do_all: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, name: str) -> None:
        self._do_all = do_all
        """Gives what came of each, in their order."""
        self._name = name
        self._asked: list[tuple[T, asyncio.Future[R]]] = []
        self._doing: asyncio.Task[None] | None = None

    async def do(self, one: T) -> R:
        """Raises what the doing of all of them raised."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._asked.append((one, done))
        if self._doing is None:
            self._doing = asyncio.create_task(self._until_all_are_done(), name=self._name)
        return await done

    async def _until_all_are_done(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            try:
                came = await self._do_all([one for one, _ in asked])
            except Exception as error:
                for _, done in asked:
                    if not done.done():  # Whoever asked may have gone.
                        done.set_exception(error)
            else:
                for (_, done), result in zip(asked, came, strict=True):
                    if not done.done():
                        done.set_result(result)
        self._doing = None
