"""Waiting for the moment at which something that was broken on purpose strikes."""

import asyncio

from bot.sandbox.faults import Fault
from bot.sandbox.world import World


class _Struck(list[tuple[Fault, str]]):
    """The faults that struck; says so at the first."""

    def __init__(self, event: asyncio.Event) -> None:
        super().__init__()
        self._event = event

    def append(self, item: tuple[Fault, str]) -> None:
        super().append(item)
        self._event.set()


def strikes(world: World) -> asyncio.Event:
    """Set when the next fault strikes."""
    event = asyncio.Event()
    world.faults.struck = _Struck(event)
    return event
