"""Slack and the listeners, and between them nothing."""

from collections.abc import AsyncIterator

import pytest

from tests.listening import (
    Slack,
    slack_and_bot,
)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with slack_and_bot() as started:
        yield started
