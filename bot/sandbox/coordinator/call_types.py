"""The four call types every Stream app starts with, and how one set of settings is laid over another."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from .state import CallType

_MEDIA = ["send-audio", "send-video", "screenshare", "create-reaction"]
_USER = ["create-call", "read-call", "join-call", "end-call", "join-ended-call", *_MEDIA]
_HOST = [
    *_USER,
    "join-backstage",
    "update-call",
    "update-call-settings",
    "update-call-member",
    "remove-call-member",
    "update-call-permissions",
    "kick-user",
    "block-users",
    "mute-users",
    "start-record-call",
    "stop-record-call",
    "start-broadcast-call",
    "stop-broadcast-call",
]
_OWNER = ["end-call-owner", "update-call-owner", "update-call-member-owner", "join-backstage-owner"]


def grants(name: str) -> dict[str, list[str]]:
    """Who may do what. On `default` and `development` a plain user may end a call; elsewhere only its creator.

    https://getstream.io/video/docs/api/call_types/permissions/
    """
    if name == "development":
        return {"user": _HOST, "call_member": _HOST, "host": _HOST, "admin": _HOST, "global_admin": _HOST}
    user = [*_USER, "update-call-owner", "update-call-member-owner", "join-backstage-owner"]
    if name != "default":
        user = [one for one in _USER if one != "end-call" and one not in _MEDIA] + _OWNER
    return {"user": user, "call_member": user, "host": _HOST, "admin": _HOST, "global_admin": _HOST, "guest": user}


def settings(name: str) -> dict[str, Any]:
    """The defaults of a call type. Its missed-call time-out on `default` is not published: as the other two."""
    quiet = name in ("audio_room", "livestream")
    ring_ms = 0 if quiet else 15_000
    resolution = {"width": 1280, "height": 720, "bitrate": 1_500_000}
    return {
        "audio": {
            "access_request_enabled": True,
            "default_device": "speaker",
            "hifi_audio_enabled": False,
            "mic_default_on": not quiet,
            "opus_dtx_enabled": True,
            "redundant_coding_enabled": True,
            "speaker_default_on": True,
            "noise_cancellation": {"mode": "available"},
        },
        "backstage": {"enabled": quiet, "join_ahead_time_seconds": 0},
        "broadcasting": {
            "enabled": True,
            "hls": {"enabled": True, "auto_on": False, "quality_tracks": ["720p"]},
            "rtmp": {"enabled": True, "quality": "720p"},
        },
        "encryption": {"enabled": False},
        "frame_recording": {"mode": "disabled", "capture_interval_in_seconds": 2, "quality": "720p"},
        "geofencing": {"names": []},
        "individual_recording": {"mode": "disabled"},
        "ingress": None,
        "limits": {
            "max_participants": None,
            "max_duration_seconds": None,
            "max_participants_exclude_owner": False,
            "max_participants_exclude_roles": [],
        },
        "raw_recording": {"mode": "disabled"},
        "recording": {
            "mode": "available",
            "audio_only": False,
            "quality": "720p",
            "layout": {"name": "spotlight", "external_app_url": "", "external_css_url": ""},
        },
        "ring": {
            "auto_cancel_timeout_ms": ring_ms,
            "incoming_call_timeout_ms": ring_ms,
            "missed_call_timeout_ms": ring_ms,
        },
        "screensharing": {"enabled": True, "access_request_enabled": True, "target_resolution": None},
        "session": {"inactivity_timeout_seconds": 30},
        "thumbnails": {"enabled": True},
        "transcription": {"mode": "available", "closed_caption_mode": "available", "language": "auto"},
        "video": {
            "enabled": name != "audio_room",
            "access_request_enabled": True,
            "camera_default_on": True,
            "camera_facing": "front",
            "target_resolution": resolution,
        },
    }


def notification_settings() -> dict[str, Any]:
    template = {"enabled": True, "apns": {"title": "", "body": ""}, "fcm": {"data": {}}}
    kinds = ("call_live_started", "call_missed", "call_notification", "call_ring", "session_started")
    return {"enabled": True, **{kind: deepcopy(template) for kind in kinds}}


def built_in(now: datetime) -> dict[str, CallType]:
    names = ("default", "audio_room", "livestream", "development")
    return {name: new(name, now) for name in names}


def new(name: str, now: datetime) -> CallType:
    return CallType(name, settings(name), deepcopy(grants(name)), notification_settings(), now, now)


def laid_over(base: Mapping[str, Any], override: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings with an override on top, a sub-object field by field; an explicit null changes nothing."""
    merged = deepcopy(dict(base))
    for part, wanted in (override or {}).items():
        if isinstance(wanted, Mapping) and isinstance(merged.get(part), dict):
            merged[part].update({key: deepcopy(item) for key, item in wanted.items() if item is not None})
        elif wanted is not None:
            merged[part] = deepcopy(wanted)
    return merged
