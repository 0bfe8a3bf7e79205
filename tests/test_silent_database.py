"""A Postgres that holds its connections open and says nothing, and a bot that lives with it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.sandbox.coordinator.webhooks import signature
from bot.sandbox.workspace import Person
from bot.sandbox.world import World, world
from bot.store.address import database_at, engine_for
from bot.store.tables import calls
from tests.databases import PostgresServer
from tests.forwarder import Forwarder, forwarder
from tests.programs import WITHIN, Program, connected, ringer, settings_of

SORRY = "Something went wrong on my side"
STOPS_WITHIN = 15.0
"""Seconds. It takes about five; a busy machine takes longer, and a bot that waits for its database much longer."""


@dataclass
class Place:
    around: World
    folder: Path
    database_url: str
    wire: Forwarder
    ana: Person
    ben: Person

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[tuple[Program, str]]:
        """It and its address."""
        async with ringer(self.folder, "serve", **settings_of(self.around, self.wire.url)) as program:
            yield program, await connected(self.around, program)

    async def stops(self, program: Program) -> None:
        async with asyncio.timeout(STOPS_WITHIN):
            ended = await program.stops(signal.SIGTERM)
        assert ended.code == 0, ended.err

    def calls_kept(self) -> int:
        engine = engine_for(database_at(self.database_url))
        with engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(calls)) or 0)

    async def sends_a_webhook(self, url: str) -> int:
        event = {"type": "call.accepted", "call_cid": "default:c1", "created_at": "2026-12-01T10:00:00Z", "user": {}}
        body, app = json.dumps(event).encode(), self.around.coordinator.app
        headers = {"X-API-KEY": app.api_key, "X-SIGNATURE": signature(app.api_secret, body)}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}/stream/events", data=body, headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def place(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Place]:
    with postgres_server.database() as url:
        async with forwarder(url) as wire, world(start_bot=False) as around:
            around.workspace.ack_seconds = WITHIN  # Slack's three seconds are no matter of a busy machine.
            ana, ben = (around.workspace.person(name) for name in ("ana", "ben"))
            around.workspace.channel("support", ana, ben)
            yield Place(around, tmp_path, url, wire, ana, ben)


async def says(url: str, page: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(url + page) as answer:
        return answer.status, await answer.json()


async def until_ready(url: str) -> None:
    async with asyncio.timeout(WITHIN):
        while (await says(url, "/readyz"))[0] != 200:
            continue


async def test_while_it_is_silent_people_are_told_and_once_it_speaks_all_is_well(place: Place) -> None:
    async with place.bot() as (program, url):
        await place.ana.types('/ring @ben "first"', at="#support")
        await place.ben.sees("@ana is ringing you")

        place.wire.freeze()
        await place.ana.types('/ring @ben "never"', at="#support")
        await place.ana.sees(SORRY, at="#support", within=WITHIN)
        assert await place.sends_a_webhook(url) == 503, "Stream sends it again"
        status, said = await says(url, "/readyz")
        assert status == 503 and "database" in said["wrong"], said
        assert (await says(url, "/healthz"))[0] == 200

        place.wire.thaw()
        await until_ready(url)
        await place.ben.presses("Decline")
        await place.ana.sees("@ben declined", at="#support", within=WITHIN)
        assert await place.sends_a_webhook(url) == 200
        await place.ana.types('/ring @ben "second"', at="#support")
        await place.ben.sees("second", within=WITHIN)
        assert [call.custom["topic"] for call in place.around.coordinator.calls.values()] == ["first", "second"]
        assert place.calls_kept() == 2, "what was answered with an apology has not happened"
        await place.stops(program)


async def test_it_stops_when_it_is_told_to_while_its_database_is_silent(place: Place) -> None:
    async with place.bot() as (program, _):
        await place.ana.types('/ring @ben "first"', at="#support")
        await place.ben.sees("@ana is ringing you")
        place.wire.freeze()
        typing = asyncio.ensure_future(place.ana.types('/ring @ben "never"', at="#support"))
        await place.stops(program)
        await typing
    place.wire.thaw()
    async with place.bot() as (program, _):
        await place.ben.presses("Accept")
        await place.ana.sees("@ben accepted", within=WITHIN)
        assert place.calls_kept() == 1
        await place.stops(program)


async def test_it_stops_when_it_is_told_to_while_it_waits_for_its_database_to_start(place: Place) -> None:
    place.wire.freeze()
    async with ringer(
        place.folder, "serve", **settings_of(place.around, f"{place.wire.url}?connect_timeout=60")
    ) as program:
        async with asyncio.timeout(WITHIN):
            await place.wire.taken.wait()
        await place.stops(program)
