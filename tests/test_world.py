"""How a world comes to rest."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from bot.sandbox.world import world
from bot.store import Tx

T = TypeVar("T")
SLOW = 0.02
"""Seconds."""


async def test_a_world_comes_to_rest_though_its_ledger_commits_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick has the worker claim, and a claim takes longer than the look whether anything is due."""
    async with world() as made:
        ana, ben = made.workspace.person("ana"), made.workspace.person("ben")
        made.workspace.channel("support", ana, ben)
        assert made.app
        commit = made.app.store.commit

        async def slowly(change: Callable[[Tx], T]) -> T:
            await asyncio.sleep(SLOW)
            return await commit(change)

        monkeypatch.setattr(made.app.store, "commit", slowly)
        await ana.types("/ring @ben", at="#support")
        await made.settled()
        assert [message for message in ben.messages() if "is ringing you" in ben.reads(message)]
