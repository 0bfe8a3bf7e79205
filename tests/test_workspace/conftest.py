from collections.abc import AsyncIterator

import pytest

from tests.test_workspace.scene import Scene


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.slack.start()
    runner = await scene.mount()
    yield scene
    await scene.slack.stop()
    await runner.cleanup()
