"""Ringing: who is rung, who accepts, rejects or misses it, and the end of a call.

The server times nothing but `missed_call_timeout_ms`: the caller's and the callee's time-outs are their clients' own
(https://getstream.io/video/docs/api/call_types/settings/).
"""

from datetime import datetime
from functools import partial
from typing import Any

from . import sessions
from .answers import member_response, ring_state, user_response
from .core import Asked, Core
from .errors import bad_input, not_allowed
from .permissions import may
from .state import Call, Ring, Session, User
from .views import found


def ring(core: Core, asked: Asked) -> dict[str, Any]:
    """RingCall: those named, or everyone, as far as they are members and not in the call."""
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", "RingCall")
    ringable(call, bool(asked.body.get("video")))
    named = asked.body.get("members_ids") or []
    wanted = [one for one in named if one in call.members] if named else _others(core, call, asked)
    absent = [one for one in dict.fromkeys(wanted) if not call.is_in(one)]
    if not absent:
        raise bad_input("no users to ring")
    _rung(core, call, absent, asked, bool(asked.body.get("video")))
    return {"members_ids": absent}


def ring_all(core: Core, call: Call, asked: Asked, video: bool) -> None:
    """What `ring: true` does on making, getting or joining a call. With nobody else in it nobody is rung."""
    ringable(call, video)
    if asked.user is None and call.created_by.id not in call.members:
        core.warn(f"{call.cid} is rung by the server and its creator {call.created_by.id} is not a member")
    absent = [one for one in _others(core, call, asked) if not call.is_in(one)]
    if absent:
        _rung(core, call, absent, asked, video)


def ringable(call: Call, video: bool) -> None:
    """Raise where nobody may be rung. Unverified: Stream's answer for an ended call is not published."""
    if call.ended_at is not None:
        raise bad_input("the call has ended")
    if video and not call.settings["video"]["enabled"]:
        raise bad_input("Video is not enabled for this call")


def _others(core: Core, call: Call, asked: Asked) -> list[str]:
    """Whether a ring from the server also rings the creator is not published and was reported both ways."""
    caller = (asked.user or call.created_by).id
    rings_caller = asked.user is None and core.app.behaviour.creator_is_rung
    return [one for one in call.members if one != caller or rings_caller]


def _rung(core: Core, call: Call, user_ids: list[str], asked: Asked, video: bool) -> None:
    session = sessions.opened(core, call)
    ring = Ring(core.now(), tuple(user_ids), asked.user or call.created_by)
    call.rings.append(ring)
    core.emit(
        call,
        "call.ring",
        members=[member_response(call.members[one]) for one in call.members if one != call.created_by.id],
        session_id=session.id,
        user=user_response(ring.by),
        video=video,
        to=frozenset(user_ids) | {call.created_by.id},
    )
    if timeout_ms := call.settings["ring"]["missed_call_timeout_ms"]:
        core.timers.after(timeout_ms / 1000, partial(_timed_out, core, call, session, ring))


def _timed_out(core: Core, call: Call, session: Session, ring: Ring) -> None:
    if call.ended_at is None or core.app.behaviour.missed_after_end:
        missed(core, call, session, ring)


def missed(core: Core, call: Call, session: Session, ring: Ring) -> None:
    """Those who were rung, are members still, and neither answered nor missed it since, in one event."""
    late = [one for one in ring.user_ids if one in call.members and not _over(session, one, ring.at)]
    if not late or session is not call.session:
        return
    for user_id in late:
        session.missed_by[user_id] = core.now()
    core.emit(
        call,
        "call.missed",
        members=[member_response(call.members[one]) for one in late],
        notify_user=True,
        session_id=session.id,
        user=user_response(ring.by),
    )


def _over(session: Session, user_id: str, since: datetime) -> bool:
    missed_at = session.missed_by.get(user_id)
    return session.answered_since(user_id, since) or (missed_at is not None and missed_at >= since)


def notify(core: Core, call: Call, asked: Asked) -> None:
    """call.notification asks for no answer and may be repeated."""
    caller = asked.user or call.created_by
    others = [one for one in call.members.values() if one.user.id != caller.id]
    core.emit(
        call,
        "call.notification",
        members=[member_response(one) for one in others],
        session_id=call.running.id if call.running else "",
        user=user_response(caller),
        to=frozenset(one.user.id for one in others),
    )


def accept(core: Core, asked: Asked) -> dict[str, Any]:
    """Sets `accepted_by`; neither joins media nor starts the session nor stops anybody else's ring."""
    call, user = _answerable(core, asked)
    session = sessions.opened(core, call)
    if not _accepted(call, session, user.id):
        session.accepted_by[user.id] = core.now()
        core.emit(call, "call.accepted", user=user_response(user))
    return {}


def _accepted(call: Call, session: Session, user_id: str) -> bool:
    """Whether this user accepted already. That holds until they are rung anew, which asks anew."""
    at = session.accepted_by.get(user_id)
    return at is not None and not any(user_id in one.user_ids and one.at > at for one in call.rings_now)


def reject(core: Core, asked: Asked) -> dict[str, Any]:
    """Sets `rejected_by`. The creator's is a cancel: who has not answered is soon reported missed.

    That all have rejected ends nothing: that is for a client to do.
    """
    call, user = _answerable(core, asked)
    reason, session = asked.body.get("reason"), sessions.opened(core, call)
    session.rejected_by[user.id] = core.now()
    call.reject_reasons[user.id] = reason
    core.emit(call, "call.rejected", user=user_response(user), reason=reason)
    if user.id == call.created_by.id:
        for one in call.rings_now:
            late = partial(missed, core, call, session, one)
            core.timers.after(core.app.behaviour.cancelled_to_missed_seconds, late)
    return {}


def _answerable(core: Core, asked: Asked) -> tuple[Call, User]:
    """Unverified: the code for a token without a user, and whether a second or changed answer is refused."""
    if asked.user is None:
        raise bad_input(f"{asked.operation} requires a user token")
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", asked.operation)
    if core.app.behaviour.only_members_answer and not call.knows(asked.user.id):
        raise not_allowed(
            f"User '{asked.user.id}' with role '{asked.user.role}' is not allowed to perform action "
            f"{asked.operation} in scope 'video:{call.type}'"
        )
    if call.ended_at is not None and not core.app.behaviour.answers_after_end:
        raise bad_input("the call has ended")
    return call, asked.user


def state(core: Core, asked: Asked) -> dict[str, Any]:
    """GetCallRingState, which needs the session's id; 400 and 404 are final for clients that poll."""
    call = found(core, asked)
    may(core.app, call, asked.user, "read-call", "GetCallRingState")
    if not (session_id := asked.query.get("call_session_id")):
        raise bad_input("call_session_id is a required field")
    if call.session is not None and call.session.id != session_id:
        raise bad_input(f"call_session_id {session_id} is not a session of {call.cid}")
    return ring_state(call)


def end(core: Core, asked: Asked) -> dict[str, Any]:
    """EndCall. A second one changes nothing and is no error here; Stream's answer to it is not published."""
    call = found(core, asked)
    may(core.app, call, asked.user, "end-call", "EndCall")
    sessions.ended(core, call, asked.user)
    return {}
