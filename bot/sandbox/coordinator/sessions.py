"""The session of a call: it starts when somebody is in, and ends when nobody has been for a while.

There is no SFU here: `enters` and `exits` are told what one would report.
"""

from datetime import datetime, timedelta
from functools import partial

from .answers import count_by_role, participant_response, user_response
from .core import Core
from .state import Call, Participant, Session, User


def opened(core: Core, call: Call) -> Session:
    """The running session, made if there is none; one that nobody joins is let go after a while."""
    if call.running is not None:
        return call.running
    call.session = session = Session(core.now())
    core.timers.after(core.app.behaviour.idle_session_seconds, partial(_idle, core, call, session))
    return session


def enters(core: Core, call: Call, user: User) -> Participant:
    """One client of this user connects to media; the first of all starts the session."""
    now, session = core.now(), opened(core, call)
    member = call.members.get(user.id)
    participant = Participant(user, member.role if member else user.role, now)
    session.participants.append(participant)
    session.empty_since = None
    if session.started_at is None:
        _started(core, call, session)
    shown = participant_response(participant)
    core.emit(call, "call.session_participant_joined", participant=shown, session_id=session.id)
    _counted(core, call, session)
    return participant


def _started(core: Core, call: Call, session: Session) -> None:
    session.started_at = core.now()
    if longest := call.settings["limits"].get("max_duration_seconds"):
        session.timer_ends_at = session.started_at + timedelta(seconds=longest)
        core.timers.at(session.timer_ends_at, partial(_too_long, core, call, session))
    core.emit(call, "call.session_started", session_id=session.id)


def _too_long(core: Core, call: Call, session: Session) -> None:
    if call.running is session:
        ended(core, call, None)


def _counted(core: Core, call: Call, session: Session) -> None:
    core.emit(
        call,
        "call.session_participant_count_updated",
        session_id=session.id,
        participants_count_by_role=count_by_role(session.participants),
        anonymous_participant_count=0,
    )


def exits(core: Core, call: Call, user_id: str, reason: str | None = None, *, only: str | None = None) -> int:
    """All clients of this user leave, or the one with that session id; after the last of everybody's the session waits
    for its inactivity time-out."""
    session = call.running
    gone = [one for one in call.participants if one.user.id == user_id and only in (None, one.user_session_id)]
    if session is None or not gone:
        return 0
    for one in gone:
        _left(core, call, session, one, reason)
    _counted(core, call, session)
    if not session.participants:
        session.empty_since = core.now()
        seconds = call.settings["session"]["inactivity_timeout_seconds"]
        core.timers.after(seconds, partial(_inactive, core, call, session, session.empty_since))
    return len(gone)


def _left(core: Core, call: Call, session: Session, one: Participant, reason: str | None) -> None:
    session.participants.remove(one)
    core.emit(
        call,
        "call.session_participant_left",
        participant=participant_response(one),
        session_id=session.id,
        duration_seconds=int((core.now() - one.joined_at).total_seconds()),
        reason=reason,
    )


def _inactive(core: Core, call: Call, session: Session, since: datetime) -> None:
    """Nobody came back in time; where somebody did and left again, that leave's own timer counts."""
    if call.running is session and session.empty_since == since:
        _session_over(core, call, session)


def _session_over(core: Core, call: Call, session: Session) -> None:
    session.ended_at = core.now()
    if session.started_at is not None:
        core.emit(call, "call.session_ended", session_id=session.id)


def _idle(core: Core, call: Call, session: Session) -> None:
    """Ends without an event, as it never began."""
    if call.running is session and session.started_at is None:
        _session_over(core, call, session)


def ended(core: Core, call: Call, by: User | None) -> None:
    """The call is over for everyone: `call.ended` without a user when the server or a limit ended it."""
    if call.ended_at is not None:
        return
    call.ended_at = call.updated_at = core.now()
    core.emit(call, "call.ended", user=user_response(by) if by else None)
    closed(core, call)


def closed(core: Core, call: Call) -> None:
    """Everybody is out of the running session, and it is over."""
    if (session := call.running) is not None:
        for one in tuple(session.participants):
            _left(core, call, session, one, None)
        _session_over(core, call, session)
