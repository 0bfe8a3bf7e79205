"""The page's stream of changes, as a browser reads it: everything first, then what is new, also after a gap."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.sandbox.page import Page
from bot.sandbox.page.log import redacted
from bot.sandbox.workspace import Channel, Person
from bot.sandbox.world import world


@asynccontextmanager
async def served() -> AsyncIterator[tuple[str, Person, Channel]]:
    async with world() as made:
        ana = made.workspace.person("ana")
        support = made.workspace.channel("support", ana)
        page = Page(made)
        await page.start()
        try:
            yield page.url, ana, support
        finally:
            await page.stop()


class Reader:
    """Reads the stream, and knows where it was."""

    def __init__(self, answer: aiohttp.ClientResponse, last_id: str) -> None:
        self._answer, self.last_id = answer, last_id

    async def change(self, kind: str) -> dict[str, Any]:
        """The next change of this kind."""
        while True:
            line = (await self._answer.content.readline()).decode()
            assert line, "the stream ended"
            if line.startswith("id: "):
                self.last_id = line[4:].strip()
            elif line.startswith("data: "):
                told: dict[str, Any] = json.loads(line[6:])
                if told["kind"] == kind:
                    return told


@asynccontextmanager
async def reading(url: str, last_id: str = "") -> AsyncIterator[Reader]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
        session.get(f"{url}/events", headers=headers) as answer,
    ):
        assert answer.content_type == "text/event-stream"
        yield Reader(answer, last_id)


async def test_a_page_is_told_everything_and_then_what_is_new() -> None:
    async with served() as (url, ana, support):
        await ana.types("before", at=support.conversation)
        async with reading(url) as reader:
            snapshot = await reader.change("snapshot")
            assert [message["text"] for message in snapshot["messages"]] == ["before"]
            assert snapshot["people"] == [ana.id]
            await ana.types("after", at=support.conversation)
            assert (await reader.change("message"))["message"]["text"] == "after"


async def test_a_page_that_was_away_is_told_only_what_it_missed() -> None:
    async with served() as (url, ana, support):
        async with reading(url) as reader:
            await reader.change("snapshot")
            await ana.types("one", at=support.conversation)
            await reader.change("message")
        await ana.types("two", at=support.conversation)
        async with reading(url, reader.last_id) as again:
            first = await again.change("message")
            assert first["message"]["text"] == "two"


@pytest.mark.parametrize("last_id", ["another.3", "nonsense", ".", "1"])
async def test_a_page_of_another_time_is_told_everything_anew(last_id: str) -> None:
    async with served() as (url, _ana, _support), reading(url, last_id) as reader:
        assert (await reader.change("snapshot"))["team"] == "Huddle"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"who": "U0NOBODY", "text": "x", "channel": "C0SUPPORT"}, "There is no such person."),
        ({"who": "U0ANA", "text": "x", "channel": "C0NOWHERE"}, "There is no such channel."),
    ],
)
async def test_what_cannot_be_done_is_said(asked: dict[str, str], why: str) -> None:
    async with served() as (url, _ana, _support), aiohttp.ClientSession() as session:
        async with session.post(f"{url}/do/type", json=asked) as answer:
            assert answer.status == 400
            assert await answer.json() == {"error": why}
        async with session.post(f"{url}/do/nothing", json={}) as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "Nobody can do that."})


async def test_only_files_of_the_page_are_served() -> None:
    async with served() as (url, _ana, _support), aiohttp.ClientSession() as session:
        for path in ("main.js", "style/frame.css", "icon.svg"):
            async with session.get(f"{url}/static/{path}") as answer:
                assert answer.status == 200
        for path in ("../server.py", "%2e%2e/server.py", "nothing.js"):
            async with session.get(f"{url}/static/{path}") as answer:
                assert answer.status == 404


def test_nothing_secret_is_shown() -> None:
    told = redacted(
        {
            "token": "xoxb-1-2-abc",
            "text": "come to http://127.0.0.1:3000/join/N58j4MgXi1Ycj85bKzaS9ZijOX or ?token=eyJhbGc.eyJ1c2Vy.sig",
            "deep": [{"response_url": "http://127.0.0.1/actions/T0/abc"}, "http://127.0.0.1/commands/T0/abcdef", 3],
        }
    )
    assert told == {
        "token": "•••",
        "text": "come to http://127.0.0.1:3000/join/••• or ?token=•••",
        "deep": [{"response_url": "•••"}, "http://127.0.0.1/commands/T0/•••", 3],
    }
