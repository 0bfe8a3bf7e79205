"""The stage: a world with the bot in it, on SQLite over HTTP, or wherever a scene says it plays."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.sandbox.workspace import Channel, Person
from bot.sandbox.world import World, world
from tests.databases import PostgresServer, SqliteFiles

TUESDAY_TEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""10:00 in Berlin, where everyone is unless said otherwise."""


@dataclass(frozen=True)
class Where:
    """Where a scene plays, and with which settings."""

    database: str = "sqlite"
    transport: str = "http"
    settings: dict[str, Any] = field(default_factory=dict)


EVERYWHERE = pytest.mark.parametrize(
    "stage",
    [Where(database, transport) for database in ("sqlite", "postgres") for transport in ("http", "socket")],
    indirect=True,
    ids=lambda where: f"{where.database}-{where.transport}",
)
"""For the dozen scenes that play on both databases, over HTTP and over Socket Mode."""


def with_settings(**settings: Any) -> pytest.MarkDecorator:
    """For a scene under other settings: `@with_settings(rings_per_minute=2)`."""
    where = Where(settings=settings)
    return pytest.mark.parametrize("stage", [where], indirect=True, ids=["-".join(settings)])


@dataclass
class Stage:
    """A world with four people in #support, and what a careful scene looks at when it is over."""

    world: World
    ana: Person
    ben: Person
    cy: Person
    dee: Person
    support: Channel
    logs: list[Any]
    trouble_expected: bool = False
    """Set by scenes that break things: then logged errors and dead rows are theirs to look at."""

    def errors(self) -> list[Any]:
        return [entry for entry in self.logs if entry["log_level"] in ("error", "critical")]

    def alone_has(self, person: Person, link: str | None) -> None:
        """This link is on this person's screen, and on nobody else's."""
        assert link
        shown = [message for message in self.world.workspace.messages() if link in f"{message.blocks}{message.edits}"]
        assert shown
        for message in shown:
            members = self.world.workspace.state.conversations[message.channel].members
            readers = {message.ephemeral_to} if message.ephemeral_to else {*members}
            assert readers - {self.world.workspace.state.bot.id} == {person.id}

    async def check(self) -> None:
        """What holds at the end of every scene that breaks nothing."""
        assert not self.world.workspace.warnings, self.world.workspace.warnings
        assert not self.world.coordinator.warnings, self.world.coordinator.warnings
        if self.trouble_expected:
            return
        assert not self.errors(), self.errors()
        if self.world.app is not None:
            dead = await self.world.app.store.look(lambda tx: tx.dead(10))
            assert not dead, dead


@pytest.fixture
async def stage(request: pytest.FixtureRequest, tmp_path: Path, sqlite_files: SqliteFiles) -> AsyncIterator[Stage]:
    where: Where = getattr(request, "param", Where())
    with ExitStack() as stack:
        logs = stack.enter_context(capture_logs())
        if where.database == "postgres":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        else:
            url = sqlite_files.database(tmp_path)
        async with world(
            database_url=url, socket_mode=where.transport == "socket", start=TUESDAY_TEN, **where.settings
        ) as made:
            ana, ben, cy, dee = (made.workspace.person(name) for name in ("ana", "ben", "cy", "dee"))
            support = made.workspace.channel("support", ana, ben, cy, dee)
            stage = Stage(made, ana, ben, cy, dee, support, logs)
            yield stage
            await made.settled()
            await stage.check()
