"""A running coordinator, a receiver for its webhooks, and its API as the server or a person sees it.

Every answer and every webhook that passes here is held against the published fields.
"""

import asyncio
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Coordinator
from bot.sandbox.coordinator.dates import Dates
from bot.sandbox.coordinator.operations import OPERATIONS
from bot.sandbox.coordinator.schema import check
from bot.sandbox.faults import Faults

KEY, SECRET = "sandbox-key", "a secret of the sandbox, long enough for HS256"
CALL = "/video/call/default/c1"
CID = "default:c1"


def token(claims: dict[str, Any], secret: str = SECRET) -> str:
    return jwt.encode(claims, secret, "HS256")


def user_token(user_id: str) -> str:
    return token({"user_id": user_id, "iat": int(time.time()) - 5, "exp": int(time.time()) + 3600})


class Api:
    """The API under one token; `ok` takes a 2xx whose fields are right, `refused` an APIError."""

    def __init__(self, url: str, bearer: str, prefix: str = "/api/v2") -> None:
        self.prefix = prefix
        headers = {"Authorization": bearer, "stream-auth-type": "jwt"}
        self.http = httpx.AsyncClient(base_url=url, params={"api_key": KEY}, headers=headers)

    async def ask(self, verb: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return await self.http.request(verb, self.prefix + path, json=body, params={"api_key": KEY, **query})

    async def ok(self, verb: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = await self.ask(verb, path, body, **query)
        assert answer.is_success, answer.text
        self.fits(verb, path, answer)
        return answer.json()

    def fits(self, verb: str, path: str, answer: httpx.Response) -> None:
        operation = next(one for one in OPERATIONS if one.verb == verb and _same(one.path, path))
        dates = Dates.NANOSECONDS if self.prefix == "/api/v2" else Dates.RFC3339
        finding = check(operation.answer, answer.json(), dates=dates)
        assert (finding.problems, finding.unknown) == ([], []), operation.name
        assert answer.status_code == operation.status

    async def refused(self, status: int, code: int, verb: str, path: str, body: Any = None, **query: Any) -> str:
        """The message of a refusal with this status and code."""
        answer = await self.ask(verb, path, body, **query)
        error = answer.json()
        assert (answer.status_code, error.get("code")) == (status, code), answer.text
        finding = check("APIError", error)
        assert (finding.problems, finding.unknown) == ([], [])
        assert error["StatusCode"] == status
        return str(error["message"])


def _same(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(a.startswith("{") or a == b for a, b in zip(wanted, given, strict=True))


@dataclass
class Hook:
    """One webhook as it came in."""

    headers: dict[str, str]
    raw: bytes
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def attempt(self) -> int:
        return int(self.headers["X-WEBHOOK-ATTEMPT"])


@dataclass
class Receiver:
    """A real HTTP receiver. `answers` are the statuses it gives, one after another, then 200."""

    url: str = ""
    hooks: list[Hook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.content.read()
        body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        async with self.came:
            self.hooks.append(Hook({**request.headers}, raw, body))
            self.came.notify_all()
        await self.hold.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def has(self, count: int) -> None:
        """Return once so many have come in."""
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(lambda: len(self.hooks) >= count)

    def types(self) -> list[str]:
        return [one.event["type"] for one in self.hooks]

    def last(self, kind: str) -> Any:
        return next(one.event for one in reversed(self.hooks) if one.event["type"] == kind)

    def all_fit(self) -> None:
        """Every event has the fields of its type, times in RFC 3339 with nine digits, and the right signature."""
        for one in self.hooks:
            finding = check(one.event["type"], one.event, dates=Dates.RFC3339)
            assert (finding.problems, finding.unknown) == ([], []), one.event["type"]
            assert len(one.event["created_at"].partition(".")[2]) == len("123456789Z")
            right = hmac.new(SECRET.encode(), one.body, hashlib.sha256).hexdigest()
            assert one.headers["X-SIGNATURE"] == right
            assert one.headers["X-API-KEY"] == KEY


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def failures() -> Iterator[list[Any]]:
    """What the coordinator logged as its own fault. Whoever means it to fail takes that out."""
    with capture_logs() as logged:
        yield logged
    assert logged == []


@pytest.fixture
async def coordinator(clock: SandboxClock, faults: Faults, failures: list[Any]) -> AsyncIterator[Coordinator]:
    coordinator = Coordinator(clock=clock, faults=faults, api_key=KEY, api_secret=SECRET)
    coordinator.behaviour.retry_seconds = 0.0
    await coordinator.start()
    yield coordinator
    await coordinator.stop()


@pytest.fixture
async def server(coordinator: Coordinator) -> AsyncIterator[Api]:
    """The API with a server token, and four users to call."""
    api = Api(coordinator.url, token({"server": True}))
    people = {one: {"id": one, "name": one.capitalize()} for one in ("ana", "ben", "cy", "dee")}
    await api.ok("POST", "/users", {"users": people})
    yield api
    await api.http.aclose()


@dataclass
class People:
    url: str
    apis: list[Api] = field(default_factory=list)

    def __call__(self, user_id: str, prefix: str = "/api/v2") -> Api:
        self.apis.append(Api(self.url, user_token(user_id), prefix))
        return self.apis[-1]


@pytest.fixture
async def person(coordinator: Coordinator, server: Api) -> AsyncIterator[People]:
    """`person("ben")` is the API with a token of ben's."""
    people = People(coordinator.url)
    yield people
    for api in people.apis:
        await api.http.aclose()


@pytest.fixture
async def receiver(coordinator: Coordinator) -> AsyncIterator[Receiver]:
    """Gets every webhook; `all_fit` finds whether each was as published."""
    receiver = Receiver()
    receiver.hold.set()
    app = web.Application()
    app.add_routes([web.post("/stream/events", receiver.receive)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/stream/events"
    coordinator.hook(receiver.url)
    yield receiver
    await runner.cleanup()


def ringing(*members: str, **data: Any) -> dict[str, Any]:
    """A body that makes a call of ana's and rings these."""
    people = [{"user_id": one} for one in ("ana", *members)]
    return {"ring": True, "data": {"created_by_id": "ana", "members": people, **data}}
