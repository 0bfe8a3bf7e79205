import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.workspace import Channel, Person, Workspace
from bot.store import migrate, open_store
from tests.test_slack_side.scene import TOKEN, Scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    clock, faults = SandboxClock(), Faults()
    slack = Workspace(clock=clock, faults=faults, signing_secret="s", bot_token=TOKEN)
    await slack.start()
    url = f"sqlite:///{tmp_path / 'ringer.db'}"
    await asyncio.to_thread(migrate, url)
    store = open_store(url)
    yield Scene(slack, store, clock, faults)
    await store.close()
    await slack.stop()


@pytest.fixture
def ana(scene: Scene) -> Person:
    return scene.slack.person("ana")


@pytest.fixture
def ben(scene: Scene) -> Person:
    return scene.slack.person("ben")


@pytest.fixture
def general(scene: Scene, ana: Person, ben: Person) -> Channel:
    """The bot is in it."""
    return scene.slack.channel("general", ana, ben, bot_in=True)
