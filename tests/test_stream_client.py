"""Each operation is asked for as Stream documents it: real HTTP, to a server that writes down what it hears."""

import gc
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.stream import (
    CallRequest,
    MemberRequest,
    StreamClient,
    StreamRefused,
    StreamUnavailable,
    User,
)

KEY = "key1"
SECRET = "a-secret-of-the-length-that-stream-gives-to-each-of-its-apps"
CALL = {"cid": "default:c1", "id": "c1", "type": "default"}
STATE = {"call": CALL, "members": [], "own_capabilities": [], "duration": "5.12ms"}
NO_USERS_TO_RING = {
    "code": 4,
    "message": 'RingCall failed with error: "no users to ring"',
    "StatusCode": 400,
    "duration": "0.00ms",
    "more_info": "https://getstream.io/chat/docs/api_errors_response",
    "details": [],
}


@dataclass
class Heard:
    """One request, as it came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def claims(self) -> dict[str, Any]:
        found: dict[str, Any] = jwt.decode(self.headers["authorization"], SECRET, algorithms=["HS256"])
        return found


@dataclass
class Listener:
    """Answers every request with the next of its answers, the last one again and again."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [(201, {"duration": "1ms"})])
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    def will_answer(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.rel_url.raw_path
        self.heard.append(Heard(request.method, path, dict(request.query), headers, await request.read()))
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(answer, status=status)


@pytest.fixture
async def stream() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listener.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        listener.url = str(server.make_url("/"))
        yield listener


@pytest.fixture
async def client(stream: Listener) -> AsyncIterator[StreamClient]:
    async with StreamClient(api_key=KEY, api_secret=SECRET, base_url=stream.url) as client:
        yield client


@dataclass(frozen=True)
class Case:
    ask: Callable[[StreamClient], Awaitable[object]]
    method: str
    path: str
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    user_id: str | None = None
    answer: Any = field(default_factory=lambda: {"duration": "1ms"})


ANA, BEN = "T1-UANA", "T1-UBEN"
AT_NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
CASES = {
    "users are upserted as a map by id": Case(
        lambda client: client.upsert_users(
            [User(ANA, "Ana", "https://x/a.png", "user", ["T1"], {"slack_user_id": "UANA"}), User(BEN)]
        ),
        "POST",
        "/api/v2/users",
        {
            "users": {
                ANA: {
                    "id": ANA,
                    "name": "Ana",
                    "image": "https://x/a.png",
                    "role": "user",
                    "teams": ["T1"],
                    "custom": {"slack_user_id": "UANA"},
                },
                BEN: {"id": BEN},
            }
        },
    ),
    "a call is created and rings": Case(
        lambda client: client.get_or_create_call(
            "default",
            "c1",
            data=CallRequest(
                created_by_id=ANA,
                members=[MemberRequest(ANA, "host"), MemberRequest(BEN, custom={"slack_user_id": "UBEN"})],
                custom={"topic": None, "deep": {"none": None}},
                settings_override={"ring": {"auto_cancel_timeout_ms": 60000}},
                starts_at=AT_NOON,
                team="T1",
                video=True,
            ),
            ring=True,
            video=False,
        ),
        "POST",
        "/api/v2/video/call/default/c1",
        {
            "ring": True,
            "video": False,
            "members_limit": 100,
            "data": {
                "created_by_id": ANA,
                "members": [
                    {"user_id": ANA, "role": "host"},
                    {"user_id": BEN, "custom": {"slack_user_id": "UBEN"}},
                ],
                "custom": {"topic": None, "deep": {"none": None}},
                "settings_override": {"ring": {"auto_cancel_timeout_ms": 60000}},
                "starts_at": "2026-11-01T12:00:00Z",
                "team": "T1",
                "video": True,
            },
        },
        answer={**STATE, "created": True},
    ),
    "a call is created quietly, with nothing that was not given": Case(
        lambda client: client.get_or_create_call("default", "c1", data=CallRequest(created_by_id=ANA)),
        "POST",
        "/api/v2/video/call/default/c1",
        {"members_limit": 100, "data": {"created_by_id": ANA}},
        answer={**STATE, "created": True},
    ),
    "a call is created and notifies": Case(
        lambda client: client.get_or_create_call(
            "default", "c1", data=CallRequest(created_by_id=ANA), notify=True, members_limit=2
        ),
        "POST",
        "/api/v2/video/call/default/c1",
        {"members_limit": 2, "notify": True, "data": {"created_by_id": ANA}},
        answer={**STATE, "created": False},
    ),
    "a call is looked at": Case(
        lambda client: client.get_call("default", "c1"),
        "GET",
        "/api/v2/video/call/default/c1",
        query={"members_limit": "100"},
        answer=STATE,
    ),
    "a call notifies again": Case(
        lambda client: client.get_call("default", "c1", notify=True),
        "GET",
        "/api/v2/video/call/default/c1",
        query={"members_limit": "100", "notify": "true"},
        answer=STATE,
    ),
    "a call rings all again, without video": Case(
        lambda client: client.get_call("default", "c1", ring=True, video=False),
        "GET",
        "/api/v2/video/call/default/c1",
        query={"members_limit": "100", "ring": "true", "video": "false"},
        answer=STATE,
    ),
    "a call is moved, its time told in UTC": Case(
        lambda client: client.update_call(
            "default", "c1", starts_at=datetime(2026, 11, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
        ),
        "PATCH",
        "/api/v2/video/call/default/c1",
        {"starts_at": "2026-11-01T12:00:00Z"},
        answer=STATE,
    ),
    "a call gets another custom": Case(
        lambda client: client.update_call("default", "c1", custom={"topic": None}),
        "PATCH",
        "/api/v2/video/call/default/c1",
        {"custom": {"topic": None}},
        answer=STATE,
    ),
    "some members are rung": Case(
        lambda client: client.ring_call("default", "c1", members_ids=[BEN], video=True),
        "POST",
        "/api/v2/video/call/default/c1/ring",
        {"members_ids": [BEN], "video": True},
        answer={"members_ids": [BEN], "duration": "1ms"},
    ),
    "members are added and removed": Case(
        lambda client: client.update_call_members(
            "default", "c1", update_members=[MemberRequest(BEN)], remove_members=[ANA]
        ),
        "POST",
        "/api/v2/video/call/default/c1/members",
        {"update_members": [{"user_id": BEN}], "remove_members": [ANA]},
    ),
    "a call is ended, without a body": Case(
        lambda client: client.end_call("default", "c1"), "POST", "/api/v2/video/call/default/c1/mark_ended"
    ),
    "a user is kicked, and may come back": Case(
        lambda client: client.kick_user("default", "c1", user_id=BEN),
        "POST",
        "/api/v2/video/call/default/c1/kick",
        {"user_id": BEN, "block": False},
    ),
    "calls are sought": Case(
        lambda client: client.query_calls({"ongoing": True}),
        "POST",
        "/api/v2/video/calls",
        {"filter_conditions": {"ongoing": True}, "limit": 100},
        answer={"calls": [STATE], "duration": "1ms"},
    ),
    "calls are sought by time, on the next page": Case(
        lambda client: client.query_calls(
            {"cid": {"$in": ["default:c1"]}, "updated_at": {"$gte": AT_NOON}},
            limit=7,
            next="page2",
        ),
        "POST",
        "/api/v2/video/calls",
        {
            "filter_conditions": {
                "cid": {"$in": ["default:c1"]},
                "updated_at": {"$gte": "2026-11-01T12:00:00Z"},
            },
            "limit": 7,
            "next": "page2",
        },
        answer={"calls": [], "duration": "1ms"},
    ),
    "the app": Case(lambda client: client.get_app(), "GET", "/api/v2/app", answer={"app": {"name": "x"}}),
    "a call type": Case(
        lambda client: client.get_call_type("default"),
        "GET",
        "/api/v2/video/calltypes/default",
        answer={"name": "default", "grants": {"user": ["join-call"]}, "settings": {}},
    ),
    "a person accepts, without a body": Case(
        lambda client: client.accept_call("default", "c1", user_id=BEN),
        "POST",
        "/api/v2/video/call/default/c1/accept",
        user_id=BEN,
    ),
    "a person rejects with a reason": Case(
        lambda client: client.reject_call("default", "c1", user_id=BEN, reason="busy"),
        "POST",
        "/api/v2/video/call/default/c1/reject",
        {"reason": "busy"},
        user_id=BEN,
    ),
    "a person rejects without a reason": Case(
        lambda client: client.reject_call("default", "c1", user_id=BEN, reason=None),
        "POST",
        "/api/v2/video/call/default/c1/reject",
        {},
        user_id=BEN,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_what_is_asked(client: StreamClient, stream: Listener, case: Case) -> None:
    stream.will_answer((201, case.answer))
    before = datetime.now(UTC)
    await case.ask(client)
    (heard,) = stream.heard
    assert (heard.method, heard.path, heard.json) == (case.method, case.path, case.body)
    assert heard.query == {"api_key": KEY, **case.query}
    assert_headers(heard)
    assert_claims(heard.claims, case.user_id, before)


def assert_headers(heard: Heard) -> None:
    assert heard.headers["stream-auth-type"] == "jwt"
    assert re.fullmatch(r"huddle-ringer/\d+\.\d+.*", heard.headers["x-stream-client"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-.*", heard.headers["x-client-request-id"])
    assert heard.headers["accept-encoding"] == "gzip"
    assert heard.headers.get("content-type") == (None if heard.method == "GET" else "application/json")


def assert_claims(claims: dict[str, Any], user_id: str | None, before: datetime) -> None:
    issued, expires = claims.pop("iat"), claims.pop("exp")
    assert 0 <= issued - int(before.timestamp() - 60) < 30
    assert expires - issued in (359, 360, 361)
    assert claims == ({"user_id": user_id} if user_id else {"server": True})


async def test_each_request_has_an_id_of_its_own(client: StreamClient, stream: Listener) -> None:
    for _ in range(3):
        await client.end_call("default", "c1")
    assert len({heard.headers["x-client-request-id"] for heard in stream.heard}) == 3


async def test_users_go_in_batches_of_a_hundred(client: StreamClient, stream: Listener) -> None:
    await client.upsert_users([User(f"u{n}", "Ünï ✨") for n in range(201)])
    assert [len(heard.json["users"]) for heard in stream.heard] == [100, 100, 1]
    assert stream.heard[2].json == {"users": {"u200": {"id": "u200", "name": "Ünï ✨"}}}


async def test_what_changes_nothing_asks_nothing(client: StreamClient, stream: Listener) -> None:
    await client.upsert_users([])
    await client.update_call_members("default", "c1")
    assert await client.ring_call("default", "c1", members_ids=[]) == []
    assert stream.heard == []


async def test_more_than_25_are_not_rung_at_once(client: StreamClient, stream: Listener) -> None:
    with pytest.raises(ValueError, match="25"):
        await client.ring_call("default", "c1", members_ids=[f"u{n}" for n in range(26)])
    assert stream.heard == []


async def test_nobody_to_ring_is_no_error(client: StreamClient, stream: Listener) -> None:
    stream.will_answer((400, NO_USERS_TO_RING))
    assert await client.ring_call("default", "c1", members_ids=[BEN]) == []


async def test_another_400_of_ring_is_one(client: StreamClient, stream: Listener) -> None:
    stream.will_answer((400, {**NO_USERS_TO_RING, "message": 'RingCall failed with error: "no"'}))
    with pytest.raises(StreamRefused):
        await client.ring_call("default", "c1", members_ids=[BEN])


@pytest.mark.parametrize(
    ("type", "id", "path"),
    [
        ("a/b", "c?d#e", "/api/v2/video/call/a%2Fb/c%3Fd%23e"),
        ("default", "50%", "/api/v2/video/call/default/50%25"),
        ("default", "a%2Fb", "/api/v2/video/call/default/a%252Fb"),
        ("default", "ünï x", "/api/v2/video/call/default/%C3%BCn%C3%AF%20x"),
    ],
)
async def test_a_path_takes_any_text(client: StreamClient, stream: Listener, type: str, id: str, path: str) -> None:
    stream.will_answer((200, STATE))
    await client.get_call(type, id)
    assert stream.heard[0].path == path


@pytest.mark.parametrize("id", ["", ".", ".."])
async def test_what_would_name_another_path_is_refused_here(client: StreamClient, stream: Listener, id: str) -> None:
    with pytest.raises(StreamRefused, match="path"):
        await client.end_call("default", id)
    assert stream.heard == []


async def test_a_time_without_a_zone_is_never_sent(client: StreamClient, stream: Listener) -> None:
    naive = datetime(2026, 11, 1, 12, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        await client.update_call("default", "c1", starts_at=naive)
    with pytest.raises(ValueError, match="zone"):
        await client.query_calls({"starts_at": naive})
    assert stream.heard == []


async def test_the_answer_of_a_creation(client: StreamClient, stream: Listener) -> None:
    session = {"id": "s1", "started_at": None, "accepted_by": {BEN: 1724326455766084000}}
    members = [{"user_id": ANA, "user": {"id": ANA}}, {"user_id": BEN, "role": "host"}]
    stream.will_answer((201, {"call": {**CALL, "session": session}, "members": members, "created": True, "new": 1}))
    state = await client.get_or_create_call("default", "c1", data=CallRequest(ANA), ring=True)
    assert [member.user_id for member in state.members] == [ANA, BEN]
    assert state.call.session is not None
    assert state.call.session.accepted_by == {BEN: datetime(2024, 8, 22, 11, 34, 15, 766084, UTC)}


async def test_pages_follow_each_other(client: StreamClient, stream: Listener) -> None:
    stream.will_answer((201, {"calls": [STATE], "next": "page2"}), (201, {"calls": [], "next": ""}))
    first = await client.query_calls({})
    assert [state.call.cid for state in first.calls] == ["default:c1"]
    assert first.next == "page2"
    assert (await client.query_calls({}, next=first.next)).next is None


async def test_the_hooks_of_an_app_come_back_whole(client: StreamClient, stream: Listener) -> None:
    hook = {"id": "h1", "webhook_url": "https://x", "failover_config": {"n": None}}
    stream.will_answer((200, {"app": {"name": "x", "event_hooks": [hook], "multi_tenant_enabled": True}}))
    app = await client.get_app()
    assert (app.name, app.event_hooks, app.multi_tenant_enabled) == ("x", (hook,), True)


async def test_each_request_is_observed(stream: Listener) -> None:
    seen: list[tuple[str, str]] = []

    def observe(operation: str, outcome: str, seconds: float) -> None:
        assert 0 <= seconds < 60
        seen.append((operation, outcome))

    async with StreamClient(api_key=KEY, api_secret=SECRET, base_url=stream.url, observe=observe) as client:
        stream.will_answer((201, {}), (404, {}), (401, {}), (429, {}), (201, {"call": 1}))
        await client.end_call("default", "c1")
        with pytest.raises(StreamRefused):
            await client.get_call("default", "c1")
        with pytest.raises(StreamRefused):
            await client.end_call("default", "c1")
        with pytest.raises(StreamUnavailable):
            await client.accept_call("default", "c1", user_id=BEN)
        with pytest.raises(StreamUnavailable):
            await client.get_call("default", "c1")
    assert seen == [
        ("EndCall", "ok"),
        ("GetCall", "refused"),
        ("EndCall", "unauthorized"),
        ("AcceptCall", "rate_limited"),
        ("GetCall", "unavailable"),
    ]


async def test_an_answer_is_gone_once_it_is_read(client: StreamClient, stream: Listener) -> None:
    """Not only when the garbage collector comes for it, minutes later."""
    stream.will_answer((201, {}), (404, {}))
    gc.collect()
    gc.disable()
    try:
        await client.end_call("default", "c1")
        with suppress(StreamRefused):
            await client.end_call("default", "c1")
        assert [kept for kept in gc.get_objects() if type(kept) is httpx.Response] == []
    finally:
        gc.enable()


async def test_a_client_that_was_lent_stays_open(stream: Listener) -> None:
    async with httpx.AsyncClient(trust_env=False) as lent:
        async with StreamClient(api_key=KEY, api_secret=SECRET, base_url=stream.url, http=lent) as client:
            await client.end_call("default", "c1")
        assert not lent.is_closed
    assert len(stream.heard) == 1
