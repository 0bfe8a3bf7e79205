"""Who is in a call, and the session that starts and ends by it."""

from datetime import timedelta

import httpx
import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import ClientRefused, Coordinator

from .conftest import CALL, CID, Api, People, Receiver, ringing, token, user_token


async def test_the_first_in_starts_the_session_and_the_last_out_ends_it_after_a_while(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    ben, cy = coordinator.client_of("ben"), coordinator.client_of("cy")
    await ben.accepts(CID)
    await ben.joins(CID)
    await cy.joins(CID)
    assert [one.user.id for one in coordinator.call(CID).participants] == ["ben", "cy"]
    clock.turn(timedelta(seconds=90))
    await ben.leaves(CID)
    await cy.leaves(CID)
    clock.turn(timedelta(seconds=20))
    await coordinator.settled()
    assert "call.session_ended" not in receiver.types()
    clock.turn(timedelta(seconds=11))
    await coordinator.settled()
    receiver.all_fit()
    media = [one for one in receiver.types() if one.startswith("call.session") and "count" not in one]
    assert media == [
        "call.session_started",
        "call.session_participant_joined",
        "call.session_participant_joined",
        "call.session_participant_left",
        "call.session_participant_left",
        "call.session_ended",
    ]
    left = receiver.last("call.session_participant_left")
    assert "call" not in left
    assert left["participant"]["user"]["id"] == "cy"
    assert 90 <= left["duration_seconds"] < 95
    assert receiver.last("call.session_ended")["call"]["session"]["ended_at"]
    assert coordinator.call(CID).ended_at is None


async def test_coming_back_in_time_keeps_the_session(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.joins(CID, "ben")
    await coordinator.leaves(CID, "ben")
    clock.turn(timedelta(seconds=20))
    await coordinator.joins(CID, "ben")
    clock.turn(timedelta(seconds=20))
    await coordinator.settled()
    assert coordinator.call(CID).ongoing
    await coordinator.leaves(CID, "ben")
    clock.turn(timedelta(seconds=20))
    await coordinator.settled()
    assert coordinator.call(CID).ongoing
    clock.turn(timedelta(seconds=11))
    await coordinator.settled()
    assert not coordinator.call(CID).ongoing
    assert receiver.types().count("call.session_ended") == 1


async def test_a_session_that_is_over_is_followed_by_another(
    clock: SandboxClock, coordinator: Coordinator, server: Api
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.joins(CID, "ben")
    first = coordinator.call(CID).session
    await coordinator.leaves(CID, "ben")
    clock.turn(timedelta(seconds=31))
    await coordinator.settled()
    assert (await server.ok("GET", CALL))["call"]["current_session_id"] == ""
    await coordinator.joins(CID, "ben")
    second = coordinator.call(CID).session
    assert first is not None
    assert second is not None
    assert second.id != first.id


async def test_a_call_with_a_longest_duration_ends_by_itself(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    limits = {"limits": {"max_duration_seconds": 60}}
    await server.ok("POST", CALL, ringing("ben", settings_override=limits))
    await coordinator.joins(CID, "ben")
    clock.turn(timedelta(seconds=61))
    await coordinator.settled()
    assert coordinator.call(CID).ended_at is not None
    assert receiver.types()[-3:] == ["call.ended", "call.session_participant_left", "call.session_ended"]


async def test_asking_to_join_is_not_being_in(coordinator: Coordinator, server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    answer = await person("ben").ok("POST", f"{CALL}/join", {"location": "auto"})
    assert answer["credentials"]["server"]["url"]
    assert coordinator.call(CID).participants == []
    coordinator.behaviour.join_is_media = True
    await person("ben").ok("POST", f"{CALL}/join", {"location": "auto"})
    assert coordinator.call(CID).is_in("ben")


async def test_join_wants_a_location_and_can_make_the_call(
    coordinator: Coordinator, server: Api, person: People
) -> None:
    await person("ben").refused(400, 4, "POST", f"{CALL}/join", {})
    await person("ben").refused(404, 16, "POST", f"{CALL}/join", {"location": "auto"})
    body = {"location": "auto", "create": True, "ring": True, "data": {"members": [{"user_id": "cy"}]}}
    assert (await person("ben").ok("POST", f"{CALL}/join", body))["created"] is True
    assert coordinator.call(CID).ringing == {"cy"}


async def test_who_joins_is_told_of_the_session(coordinator: Coordinator, server: Api, person: People) -> None:
    made = await person("ben").ok("POST", f"{CALL}/join", {"location": "auto", "create": True})
    assert made["call"]["session"]["id"] == made["call"]["current_session_id"] != ""
    await server.ok("POST", "/video/call/default/quiet", {"data": {"created_by_id": "ana"}})
    found = await person("ben").ok("POST", "/video/call/default/quiet/join", {"location": "auto"})
    assert (found["call"]["session"]["participants"], found["call"]["session"]["started_at"]) == ([], None)
    await server.ok("POST", f"{CALL}/mark_ended")
    over = await person("ben").ok("POST", f"{CALL}/join", {"location": "auto"})
    assert (over["call"]["session"]["id"], over["call"]["current_session_id"]) == (made["call"]["session"]["id"], "")


async def test_a_kick_takes_all_of_a_persons_clients(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.joins(CID, "ben")
    await coordinator.joins(CID, "ben")
    await coordinator.joins(CID, "cy")
    await server.ok("POST", f"{CALL}/kick", {"user_id": "ben", "kicked_by_id": "ana"})
    await coordinator.settled()
    receiver.all_fit()
    assert [one.user.id for one in coordinator.call(CID).participants] == ["cy"]
    assert receiver.types().count("call.session_participant_left") == 2
    assert receiver.last("call.kicked_user")["kicked_by_user"]["id"] == "ana"
    await coordinator.client_of("ben").joins(CID)
    assert coordinator.call(CID).is_in("ben")


async def test_a_block_keeps_a_person_out(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.joins(CID, "ben")
    await server.ok("POST", f"{CALL}/kick", {"user_id": "ben", "block": True})
    assert (await server.ok("GET", CALL))["call"]["blocked_user_ids"] == ["ben"]
    with pytest.raises(ClientRefused) as refused:
        await coordinator.client_of("ben").joins(CID)
    assert refused.value.status == 403
    await server.ok("POST", f"{CALL}/unblock", {"user_id": "ben"})
    await coordinator.client_of("ben").joins(CID)
    await coordinator.settled()
    receiver.all_fit()
    assert {"call.kicked_user", "call.blocked_user", "call.unblocked_user"} <= set(receiver.types())


async def test_participants_are_those_in_now(coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.joins(CID, "ben")
    await coordinator.joins(CID, "cy")
    answer = await server.ok("POST", f"{CALL}/participants", {}, limit="1")
    assert (len(answer["participants"]), answer["total_participants"]) == (1, 2)
    await coordinator.leaves(CID, "ben")
    answer = await server.ok("POST", f"{CALL}/participants", {"filter_conditions": {"user_id": {"$in": ["ben", "cy"]}}})
    assert [one["user"]["id"] for one in answer["participants"]] == ["cy"]


async def test_backstage_opens_ahead_of_time_or_by_going_live(
    clock: SandboxClock, coordinator: Coordinator, server: Api, person: People
) -> None:
    starts_at = (clock.now() + timedelta(hours=1)).isoformat()
    settings = {"backstage": {"enabled": True, "join_ahead_time_seconds": 300}}
    for call_id in ("early", "live"):
        path = f"/video/call/default/{call_id}"
        await server.ok("POST", path, ringing("ben", starts_at=starts_at, settings_override=settings))
        await person("ben").refused(403, 17, "POST", f"{path}/join", {"location": "auto"})
    await server.ok("POST", "/video/call/default/live/go_live", {})
    await person("ben").ok("POST", "/video/call/default/live/join", {"location": "auto"})
    clock.turn(timedelta(minutes=55))
    await person("ben").ok("POST", "/video/call/default/early/join", {"location": "auto"})


async def test_what_stands_in_for_an_sfu_takes_the_persons_token(coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben", custom={"topic": "<b>lunch</b>"}))
    async with httpx.AsyncClient(base_url=coordinator.url) as browser:
        ask = {"cid": CID, "token": user_token("ben")}
        assert (await browser.post("/sandbox/state", json=ask)).json()["in"] is False
        joined = (await browser.post("/sandbox/join", json=ask)).json()
        assert (joined["in"], joined["participants"], joined["topic"]) == (True, ["Ben"], "<b>lunch</b>")
        assert coordinator.call(CID).is_in("ben")
        assert (await browser.post("/sandbox/leave", json=ask)).json()["in"] is False
        one, two = [(await browser.post("/sandbox/join", json=ask)).json()["session_id"] for _ in "12"]
        assert (await browser.post("/sandbox/leave", json={**ask, "session_id": one})).json()["in"] is True
        assert [each.user_session_id for each in coordinator.call(CID).participants] == [two]


async def test_the_stand_in_sdk_is_a_module_any_page_may_import(coordinator: Coordinator) -> None:
    async with httpx.AsyncClient() as browser:
        module = await browser.get(coordinator.sdk_url)
        assert module.headers["Content-Type"].startswith("text/javascript")
        assert module.headers["Access-Control-Allow-Origin"] == "*"
        assert "export class StreamVideoClient" in module.text
        assert (await browser.get(f"{coordinator.url}/sandbox/sdk/another.js")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"cid": CID, "token": "x"}, 401),
        ({"cid": CID, "token": token({"server": True})}, 401),
        ({"cid": "default:other", "token": user_token("ben")}, 404),
        ({"cid": CID}, 400),
        ({"cid": [CID], "token": user_token("ben")}, 404),
        ([], 400),
    ],
    ids=["no JWT", "the server's", "no such call", "no token", "a list of calls", "no object"],
)
async def test_the_pages_doors_are_shut_to_others(
    coordinator: Coordinator, server: Api, body: object, status: int
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    async with httpx.AsyncClient(base_url=coordinator.url) as browser:
        assert (await browser.post("/sandbox/join", json=body)).status_code == status
