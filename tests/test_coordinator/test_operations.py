"""Every operation answers with the fields and the status that are published, in both ways of writing times."""

from typing import Any

import pytest

from bot.sandbox.coordinator import Coordinator
from bot.sandbox.coordinator.operations import OPERATIONS

from .conftest import CALL, CID, KEY, Api, People, ringing

HOST = {"members": [{"user_id": "ana", "role": "host"}, {"user_id": "ben"}], "created_by_id": "ana"}

REQUESTS: dict[str, tuple[str, str, Any, dict[str, str]]] = {
    "GetApp": ("server", "/app", None, {}),
    "UpdateApp": ("server", "/app", {"event_hooks": []}, {}),
    "QueryUsers": ("server", "/users", None, {"payload": '{"filter_conditions": {"id": {"$in": ["ben"]}}}'}),
    "UpdateUsers": ("server", "/users", {"users": {"eve": {"id": "eve", "teams": ["t1"], "custom": {"a": 1}}}}, {}),
    "UpdateUsersPartial": ("server", "/users", {"users": [{"id": "cy", "set": {"name": "Cyrus"}}]}, {}),
    "DeactivateUsers": ("server", "/users/deactivate", {"user_ids": ["dee"]}, {}),
    "DeleteUsers": ("server", "/users/delete", {"user_ids": ["dee"], "user": "soft"}, {}),
    "GetTask": ("server", "/tasks/some-task", None, {}),
    "ListDevices": ("ben", "/devices", None, {}),
    "CreateDevice": ("ben", "/devices", {"id": "phone", "push_provider": "apn"}, {}),
    "DeleteDevice": ("ben", "/devices", None, {"id": "phone"}),
    "QueryCallMembers": ("server", "/video/call/members", {"type": "default", "id": "c1"}, {}),
    "QueryCalls": ("server", "/video/calls", {"filter_conditions": {"cid": CID}}, {}),
    "GetCall": ("ben", CALL, None, {"members_limit": "1"}),
    "GetOrCreateCall": ("ben", "/video/call/default/another", {"data": {"starts_at": "2027-01-01T12:00:00Z"}}, {}),
    "UpdateCall": ("ana", CALL, {"custom": {"topic": "lunch"}}, {}),
    "DeleteCall": ("server", f"{CALL}/delete", {"hard": True}, {}),
    "SendCallEvent": ("ben", f"{CALL}/event", {"custom": {"wave": True}}, {}),
    "UpdateCallMembers": ("server", f"{CALL}/members", {"update_members": [{"user_id": "cy", "role": "host"}]}, {}),
    "RingCall": ("server", f"{CALL}/ring", {"members_ids": ["ben"]}, {}),
    "GetCallRingState": ("ben", f"{CALL}/ring_state", None, {"call_session_id": "SESSION"}),
    "AcceptCall": ("ben", f"{CALL}/accept", None, {}),
    "RejectCall": ("ben", f"{CALL}/reject", {"reason": "busy"}, {}),
    "EndCall": ("server", f"{CALL}/mark_ended", None, {}),
    "JoinCall": ("ben", f"{CALL}/join", {"location": "auto"}, {}),
    "KickUser": ("server", f"{CALL}/kick", {"user_id": "ben", "kicked_by_id": "ana"}, {}),
    "BlockUser": ("server", f"{CALL}/block", {"user_id": "ben"}, {}),
    "UnblockUser": ("server", f"{CALL}/unblock", {"user_id": "ben"}, {}),
    "QueryCallParticipants": ("server", f"{CALL}/participants", {}, {"limit": "10"}),
    "MuteUsers": ("server", f"{CALL}/mute_users", {"user_ids": ["ben"], "audio": True, "muted_by_id": "ana"}, {}),
    "SendVideoReaction": ("ben", f"{CALL}/reaction", {"type": "raised-hand", "emoji_code": ":hand:"}, {}),
    "RequestPermission": ("ben", f"{CALL}/request_permission", {"permissions": ["screenshare"]}, {}),
    "UpdateUserPermissions": (
        "server",
        f"{CALL}/user_permissions",
        {"user_id": "ben", "revoke_permissions": ["send-audio"]},
        {},
    ),
    "GoLive": ("server", f"{CALL}/go_live", {}, {}),
    "StopLive": ("server", f"{CALL}/stop_live", {}, {}),
    "ListRecordings": ("server", f"{CALL}/recordings", None, {}),
    "ListTranscriptions": ("server", f"{CALL}/transcriptions", None, {}),
    "ReportClientCallEvent": ("ben", "/video/call_client_event", {"events": [{}]}, {}),
    "ListCallTypes": ("server", "/video/calltypes", None, {}),
    "CreateCallType": ("server", "/video/calltypes", {"name": "slack_ring"}, {}),
    "GetCallType": ("server", "/video/calltypes/livestream", None, {}),
    "UpdateCallType": ("server", "/video/calltypes/default", {"grants": {"guest": []}}, {}),
    "DeleteCallType": ("server", "/video/calltypes/development", None, {}),
}


def test_every_operation_is_tried() -> None:
    assert {one.name for one in OPERATIONS} == set(REQUESTS)


@pytest.mark.parametrize("prefix", ["/api/v2", ""], ids=["nanoseconds", "rfc3339"])
@pytest.mark.parametrize("name", REQUESTS)
async def test_answers_as_published(
    name: str, prefix: str, coordinator: Coordinator, server: Api, person: People, receiver: Any
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.joins(CID, "cy")
    who, path, body, query = REQUESTS[name]
    session = coordinator.call(CID).session
    assert session is not None
    query = {key: value.replace("SESSION", session.id) for key, value in query.items()}
    api = server if who == "server" else person(who, prefix)
    api.prefix = prefix
    verb = next(one.verb for one in OPERATIONS if one.name == name)
    await api.ok(verb, path, body, **query)
    await coordinator.settled()
    receiver.all_fit()
    assert coordinator.requests[-1].operation == name
    assert coordinator.requests[-1].who == who
    assert coordinator.warnings == []


async def test_clients_keep_their_devices_under_video(person: People) -> None:
    ben = person("ben", "/video")
    await ben.ok("POST", "/devices", {"id": "phone", "push_provider": "firebase"})
    (phone,) = (await ben.ok("GET", "/devices"))["devices"]
    assert (phone["id"], phone["created_at"][-1]) == ("phone", "Z")
    assert (await person("ben", "").ok("GET", "/devices"))["devices"] == [phone]
    await ben.ok("DELETE", "/devices", id="phone")
    assert (await ben.ok("GET", "/devices"))["devices"] == []


async def test_times_are_nanoseconds_under_api_v2_and_rfc3339_elsewhere(server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben", starts_at="2027-01-02T03:04:05.678Z"))
    whole = (await person("ben").ok("GET", CALL))["call"]["starts_at"]
    text = (await person("ben", "").ok("GET", CALL))["call"]["starts_at"]
    assert whole == 1798859045678000000
    assert text == "2027-01-02T03:04:05.678000000Z"


async def test_a_year_has_four_digits_and_lies_in_the_calendar(server: Api) -> None:
    server.prefix = ""
    made = await server.ok("POST", CALL, ringing("ben", starts_at="0001-01-01T00:00:00Z"))
    assert made["call"]["starts_at"] == "0001-01-01T00:00:00.000000000Z"
    for beyond in ("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-01:00"):
        message = await server.refused(400, 4, "PATCH", CALL, {"starts_at": beyond})
        assert "starts_at must be an RFC 3339 time" in message
        conditions = {"filter_conditions": {"created_at": {"$gt": beyond}}}
        await server.refused(400, 4, "POST", "/video/calls", conditions)


async def test_an_unknown_path_is_refused_as_stream_does(server: Api) -> None:
    await server.refused(404, 16, "POST", "/video/call/default/c1/leave", {})
    await server.refused(404, 16, "PUT", CALL, {})


async def test_fields_nobody_knows_are_passed_over_and_remembered(coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, {**ringing("ben"), "rings": True})
    await server.ok("POST", f"{CALL}/mark_ended", {"reason": "x"})
    assert coordinator.warnings == ["GetOrCreateCall does not know rings", "EndCall does not know reason"]


async def test_a_user_token_may_not_send_what_only_the_server_may(coordinator: Coordinator, person: People) -> None:
    await person("ben").ok("POST", CALL, {"data": {"created_by_id": "ana"}})
    assert coordinator.warnings == ["GetOrCreateCall does not know data.created_by_id"]
    assert coordinator.call(CID).created_by.id == "ben"


def with_custom(value: bytes) -> bytes:
    return b'{"data": {"created_by_id": "ana", "custom": {"x": ' + value + b"}}}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"ring": tru', id="no JSON"),
        pytest.param(b'["ring"]', id="no object"),
        pytest.param(with_custom(b'"\\ud83d"'), id="half a character"),
        pytest.param(with_custom(b'{"\\udc4b": 1}'), id="half a character in a name"),
        pytest.param(with_custom(b"NaN"), id="no number"),
        pytest.param(with_custom(b"-1e999"), id="no number that there is"),
        pytest.param(with_custom(b"[" * 200 + b"]" * 200), id="nested 200 deep"),
        pytest.param(with_custom(b"[" * 100_000 + b"]" * 100_000), id="nested 100,000 deep"),
        pytest.param(b"\xff", id="no UTF-8"),
    ],
)
async def test_a_body_that_is_no_good_json_object_is_bad_input(server: Api, body: bytes) -> None:
    answer = await server.http.post(f"/api/v2{CALL}", content=body, params={"api_key": KEY})
    assert (answer.status_code, answer.json()["code"]) == (400, 4)
    await server.refused(404, 16, "GET", CALL)


async def test_a_fault_of_the_stand_ins_own_is_streams_internal_error(
    coordinator: Coordinator, server: Api, failures: list[Any]
) -> None:
    coordinator.users["ben"].custom["topic"] = object()
    payload = '{"filter_conditions": {}}'
    message = await server.refused(500, -1, "GET", "/users", payload=payload)
    assert message == 'QueryUsers failed with error: "internal error"'
    assert (await server.ask("GET", "/users", payload=payload)).headers["Access-Control-Allow-Origin"] == "*"
    assert [(one["log_level"], one["operation"]) for one in failures] == [("error", "QueryUsers")] * 2
    failures.clear()


async def test_a_body_of_more_than_a_mebibyte_is_too_large(server: Api) -> None:
    await server.refused(413, 22, "POST", CALL, {"data": {"custom": {"text": "x" * 1024 * 1024}}})


async def test_browsers_may_ask_from_anywhere(server: Api) -> None:
    answer = await server.http.options("/video/call/default/c1/accept")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "stream-auth-type" in answer.headers["Access-Control-Allow-Headers"]
