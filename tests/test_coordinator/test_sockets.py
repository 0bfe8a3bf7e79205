"""The WebSocket people's own clients hear events on."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from bot.sandbox.coordinator import Coordinator
from bot.sandbox.coordinator.dates import Dates
from bot.sandbox.coordinator.schema import check

from .conftest import CALL, CID, KEY, Api, People, ringing, token, user_token


class Ear:
    """One WebSocket of a person."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hears(self) -> Any:
        event = await self.socket.receive_json(timeout=10)
        finding = check(event["type"], event, dates=Dates.RFC3339)
        assert (finding.problems, finding.unknown) == ([], [])
        return event

    async def says_hello(self, bearer: str, **details: Any) -> Any:
        hello = {"token": bearer, "products": ["video"], "user_details": details}
        await self.socket.send_json(hello)
        return await self.hears()


class Ears:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def __call__(self, key: str = KEY) -> Ear:
        return Ear(await self.session.ws_connect("/video/connect", params={"api_key": key, "stream-auth-type": "jwt"}))


@pytest.fixture
async def ears(coordinator: Coordinator, server: Api) -> Any:
    async with aiohttp.ClientSession(coordinator.url) as session:
        yield Ears(session)


async def test_a_token_opens_a_connection_and_makes_its_user(coordinator: Coordinator, ears: Ears) -> None:
    ear = await ears()
    ok = await ear.says_hello(user_token("zoe"), id="zoe", name="Zoe")
    assert ok["type"] == "connection.ok"
    assert (ok["me"]["id"], ok["me"]["name"], ok["me"]["online"]) == ("zoe", "Zoe", True)
    assert coordinator.users["zoe"].online
    gone = asyncio.Event()
    coordinator.watch(lambda kind, payload: gone.set())
    await ear.socket.close()
    await asyncio.wait_for(gone.wait(), 10)
    assert not coordinator.users["zoe"].online


@pytest.mark.parametrize(
    ("bearer", "details", "code"),
    [
        pytest.param("no JWT", {}, 5, id="not a JWT"),
        pytest.param(token({"server": True}), {"id": "ben"}, 5, id="the server's"),
        pytest.param(user_token("ben"), {"id": "ana"}, 5, id="of somebody else"),
        pytest.param(token({"user_id": "ben", "exp": int(time.time()) - 5}), {"id": "ben"}, 40, id="expired"),
        pytest.param(
            token({"user_id": "ben"}, "another secret, also long enough for HS256"), {}, 43, id="another secret"
        ),
    ],
)
async def test_a_bad_token_is_a_connection_error(ears: Ears, bearer: str, details: dict[str, Any], code: int) -> None:
    ear = await ears()
    error = await ear.says_hello(bearer, **details)
    assert error["type"] == "connection.error"
    assert (error["error"]["code"], error["error"]["StatusCode"]) == (code, 401)
    assert (await ear.socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE


async def test_so_is_a_bad_key_and_a_bad_first_message(ears: Ears) -> None:
    ear = await ears("another")
    assert (await ear.hears())["error"]["code"] == 2
    for first in ("[]", "hello", "[" * 100_000):
        ear = await ears()
        await ear.socket.send_str(first)
        assert (await ear.hears())["error"]["code"] == 5


@pytest.mark.parametrize(
    "details",
    [
        pytest.param("ben", id="no object"),
        pytest.param([], id="a list"),
        pytest.param({"id": "ben", "custom": "x"}, id="custom is no object"),
        pytest.param({"name": 5}, id="name is no text"),
        pytest.param({"id": "ben", "image": {}}, id="image is no text"),
    ],
)
async def test_what_a_client_says_of_its_user_must_be_well_formed(
    coordinator: Coordinator, ears: Ears, details: Any
) -> None:
    ear = await ears()
    await ear.socket.send_json({"token": user_token("ben"), "products": ["video"], "user_details": details})
    refused = await ear.hears()
    assert (refused["type"], refused["error"]["code"]) == ("connection.error", 4)
    assert (coordinator.users["ben"].name, coordinator.users["ben"].custom) == ("Ben", {})


async def test_what_nobody_knows_of_a_user_is_passed_over(coordinator: Coordinator, ears: Ears) -> None:
    ear = await ears()
    assert (await ear.says_hello(user_token("ben"), id="ben", color="red"))["type"] == "connection.ok"
    assert coordinator.warnings == ["connect does not know color"]


async def test_each_health_check_is_answered(ears: Ears) -> None:
    ear = await ears()
    ok = await ear.says_hello(user_token("ben"), id="ben")
    for check_in in ({"type": "health.check", "client_id": "x"}, [{"type": "health.check"}]):
        await ear.socket.send_json(check_in)
        answer = await ear.hears()
        assert (answer["type"], answer["connection_id"]) == ("health.check", ok["connection_id"])


async def test_members_hear_of_their_calls_and_others_do_not(ears: Ears, server: Api, person: People) -> None:
    ben, dee = await ears(), await ears()
    await ben.says_hello(user_token("ben"), id="ben")
    ok = await dee.says_hello(user_token("dee"), id="dee")
    await server.ok("POST", CALL, ringing("ben", "cy"))
    assert [(await ben.hears())["type"] for _ in range(2)] == ["call.created", "call.ring"]
    await person("dee", "").ok("GET", CALL, connection_id=ok["connection_id"])
    await person("ben", "").ok("POST", f"{CALL}/accept")
    assert (await ben.hears())["user"]["id"] == "ben"
    # What dee hears first is what came after asking to watch.
    assert (await dee.hears())["type"] == "call.accepted"


async def test_a_ring_is_heard_by_those_rung(ears: Ears, coordinator: Coordinator, server: Api) -> None:
    cy = await ears()
    await cy.says_hello(user_token("cy"), id="cy")
    await server.ok("POST", CALL, {**ringing("ben", "cy"), "ring": False})
    await server.ok("POST", f"{CALL}/ring", {"members_ids": ["ben"]})
    await server.ok("POST", f"{CALL}/mark_ended")
    assert [(await cy.hears())["type"] for _ in range(2)] == ["call.created", "call.ended"]
    assert coordinator.call(CID).ended_at is not None


@pytest.mark.parametrize("who", ["cy", "dee"], ids=["a member", "no member"])
async def test_watching_a_call_is_not_being_rung(ears: Ears, server: Api, person: People, who: str) -> None:
    await server.ok("POST", CALL, {**ringing("ben", "cy"), "ring": False})
    ear, ana = await ears(), await ears()
    connection_id = (await ear.says_hello(user_token(who), id=who))["connection_id"]
    await ana.says_hello(user_token("ana"), id="ana")
    await person(who, "").ok("GET", CALL, connection_id=connection_id)
    await server.ok("POST", f"{CALL}/ring", {"members_ids": ["ben"]})
    await server.ok("GET", CALL, notify="true")
    # A notification asks for no answer: those who watch hear of it too.
    assert (await ear.hears())["type"] == "call.notification"
    assert (await ana.hears())["type"] == "call.ring"


async def test_queried_calls_can_be_watched(ears: Ears, server: Api, person: People) -> None:
    dee = await ears()
    ok = await dee.says_hello(user_token("dee"), id="dee")
    await server.ok("POST", CALL, ringing("ben"))
    await person("dee").ok("POST", "/video/calls", {"watch": True}, connection_id=ok["connection_id"])
    await server.ok("POST", f"{CALL}/mark_ended")
    assert (await dee.hears())["type"] == "call.ended"


async def test_who_is_in_by_a_connection_leaves_with_it(ears: Ears, coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    ben, cy = await ears(), await ears()
    connection_id = (await ben.says_hello(user_token("ben")))["connection_id"]
    await cy.says_hello(user_token("cy"))
    for who, more in (("ben", {"connection_id": connection_id}), ("cy", {})):
        async with ears.session.post("/sandbox/join", json={"cid": CID, "token": user_token(who), **more}) as answer:
            assert answer.status == 200
    coordinator.sockets.drop("ben")
    while (await cy.hears())["type"] != "call.session_participant_left":
        pass
    assert [one.user.id for one in coordinator.call(CID).participants] == ["cy"]


async def test_stopping_lets_go_of_those_who_still_listen(ears: Ears, coordinator: Coordinator) -> None:
    ear = await ears()
    await ear.says_hello(user_token("ben"), id="ben")
    async with asyncio.timeout(5):
        await coordinator.stop()
        assert (await ear.socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
