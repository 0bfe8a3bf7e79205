"""Who is let in, with the codes Stream has for each way of not being."""

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Coordinator

from .conftest import CALL, KEY, SECRET, Api, People, ringing, token

NOW = int(time.time())


@pytest.mark.parametrize(
    ("bearer", "code"),
    [
        pytest.param("", 5, id="no token"),
        pytest.param("Bearer abc", 5, id="not a JWT"),
        pytest.param("Bearer " + token({}), 5, id="with Bearer before it"),
        pytest.param(token({"exp": NOW - 60}), 40, id="expired"),
        pytest.param(token({"nbf": NOW + 600}), 41, id="not valid yet"),
        pytest.param(token({"iat": NOW + 600}), 42, id="issued in the future"),
        pytest.param(token({}, "another secret, also long enough for HS256"), 43, id="another secret"),
        pytest.param(token({"exp": "soon"}), 5, id="exp is no number"),
        pytest.param(token({"user_id": ["ben"]}), 5, id="user_id is no string"),
        pytest.param(token({"user_id": ""}), 5, id="user_id is empty"),
        pytest.param(token({"user_id": "\ud83d"}), 5, id="user_id is half a character"),
    ],
)
async def test_a_bad_token_is_401_with_its_code(coordinator: Coordinator, bearer: str, code: int) -> None:
    api = Api(coordinator.url, bearer)
    await api.refused(401, code, "GET", CALL)
    await api.http.aclose()


async def test_the_api_key_must_be_the_apps(server: Api) -> None:
    await server.refused(401, 2, "GET", CALL, api_key="another")


async def test_the_auth_type_must_be_said(server: Api) -> None:
    del server.http.headers["stream-auth-type"]
    await server.refused(401, 5, "GET", CALL)


@pytest.mark.parametrize(
    "claims",
    [{}, {"server": True}, {"server": True, "iat": NOW - 5, "exp": NOW + 600}],
    ids=["empty", "server", "server with times"],
)
async def test_a_token_without_a_user_is_the_servers(coordinator: Coordinator, claims: dict[str, Any]) -> None:
    api = Api(coordinator.url, token(claims))
    await api.ok("GET", "/app")
    await api.http.aclose()
    assert coordinator.requests[-1].who == "server"


@pytest.mark.parametrize(
    ("path", "body"),
    [("accept", None), ("reject", {}), ("join", {"location": "auto"})],
    ids=["accept", "reject", "join"],
)
async def test_the_server_does_not_answer_for_people(server: Api, path: str, body: Any) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    message = await server.refused(400, 4, "POST", f"{CALL}/{path}", body)
    assert "requires a user token" in message


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", "/app", {"event_hooks": []}),
        ("GET", "/video/calltypes", None),
        ("POST", "/users/delete", {"user_ids": ["cy"]}),
    ],
)
async def test_people_do_not_run_the_app(person: People, verb: str, path: str, body: Any) -> None:
    await person("ben").refused(403, 17, verb, path, body)


async def test_a_user_has_to_exist_and_be_active(server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    message = await person("zoe").refused(404, 16, "POST", f"{CALL}/join", {"location": "auto"})
    assert message == 'JoinCall failed with error: "the user zoe does not exist"'
    await server.ok("POST", "/users/deactivate", {"user_ids": ["ben"]})
    await person("ben").refused(403, 17, "POST", f"{CALL}/accept")


async def test_tokens_can_be_revoked(coordinator: Coordinator, server: Api) -> None:
    await server.ok("PATCH", "/app", {"revoke_tokens_issued_before": "2099-01-01T00:00:00Z"})
    await server.refused(401, 5, "GET", "/app")


async def test_tokens_live_in_real_time(clock: SandboxClock, server: Api, person: People) -> None:
    clock.turn(timedelta(days=2))
    await server.ok("POST", CALL, ringing("ben"))
    await person("ben").ok("POST", f"{CALL}/accept")


async def test_no_token_is_kept(coordinator: Coordinator, server: Api) -> None:
    await server.ok("GET", "/app")
    assert server.http.headers["Authorization"] not in repr(coordinator.requests)
    assert KEY not in repr(coordinator.requests[-1])
    assert SECRET not in repr(coordinator.requests)


@pytest.mark.parametrize(
    ("call_type", "who", "status"),
    [
        pytest.param("default", "ben", 201, id="a member ends a default call"),
        pytest.param("default", "ana", 201, id="its creator does"),
        pytest.param("livestream", "ben", 403, id="a member does not end a livestream"),
        pytest.param("livestream", "ana", 201, id="its creator does that too"),
    ],
)
async def test_who_may_end_a_call(server: Api, person: People, call_type: str, who: str, status: int) -> None:
    path = f"/video/call/{call_type}/c1"
    await server.ok("POST", path, ringing("ben"))
    answer = await person(who).ask("POST", f"{path}/mark_ended")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["message"] == (
            "EndCall failed with error: \"User 'ben' with role 'user' is not allowed to perform action EndCall "
            "in scope 'video:livestream'\""
        )


async def test_grants_can_be_changed(server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    quiet = {"grants": {"user": ["read-call"], "call_member": ["read-call"]}}
    await server.ok("PUT", "/video/calltypes/default", quiet)
    await person("ben").refused(403, 17, "POST", f"{CALL}/mark_ended")
    await person("ben").refused(403, 17, "POST", f"{CALL}/join", {"location": "auto"})
    assert (await person("ben").ok("GET", CALL))["own_capabilities"] == ["read-call"]


async def test_answering_is_for_members(coordinator: Coordinator, server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await person("dee").refused(403, 17, "POST", f"{CALL}/accept")
    coordinator.behaviour.only_members_answer = False
    await person("dee").ok("POST", f"{CALL}/accept")


async def test_people_change_themselves_only(person: People) -> None:
    ben = person("ben")
    await ben.ok("POST", "/users", {"users": {"ben": {"id": "ben", "name": "Benedict"}}})
    await ben.refused(403, 17, "POST", "/users", {"users": {"ana": {"id": "ana", "name": "Ben too"}}})
    await ben.refused(403, 17, "PATCH", "/users", {"users": [{"id": "ben", "set": {"role": "admin"}}]})


async def test_sixty_a_minute_for_a_person_and_no_such_limit_for_the_server(
    clock: SandboxClock, coordinator: Coordinator, server: Api, person: People
) -> None:
    coordinator.behaviour.limits_per_second = False
    await server.ok("POST", CALL, ringing("ben"))
    _to_the_next_minute(clock)
    ben = person("ben")
    answers: list[httpx.Response] = [await ben.ask("GET", CALL) for _ in range(60)]
    assert {one.status_code for one in answers} == {200}
    assert answers[-1].headers["X-RateLimit-Limit"] == "60"
    assert answers[-1].headers["X-RateLimit-Remaining"] == "0"
    assert 0 <= int(answers[-1].headers["X-RateLimit-Reset"]) - time.time() <= 61
    await ben.refused(429, 9, "GET", CALL)
    await person("cy").ok("GET", CALL)
    await server.ok("GET", CALL)
    clock.turn(timedelta(minutes=1))
    await ben.ok("GET", CALL)


async def test_the_app_has_a_limit_for_each_operation(
    clock: SandboxClock, coordinator: Coordinator, server: Api
) -> None:
    coordinator.limits.per_minute["GetApp"] = 3
    coordinator.behaviour.limits_per_second = False
    _to_the_next_minute(clock)
    for _ in range(3):
        await server.ok("GET", "/app")
    await server.refused(429, 9, "GET", "/app")
    await server.ok("GET", "/video/calltypes")
    left = (await server.ask("GET", "/rate_limits", server_side="true", endpoints="GetApp,GetCall")).json()
    assert left["server_side"]["GetApp"]["remaining"] == 0
    assert left["server_side"]["GetCall"] == {
        "limit": 1000,
        "remaining": 1000,
        "reset": left["server_side"]["GetApp"]["reset"],
    }


async def test_and_a_thirtieth_of_it_each_second(clock: SandboxClock, coordinator: Coordinator, server: Api) -> None:
    coordinator.limits.per_minute["GetApp"] = 60
    # Two fit in a second; six within a second or two cannot all.
    answers = [await server.ask("GET", "/app") for _ in range(8)]
    assert 429 in {one.status_code for one in answers}
    clock.turn(timedelta(seconds=1))
    await server.ok("GET", "/app")


def _to_the_next_minute(clock: SandboxClock) -> None:
    now = clock.now()
    clock.turn(timedelta(seconds=60 - now.second))
