"""Every operation by its published name: verb, path, who may call it, what it takes and gives.

Paths are those under /api/v2. The same operations stand without that prefix, and all of them under /video, where
clients look for them; there with times in RFC 3339.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import apps, calls, live, media, ringing, users
from .core import Asked, Core

_CALL = "/video/call/{type}/{id}"


@dataclass(frozen=True)
class Operation:
    name: str
    verb: str
    path: str
    run: Callable[[Core, Asked], dict[str, Any]]
    answer: str
    request: str | None = None
    who: str = "SC"
    """S: a server token may call it; C: a user token may."""

    @property
    def status(self) -> int:
        return 201 if self.verb == "POST" or self.name == "UpdateCallType" else 200

    @property
    def client_paths(self) -> list[str]:
        return [self.path] if self.path.startswith("/video/") else [self.path, f"/video{self.path}"]


OPERATIONS = (
    Operation("GetApp", "GET", "/app", apps.get_app, "GetApplicationResponse"),
    Operation("UpdateApp", "PATCH", "/app", apps.update_app, "Response", "UpdateAppRequest", "S"),
    Operation("QueryUsers", "GET", "/users", users.query, "QueryUsersResponse"),
    Operation("UpdateUsers", "POST", "/users", users.upsert, "UpdateUsersResponse", "UpdateUsersRequest"),
    Operation("UpdateUsersPartial", "PATCH", "/users", users.patch, "UpdateUsersResponse", "UpdateUsersPartialRequest"),
    Operation(
        "DeactivateUsers", "POST", "/users/deactivate", users.deactivate, "TaskAnswer", "DeactivateUsersRequest", "S"
    ),
    Operation("DeleteUsers", "POST", "/users/delete", users.delete, "TaskAnswer", "DeleteUsersRequest", "S"),
    Operation("GetTask", "GET", "/tasks/{id}", users.task, "GetTaskResponse", None, "S"),
    Operation("ListDevices", "GET", "/devices", users.devices, "ListDevicesResponse"),
    Operation("CreateDevice", "POST", "/devices", users.add_device, "Response", "CreateDeviceRequest"),
    Operation("DeleteDevice", "DELETE", "/devices", users.remove_device, "Response"),
    Operation(
        "QueryCallMembers",
        "POST",
        "/video/call/members",
        calls.query_members,
        "QueryCallMembersResponse",
        "QueryCallMembersRequest",
    ),
    Operation("QueryCalls", "POST", "/video/calls", calls.query_calls, "QueryCallsResponse", "QueryCallsRequest"),
    Operation("GetCall", "GET", _CALL, calls.get, "GetCallResponse"),
    Operation(
        "GetOrCreateCall", "POST", _CALL, calls.get_or_create, "GetOrCreateCallResponse", "GetOrCreateCallRequest"
    ),
    Operation("UpdateCall", "PATCH", _CALL, calls.update, "UpdateCallResponse", "UpdateCallRequest"),
    Operation("DeleteCall", "POST", f"{_CALL}/delete", calls.delete, "DeleteCallResponse", "DeleteCallRequest"),
    Operation("SendCallEvent", "POST", f"{_CALL}/event", calls.send_event, "Response", "SendCallEventRequest"),
    Operation(
        "UpdateCallMembers",
        "POST",
        f"{_CALL}/members",
        calls.update_members,
        "UpdateCallMembersResponse",
        "UpdateCallMembersRequest",
    ),
    Operation("RingCall", "POST", f"{_CALL}/ring", ringing.ring, "RingCallResponse", "RingCallRequest"),
    Operation("GetCallRingState", "GET", f"{_CALL}/ring_state", ringing.state, "GetCallRingStateResponse"),
    Operation("AcceptCall", "POST", f"{_CALL}/accept", ringing.accept, "Response", None, "C"),
    Operation("RejectCall", "POST", f"{_CALL}/reject", ringing.reject, "Response", "RejectCallRequest", "C"),
    Operation("EndCall", "POST", f"{_CALL}/mark_ended", ringing.end, "Response"),
    Operation("JoinCall", "POST", f"{_CALL}/join", media.join, "JoinCallResponse", "JoinCallRequest", "C"),
    Operation("KickUser", "POST", f"{_CALL}/kick", media.kick, "Response", "KickUserRequest"),
    Operation("BlockUser", "POST", f"{_CALL}/block", media.block, "Response", "BlockUserRequest"),
    Operation("UnblockUser", "POST", f"{_CALL}/unblock", media.unblock, "Response", "UnblockUserRequest"),
    Operation(
        "QueryCallParticipants",
        "POST",
        f"{_CALL}/participants",
        media.participants,
        "QueryCallParticipantsResponse",
        "QueryCallParticipantsRequest",
    ),
    Operation("MuteUsers", "POST", f"{_CALL}/mute_users", live.mute, "Response", "MuteUsersRequest"),
    Operation(
        "SendVideoReaction",
        "POST",
        f"{_CALL}/reaction",
        live.react,
        "SendVideoReactionResponse",
        "SendVideoReactionRequest",
        "C",
    ),
    Operation(
        "RequestPermission",
        "POST",
        f"{_CALL}/request_permission",
        live.request_permission,
        "Response",
        "RequestPermissionRequest",
        "C",
    ),
    Operation(
        "UpdateUserPermissions",
        "POST",
        f"{_CALL}/user_permissions",
        live.user_permissions,
        "Response",
        "UpdateUserPermissionsRequest",
    ),
    Operation("GoLive", "POST", f"{_CALL}/go_live", live.go_live, "GoLiveResponse", "GoLiveRequest"),
    Operation("StopLive", "POST", f"{_CALL}/stop_live", live.stop_live, "GoLiveResponse", "StopLiveRequest"),
    Operation("ListRecordings", "GET", f"{_CALL}/recordings", live.nothing_recorded, "ListRecordingsResponse"),
    Operation(
        "ListTranscriptions", "GET", f"{_CALL}/transcriptions", live.nothing_recorded, "ListTranscriptionsResponse"
    ),
    Operation(
        "ReportClientCallEvent",
        "POST",
        "/video/call_client_event",
        apps.nothing,
        "Response",
        "ReportClientEventRequest",
    ),
    Operation("ListCallTypes", "GET", "/video/calltypes", apps.list_call_types, "ListCallTypeResponse", None, "S"),
    Operation(
        "CreateCallType",
        "POST",
        "/video/calltypes",
        apps.create_call_type,
        "OneCallTypeResponse",
        "CreateCallTypeRequest",
        "S",
    ),
    Operation("GetCallType", "GET", "/video/calltypes/{name}", apps.get_call_type, "OneCallTypeResponse", None, "S"),
    Operation(
        "UpdateCallType",
        "PUT",
        "/video/calltypes/{name}",
        apps.update_call_type,
        "OneCallTypeResponse",
        "UpdateCallTypeRequest",
        "S",
    ),
    Operation("DeleteCallType", "DELETE", "/video/calltypes/{name}", apps.delete_call_type, "Response", None, "S"),
)
