"""Users, calls and members: what is made, refused, found."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Coordinator

from .conftest import CALL, CID, SECRET, Api, People, Receiver, ringing, token

RING_SETTINGS = {"auto_cancel_timeout_ms": 30_000, "incoming_call_timeout_ms": 30_000, "missed_call_timeout_ms": 20_000}


async def test_a_call_is_made_once(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    body = {"data": {"created_by_id": "ana", "custom": {"topic": "lunch"}, "members": [{"user_id": "ben"}]}}
    first = await server.ok("POST", CALL, body)
    again = await server.ok("POST", CALL, body)
    assert (first["created"], again["created"]) == (True, False)
    assert again["call"]["custom"] == {"topic": "lunch"}
    await coordinator.settled()
    assert receiver.types() == ["call.created"]


async def test_what_data_says_is_kept(coordinator: Coordinator, server: Api) -> None:
    member = {"user_id": "ben", "role": "host", "custom": {"slack_user_id": "UBEN"}}
    settings = {"ring": RING_SETTINGS, "backstage": {"enabled": True, "join_ahead_time_seconds": 300}}
    body = ringing("cy", starts_at="2027-01-01T12:00:00+02:00", settings_override=settings, custom={"topic": "lunch"})
    body["data"]["members"].append(member)
    answer = await server.ok("POST", CALL, body)
    call = coordinator.call(CID)
    assert call.starts_at is not None
    assert call.starts_at.isoformat() == "2027-01-01T10:00:00+00:00"
    assert call.custom == {"topic": "lunch"}
    assert (call.members["ben"].role, call.members["ben"].custom) == ("host", {"slack_user_id": "UBEN"})
    assert answer["call"]["settings"]["ring"] == RING_SETTINGS
    assert answer["call"]["backstage"] is True
    assert answer["call"]["join_ahead_time_seconds"] == 300


def wrong(problem: str, **data: Any) -> Any:
    return pytest.param({"created_by_id": "ana", **data}, problem, id=problem)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param({"members": []}, "created_by_id must be provided", id="made by nobody"),
        wrong("don't exist: [zoe yan]. Please create users", members=[{"user_id": "zoe"}, {"user_id": "yan"}]),
        wrong("members must contain 100 or less", members=[{"user_id": "ana"}] * 101),
        wrong("user_id is a required field", members=[{"role": "host"}]),
        wrong("user_id must be 1 or greater", members=[{"user_id": ""}]),
        wrong("starts_at must be an RFC 3339 time", starts_at="2027-01-01T12:00:00"),
        wrong("custom data exceeds", custom={"text": "x" * 5 * 1024}),
        wrong("team must be 100 or less", team="t" * 101),
        wrong("must be 5000 or greater", settings_override={"ring": RING_SETTINGS | {"missed_call_timeout_ms": 4_999}}),
        wrong(
            "must be 180000 or less", settings_override={"ring": RING_SETTINGS | {"auto_cancel_timeout_ms": 180_001}}
        ),
        wrong(
            "incoming_call_timeout_ms is a required field",
            settings_override={"ring": {"auto_cancel_timeout_ms": 30_000}},
        ),
        wrong(
            "join_ahead_time_seconds must be an integer of 32 bits",
            settings_override={"backstage": {"enabled": True, "join_ahead_time_seconds": 10**20}},
        ),
        wrong(
            "max_duration_seconds must be an integer of 32 bits",
            settings_override={"limits": {"max_duration_seconds": 2**31}},
        ),
        wrong("default_device is a required field", settings_override={"audio": {"mic_default_on": True}}),
        wrong("recording quality is required", settings_override={"recording": {"mode": "available"}}),
        wrong(
            "inactivity_timeout_seconds must be 5 or greater",
            settings_override={"session": {"inactivity_timeout_seconds": 4}},
        ),
    ],
)
async def test_bad_data_is_refused(coordinator: Coordinator, server: Api, data: dict[str, Any], problem: str) -> None:
    message = await server.refused(400, 4, "POST", CALL, {"data": data})
    assert message.startswith('GetOrCreateCall failed with error: "')
    assert problem in message
    assert coordinator.calls == {}


@pytest.mark.parametrize("call_id", ["x" * 65, "a%20b", "a%2Fb", "a:b", "ü"])
async def test_an_id_is_64_letters_digits_dashes_underscores(server: Api, call_id: str) -> None:
    await server.refused(400, 4, "POST", f"/video/call/default/{call_id}", {"data": {"created_by_id": "ana"}})


async def test_a_call_type_has_to_exist(server: Api) -> None:
    body = {"data": {"created_by_id": "ana"}}
    await server.refused(404, 16, "POST", "/video/call/slack_ring/c1", body)
    await server.ok("POST", "/video/calltypes", {"name": "slack_ring", "settings": {"ring": RING_SETTINGS}})
    made = await server.ok("POST", "/video/call/slack_ring/c1", body)
    assert made["call"]["settings"]["ring"] == RING_SETTINGS
    await server.ok("DELETE", "/video/calltypes/slack_ring")
    await server.refused(404, 16, "GET", "/video/calltypes/slack_ring")


async def test_a_call_that_is_not_there_is_not_found(server: Api) -> None:
    message = await server.refused(404, 16, "GET", CALL)
    assert message == 'GetCall failed with error: "Can\'t find call with id default:c1"'
    for verb, path in (("PATCH", CALL), ("POST", f"{CALL}/ring"), ("POST", f"{CALL}/mark_ended")):
        await server.refused(404, 16, verb, path, {})


async def test_patch_moves_a_call_and_keeps_the_rest(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben", custom={"topic": "lunch"}, starts_at="2027-01-01T12:00:00Z"))
    await server.ok("PATCH", CALL, {"starts_at": "2027-01-01T13:00:00Z"})
    await server.ok("PATCH", CALL, {"settings_override": {"ring": RING_SETTINGS}})
    call = coordinator.call(CID)
    assert call.starts_at is not None
    assert (call.starts_at.hour, call.custom) == (13, {"topic": "lunch"})
    assert call.settings["ring"] == RING_SETTINGS
    await coordinator.settled()
    assert receiver.types().count("call.updated") == 2
    assert "end-call" in receiver.last("call.updated")["capabilities_by_role"]["user"]


async def test_members_come_change_and_go(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    changes = {
        "update_members": [{"user_id": "cy"}, {"user_id": "ben", "role": "host"}],
        "remove_members": ["ana", "dee"],
    }
    answer = await server.ok("POST", f"{CALL}/members", changes)
    assert [one["user_id"] for one in answer["members"]] == ["cy", "ben"]
    assert set(coordinator.call(CID).members) == {"ben", "cy"}
    await coordinator.settled()
    receiver.all_fit()
    assert [one["user_id"] for one in receiver.last("call.member_added")["members"]] == ["cy"]
    assert [one["role"] for one in receiver.last("call.member_updated")["members"]] == ["host"]
    assert receiver.last("call.member_removed")["members"] == ["ana"]
    await server.refused(400, 4, "POST", f"{CALL}/members", {"update_members": [{"user_id": "zoe"}]})


async def test_an_answer_has_as_many_members_as_asked_for(
    coordinator: Coordinator, server: Api, person: People
) -> None:
    for too_few in (-1, -100):
        await server.refused(400, 4, "POST", CALL, {**ringing("ben"), "members_limit": too_few})
        body = {"location": "auto", "create": True, "members_limit": too_few}
        await person("ben").refused(400, 4, "POST", f"{CALL}/join", body)
    assert coordinator.calls == {}
    for limit, shown in ((0, []), (1, ["ana"]), (None, ["ana", "ben"])):
        answer = await server.ok("POST", CALL, {**ringing("ben"), "members_limit": limit})
        assert [one["user_id"] for one in answer["members"]] == shown
    for no_limit in ("-1", "101", "9" * 5000, "few"):
        await server.refused(400, 4, "GET", CALL, members_limit=no_limit)


async def test_members_can_be_asked_for(server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy", "dee"))
    body = {"type": "default", "id": "c1", "limit": 2, "sort": [{"field": "user_id", "direction": -1}]}
    first = await server.ok("POST", "/video/call/members", body)
    assert [one["user_id"] for one in first["members"]] == ["dee", "cy"]
    second = await server.ok("POST", "/video/call/members", {**body, "next": first["next"]})
    assert [one["user_id"] for one in second["members"]] == ["ben", "ana"]
    assert "next" not in second
    only = await server.ok("POST", "/video/call/members", {**body, "filter_conditions": {"user_id": "cy"}})
    assert [one["user_id"] for one in only["members"]] == ["cy"]


async def _some_calls(clock: SandboxClock, coordinator: Coordinator, server: Api) -> None:
    """one: lunch, ana and ben, rung. two: of topic 7, ended. three: for tomorrow, of cy's."""
    await server.ok(
        "POST", "/video/call/default/one", ringing("ben", custom={"topic": "lunch", "slack": {"team": "T1"}})
    )
    clock.turn(timedelta(minutes=1))
    await server.ok("POST", "/video/call/default/two", {"data": {"created_by_id": "ana", "custom": {"topic": 7}}})
    await server.ok("POST", "/video/call/default/two/mark_ended")
    clock.turn(timedelta(minutes=1))
    data = {"created_by_id": "cy", "members": [{"user_id": "dee"}], "starts_at": "2099-01-01T09:30:00Z"}
    await server.ok("POST", "/video/call/livestream/three", {"data": data})


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({}, ["three", "two", "one"]),
        ({"cid": "default:one"}, ["one"]),
        ({"cid": {"$in": ["default:one", "default:two"]}}, ["two", "one"]),
        ({"type": {"$eq": "livestream"}}, ["three"]),
        ({"created_by_user_id": "ana"}, ["two", "one"]),
        ({"members": {"$in": ["ben", "dee"]}}, ["three", "one"]),
        ({"ongoing": True}, ["one"]),
        ({"ongoing": {"$eq": False}}, ["three", "two"]),
        ({"ended_at": {"$exists": True}}, ["two"]),
        ({"ended_at": None}, ["three", "one"]),
        ({"starts_at": {"$gt": "2098-12-31T23:00:00+01:00"}}, ["three"]),
        ({"starts_at": {"$gte": "2099-01-01T09:30:00Z", "$lte": "2099-01-01T09:30:00Z"}}, ["three"]),
        ({"starts_at": {"$lt": "2099-01-01T09:30:00Z"}}, []),
        ({"custom.topic": "lunch"}, ["one"]),
        ({"custom.slack.team": {"$in": ["T1"]}}, ["one"]),
        ({"backstage": True}, ["three"]),
        ({"$and": [{"type": "default"}, {"ended_at": {"$exists": False}}]}, ["one"]),
        ({"$or": [{"id": "one"}, {"id": "three"}]}, ["three", "one"]),
        ({"$nor": [{"id": "one"}, {"id": "three"}]}, ["two"]),
        ({"type": "default", "ongoing": True}, ["one"]),
    ],
    ids=str,
)
async def test_calls_are_found(
    clock: SandboxClock, coordinator: Coordinator, server: Api, conditions: dict[str, Any], found: list[str]
) -> None:
    await _some_calls(clock, coordinator, server)
    answer = await server.ok("POST", "/video/calls", {"filter_conditions": conditions})
    assert [one["call"]["id"] for one in answer["calls"]] == found


@pytest.mark.parametrize(
    "body",
    [
        {"filter_conditions": {"session": "x"}},
        {"filter_conditions": {"starts_at": {"$gt": "tomorrow"}}},
        {"filter_conditions": {"starts_at": {"$gt": 1798859045678000000}}},
        {"filter_conditions": {"cid": {"$like": "x"}}},
        {"filter_conditions": {"cid": {"$in": "x"}}},
        {"filter_conditions": {"$or": {}}},
        {"sort": [{"field": "id", "direction": 1}] * 3},
        {"sort": [{"field": "id", "direction": 2}]},
        {"sort": [{"field": "duration", "direction": 1}]},
        {"sort": [{"field": "custom", "direction": 1}]},
        {"sort": [{"field": "custom.topic", "direction": -1}]},
        {"limit": 101},
        {"next": "x"},
    ],
    ids=str,
)
async def test_a_bad_query_is_refused(
    clock: SandboxClock, coordinator: Coordinator, server: Api, body: dict[str, Any]
) -> None:
    await _some_calls(clock, coordinator, server)
    await server.refused(400, 4, "POST", "/video/calls", body)


async def test_calls_come_in_pages_and_in_order(clock: SandboxClock, coordinator: Coordinator, server: Api) -> None:
    await _some_calls(clock, coordinator, server)
    body: dict[str, Any] = {
        "limit": 2,
        "sort": [{"field": "starts_at", "direction": 1}, {"field": "id", "direction": 1}],
    }
    first = await server.ok("POST", "/video/calls", body)
    second = await server.ok("POST", "/video/calls", {**body, "next": first["next"]})
    assert [one["call"]["id"] for one in first["calls"] + second["calls"]] == ["three", "one", "two"]
    assert "next" not in second
    back = await server.ok("POST", "/video/calls", {**body, "prev": second["prev"]})
    assert [one["call"]["id"] for one in back["calls"]] == ["three", "one"]


async def test_a_deleted_call_is_gone(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await server.ok("POST", f"{CALL}/delete", {})
    await server.refused(404, 16, "GET", CALL)
    await coordinator.settled()
    assert receiver.types()[-1] == "call.deleted"


async def test_nothing_goes_on_in_a_deleted_call(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.joins(CID, "ana")
    await coordinator.joins(CID, "ben")
    await coordinator.client_of("ana").rejects(CID, "cancel")
    deleted = await server.ok("POST", f"{CALL}/delete", {})
    assert deleted["call"]["session"]["ended_at"]
    await server.ok("POST", CALL, {**ringing("ben", "cy"), "ring": False})
    await coordinator.settled()
    ends = ["call.session_participant_left"] * 2 + ["call.session_ended", "call.deleted", "call.created"]
    assert receiver.types()[-5:] == ends
    clock.turn(timedelta(minutes=11))
    await coordinator.settled()
    assert receiver.types()[-5:] == ends


async def test_users_are_replaced_whole_but_for_their_role(coordinator: Coordinator, server: Api) -> None:
    whole = {
        "id": "eve",
        "name": "Eve",
        "role": "admin",
        "custom": {"a": 1},
        "teams": ["t1"],
        "image": "http://x/y.png",
    }
    made = await server.ok("POST", "/users", {"users": {"eve": whole}})
    assert made["users"]["eve"]["teams"] == ["t1"]
    await server.ok("POST", "/users", {"users": {"eve": {"id": "eve", "name": "Evelyn"}}})
    eve = coordinator.users["eve"]
    assert (eve.name, eve.role, eve.custom, eve.teams, eve.image) == ("Evelyn", "admin", {}, [], None)
    await server.ok("PATCH", "/users", {"users": [{"id": "eve", "set": {"color": "red"}, "unset": ["name"]}]})
    assert (eve.name, eve.custom) == (None, {"color": "red"})


@pytest.mark.parametrize(
    "wrong",
    [{"custom": "x"}, {"name": 5}, {"teams": "t1"}, {"text": "x" * 5 * 1024}],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_part_of_a_user_must_be_well_formed_too(
    coordinator: Coordinator, server: Api, wrong: dict[str, Any]
) -> None:
    await server.refused(400, 4, "PATCH", "/users", {"users": [{"id": "ben", "set": {"image": "y.png", **wrong}}]})
    ben = coordinator.users["ben"]
    assert (ben.name, ben.image, ben.custom, ben.teams) == ("Ben", None, {}, [])


async def test_a_part_that_is_set_to_null_is_emptied(coordinator: Coordinator, server: Api) -> None:
    change = {"custom": {"a": 1}, "name": None, "b": 2}
    await server.ok("PATCH", "/users", {"users": [{"id": "ben", "set": change}]})
    ben = coordinator.users["ben"]
    assert (ben.name, ben.custom) == (None, {"a": 1, "b": 2})
    await server.ok("PATCH", "/users", {"users": [{"id": "ben", "set": {"b": None}}]})
    assert ben.custom == {"a": 1}
    await server.ok("PATCH", "/users", {"users": [{"id": "ben", "set": {"custom": None}}]})
    assert ben.custom == {}


async def test_users_are_keyed_by_their_ids(server: Api) -> None:
    await server.refused(400, 4, "POST", "/users", {"users": {"eve": {"id": "adam"}}})
    await server.refused(400, 4, "POST", "/users", {"users": [{"id": "eve"}]})
    await server.refused(400, 4, "POST", "/users", {"users": {"eve": {"name": "Eve"}}})


@pytest.mark.parametrize("how", ["by an id", "by an object", "by an object that says more"])
async def test_the_server_names_who_does_it(
    coordinator: Coordinator, server: Api, receiver: Receiver, how: str
) -> None:
    await server.ok("POST", CALL, {**ringing("ben"), "ring": False})

    def by(field: str) -> dict[str, Any]:
        more = {"name": "Cyrus"} if how.endswith("more") else {}
        return {f"{field}_id": "cy"} if how == "by an id" else {field: {"id": "cy", **more}}

    await server.ok("POST", f"{CALL}/event", {"custom": {"wave": True}, **by("user")})
    await server.ok("POST", f"{CALL}/mute_users", {"user_ids": ["ben"], "audio": True, **by("muted_by")})
    await server.ok("POST", f"{CALL}/kick", {"user_id": "ben", **by("kicked_by")})
    await server.ok("POST", "/devices", {"id": "phone", "push_provider": "apn", **by("user")})
    made = await server.ok("POST", "/video/call/default/of_cy", {"data": by("created_by")})
    await coordinator.settled()
    receiver.all_fit()
    assert receiver.last("custom")["user"]["id"] == "cy"
    assert receiver.last("call.user_muted")["from_user_id"] == "cy"
    assert receiver.last("call.kicked_user")["kicked_by_user"]["id"] == "cy"
    assert [one["id"] for one in coordinator.users["cy"].devices] == ["phone"]
    assert made["call"]["created_by"]["id"] == "cy"
    assert coordinator.users["cy"].name == ("Cyrus" if how.endswith("more") else "Cy")


async def test_whom_the_server_names_must_be_there(server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await server.refused(404, 16, "POST", f"{CALL}/kick", {"user_id": "ben", "kicked_by_id": "zoe"})
    await server.refused(404, 16, "POST", f"{CALL}/mute_users", {"user_ids": ["ben"], "muted_by_id": "zoe"})
    await server.refused(400, 4, "POST", f"{CALL}/event", {"custom": {}})
    await server.ok("POST", f"{CALL}/event", {"custom": {}, "user": {"id": "zoe"}})


async def test_users_can_be_found(server: Api) -> None:
    payload = '{"filter_conditions": {"name": {"$autocomplete": "B"}}}'
    answer = await server.ok("GET", "/users", payload=payload)
    assert [one["id"] for one in answer["users"]] == ["ben"]
    await server.refused(400, 4, "GET", "/users", payload="{")


async def test_a_multi_tenant_app_keeps_teams_apart(coordinator: Coordinator, server: Api, person: People) -> None:
    await server.ok("PATCH", "/app", {"multi_tenant_enabled": True})
    teams = {"ana": ["T1"], "ben": ["T1"], "cy": ["T2"]}
    users = {one: {"id": one, "teams": those} for one, those in teams.items()}
    await server.ok("POST", "/users", {"users": users})
    message = await server.refused(400, 4, "POST", CALL, ringing("ben"))
    assert "team is required" in message
    await server.ok("POST", CALL, ringing("ben", team="T1"))
    assert coordinator.warnings == []
    assert (await person("ben").ok("GET", CALL))["call"]["team"] == "T1"
    await person("cy").refused(404, 16, "GET", CALL)
    assert (await person("cy").ok("POST", "/video/calls", {}))["calls"] == []
    found = await server.ok("POST", "/video/calls", {"filter_conditions": {"team": "T1"}})
    assert len(found["calls"]) == 1


async def test_a_member_from_another_team_is_noted(coordinator: Coordinator, server: Api) -> None:
    coordinator.app.multi_tenant = True
    await server.ok("POST", CALL, ringing("ben", team="T1"))
    assert len(coordinator.warnings) == 3


async def test_patching_the_app_replaces_every_hook(coordinator: Coordinator, server: Api) -> None:
    coordinator.hook("http://127.0.0.1:1/old", ["call.ended"])
    assert (await server.ok("GET", "/app"))["app"]["event_hooks"][0]["event_types"] == ["call.ended"]
    hook = {"enabled": True, "hook_type": "webhook", "webhook_url": "http://127.0.0.1:1/new", "product": "video"}
    await server.ok("PATCH", "/app", {"event_hooks": [hook]})
    hooks = (await server.ok("GET", "/app"))["app"]["event_hooks"]
    assert [one["webhook_url"] for one in hooks] == ["http://127.0.0.1:1/new"]
    await server.ok("PATCH", "/app", {"enable_hook_payload_compression": False})
    assert len((await server.ok("GET", "/app"))["app"]["event_hooks"]) == 1
    await server.refused(400, 4, "PATCH", "/app", {"event_hooks": [{"hook_type": "webhook"}]})


async def test_an_empty_token_of_the_sdks_makes_calls_too(coordinator: Coordinator, server: Api) -> None:
    api = Api(coordinator.url, token({}, SECRET))
    await api.ok("POST", CALL, ringing("ben"))
    await api.http.aclose()
