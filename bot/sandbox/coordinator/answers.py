"""State as Stream writes it: users, members, sessions and calls, with every field clients count on."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .state import Call, CallType, Member, Participant, Session, User


def user_response(user: User) -> dict[str, Any]:
    optional = {
        "name": user.name,
        "image": user.image,
        "deactivated_at": user.deactivated_at,
        "teams_role": user.teams_role or None,
    }
    return {
        "id": user.id,
        "role": user.role,
        "custom": user.custom,
        "language": user.language,
        "teams": user.teams,
        "banned": False,
        "shadow_banned": False,
        "invisible": user.invisible,
        "online": user.online,
        "blocked_user_ids": [],
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        **{key: value for key, value in optional.items() if value is not None},
    }


def member_response(member: Member) -> dict[str, Any]:
    return {
        "user": user_response(member.user),
        "user_id": member.user.id,
        "role": member.role,
        "custom": member.custom,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
    }


def participant_response(participant: Participant) -> dict[str, Any]:
    return {
        "user": user_response(participant.user),
        "role": participant.role,
        "joined_at": participant.joined_at,
        "user_session_id": participant.user_session_id,
    }


def count_by_role(participants: Iterable[Participant]) -> dict[str, int]:
    return dict(Counter(one.role for one in participants))


def session_response(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "live_started_at": session.live_started_at,
        "live_ended_at": session.live_ended_at,
        "timer_ends_at": session.timer_ends_at,
        "accepted_by": dict(session.accepted_by),
        "rejected_by": dict(session.rejected_by),
        "missed_by": dict(session.missed_by),
        "participants": [participant_response(one) for one in session.participants],
        "participants_count_by_role": count_by_role(session.participants),
        "anonymous_participant_count": 0,
    }


def call_response(call: Call) -> dict[str, Any]:
    """Optional fields come as null or not at all, both of which Stream does."""
    ahead = call.settings["backstage"].get("join_ahead_time_seconds")
    optional = {"team": call.team, "channel_cid": call.channel_cid, "join_ahead_time_seconds": ahead or None}
    return {
        "type": call.type,
        "id": call.id,
        "cid": call.cid,
        "created_by": user_response(call.created_by),
        "created_at": call.created_at,
        "updated_at": call.updated_at,
        "starts_at": call.starts_at,
        "ended_at": call.ended_at,
        "custom": call.custom,
        "settings": call.settings,
        "backstage": call.backstage,
        "blocked_user_ids": list(call.blocked_user_ids),
        "current_session_id": call.running.id if call.running else "",
        "session": session_response(call.session) if call.session else None,
        "recording": False,
        "transcribing": False,
        "captioning": False,
        "translating": False,
        "egress": {"broadcasting": False, "rtmps": [], "hls": None},
        "ingress": _ingress(call),
        "thumbnails": None,
        **{key: value for key, value in optional.items() if value is not None},
    }


def _ingress(call: Call) -> dict[str, Any]:
    return {
        "rtmp": {"address": f"rtmps://ingress.sandbox.invalid/{call.type}.{call.id}"},
        "srt": {"address": f"srt://ingress.sandbox.invalid/{call.type}.{call.id}"},
        "whip": {"address": f"https://ingress.sandbox.invalid/{call.type}.{call.id}"},
    }


def call_type_response(kind: CallType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "settings": kind.settings,
        "grants": kind.grants,
        "notification_settings": kind.notification_settings,
        "external_storage": kind.external_storage,
        "created_at": kind.created_at,
        "updated_at": kind.updated_at,
    }


def ring_state(call: Call) -> dict[str, Any]:
    """GetCallRingState: what the session's maps say, also after the end; `session_id` is empty if never rung."""
    session = call.session
    times: dict[str, datetime | None] = {
        "call_ended_at": call.ended_at,
        "session_started_at": session.started_at if session else None,
        "session_ended_at": session.ended_at if session else None,
    }
    return {
        "call_cid": call.cid,
        "created_by_user_id": call.created_by.id,
        "session_id": session.id if session else "",
        "accepted_by": dict(session.accepted_by) if session else {},
        "rejected_by": dict(session.rejected_by) if session else {},
        "missed_by": dict(session.missed_by) if session else {},
        **{key: at for key, at in times.items() if at is not None},
    }
