"""Carries out what is owed to Stream: calls put there, answers relayed, calls ended.

Every piece may be tried again after an unknown outcome. The call's id is ours, so creating it twice is creating it
once; before a ring is repeated Stream is asked whether it rang.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from bot.call.values import Call, CallKind, CallStatus, Member, MemberState
from bot.person import Person
from bot.ringer import Ringer
from bot.stream import (
    CallRequest,
    CallState,
    MemberRequest,
    StreamClient,
    StreamRefused,
    StreamUnavailable,
    User,
)
from bot.work import (
    Accept,
    Claimed,
    EndCall,
    Kick,
    Never,
    NotifyAgain,
    NotNow,
    PutCall,
    Reject,
    RingMembers,
    UpdateCall,
    Work,
)

log = structlog.get_logger()

RUNG_AT_ONCE = 25
"""What Stream's own ring takes in one request."""
GONE = (400, 404)
"""What Stream answers about a call that has ended, or that it never had: nothing is left to relay."""
WHY_REFUSED = "Stream refused the call, so nobody was rung. An admin can look into it with `ringer doctor`."

Handler = Callable[[Claimed], Awaitable[None]]


@dataclass(frozen=True)
class CallOptions:
    """What the operator wants on every call (CALL_CUSTOM, CALL_SETTINGS_OVERRIDE, roles, tenancy)."""

    custom: Mapping[str, object] = field(default_factory=dict)
    settings_override: Mapping[str, object] = field(default_factory=dict)
    caller_role: str | None = None
    callee_role: str | None = None
    multi_tenant: bool = False


class Relay:
    def __init__(self, stream: StreamClient, ringer: Ringer, options: CallOptions | None = None) -> None:
        self.stream = stream
        self.ringer = ringer
        self.options = options or CallOptions()

    def handlers(self) -> dict[type[Work], Handler]:
        return {
            PutCall: self.put_call,
            RingMembers: self.ring_members,
            UpdateCall: self.update_call,
            NotifyAgain: self.notify_again,
            Accept: self.accept,
            Reject: self.reject,
            Kick: self.kick,
            EndCall: self.end_call,
        }

    # --- putting a call to Stream

    async def put_call(self, claimed: Claimed) -> None:
        call = await self._call(claimed)
        if call is None or call.status is not CallStatus.PREPARING:
            return
        if call.ring_by is not None and call.ring_by <= self.ringer.clock.now():
            return  # Too late to ring: the clock says so to the caller.
        try:
            rung = await self._put(call, again=claimed.attempts > 1)
        except StreamRefused as refused:
            log.error(
                "Stream refused a call", action="call_refused", call=call.id, status=refused.status, why=str(refused)
            )
            await self.ringer.not_rung(call.id, WHY_REFUSED)
        except StreamUnavailable as silent:
            raise _later(silent) from silent
        else:
            await self.ringer.put(call.id, rung=rung)

    async def _put(self, call: Call, *, again: bool) -> tuple[str, ...] | None:
        """Whom Stream rang (told); None where the call was only put down for later."""
        invited = [member for member in call.callees if member.state is MemberState.INVITED]
        now = call.ring_by is not None
        at_its_time = call.starts_at is not None
        in_one_go = not at_its_time or len(invited) <= RUNG_AT_ONCE
        if again and now and in_one_go and (rung := await self._rang_already(call)) is not None:
            return tuple(member.user for member in invited if member.stream_user_id in rung)
        await self._upsert(call, call.members)
        await self.stream.get_or_create_call(
            call.type,
            call.id,
            data=self._request(call),
            ring=now and call.kind is CallKind.RING and not at_its_time,
            notify=now and call.kind is CallKind.NOTIFY,
            video=call.video,
        )
        if now and at_its_time and call.kind is CallKind.RING:
            await self._ring(call, invited)
        return tuple(member.user for member in invited) if now else None

    async def _rang_already(self, call: Call) -> set[str] | None:
        """Who was in the call when Stream rang; None if it has not. It makes the session when it rings; one that
        somebody has joined early proves nothing."""
        state = await self._state(call)
        session = state.call.session if state else None
        if state is None or session is None or not session.id:
            return None
        if session.started_at is not None and call.starts_at is not None:
            return None
        return {member.user_id for member in state.members}

    async def _state(self, call: Call) -> CallState | None:
        try:
            return await self.stream.get_call(call.type, call.id)
        except StreamRefused as refused:
            if refused.status in GONE:
                return None
            raise

    async def _upsert(self, call: Call, members: Sequence[Member]) -> None:
        users = {member.user for member in members}
        people = await self.ringer.ledger.look(lambda tx: tx.people(call.team, users))
        await self.stream.upsert_users([self._user(call, member, people.get(member.user)) for member in members])

    def _user(self, call: Call, member: Member, person: Person | None) -> User:
        return User(
            member.stream_user_id,
            name=person.name if person else None,
            image=(person.image or None) if person else None,
            teams=(call.team,) if self.options.multi_tenant else (),
            custom={"slack_user_id": member.user, "slack_team_id": call.team},
        )

    def _request(self, call: Call) -> CallRequest:
        caller = call.member(call.caller)
        return CallRequest(
            created_by_id=caller.stream_user_id if caller else "",
            members=[self._member(member) for member in call.members],
            custom=self._custom(call),
            settings_override=self._settings(call),
            starts_at=call.starts_at,
            team=call.team if self.options.multi_tenant else None,
            video=call.video,
        )

    def _member(self, member: Member) -> MemberRequest:
        role = self.options.caller_role if member.is_caller else self.options.callee_role
        return MemberRequest(member.stream_user_id, role=role, custom={"slack_user_id": member.user})

    def _custom(self, call: Call) -> dict[str, object]:
        ours = {
            "topic": call.topic,
            "slack_team_id": call.team,
            "slack_channel_id": call.channel,
            "caller_slack_user_id": call.caller,
        }
        return {**ours, **self.options.custom}

    def _settings(self, call: Call) -> dict[str, object]:
        """All three ring time-outs are ours: the deadline that the ledger keeps is the one clients show."""
        timeout = int(call.ring_timeout.total_seconds() * 1000)
        ring = {
            "auto_cancel_timeout_ms": timeout,
            "incoming_call_timeout_ms": timeout,
            "missed_call_timeout_ms": timeout,
        }
        theirs = self.options.settings_override.get("ring")
        more = theirs if isinstance(theirs, Mapping) else {}
        return {**self.options.settings_override, "ring": {**more, **ring}}

    async def _ring(self, call: Call, members: Sequence[Member]) -> None:
        for some in _batches([member.stream_user_id for member in members]):
            await self.stream.ring_call(call.type, call.id, members_ids=some, video=call.video)

    # --- in a live call

    async def ring_members(self, claimed: Claimed) -> None:
        """Ring (tell) just those who are invited to a live call and were not rung yet."""
        call = await self._call(claimed)
        invited = [m for m in call.callees if m.state is MemberState.INVITED] if call and call.is_live else []
        if call is None or not invited:
            return
        users = [member.user for member in invited]
        try:
            await self._upsert(call, invited)
            await self.stream.update_call_members(
                call.type, call.id, update_members=[self._member(member) for member in invited]
            )
            if call.kind is CallKind.NOTIFY:
                await self.stream.get_call(call.type, call.id, notify=True)
            else:
                await self._ring(call, invited)
        except StreamRefused as refused:
            log.error("Stream refused to ring", action="ring_refused", call=call.id, why=str(refused))
            await self.ringer.could_not_ring(call.id, users)
        except StreamUnavailable as silent:
            raise _later(silent) from silent
        else:
            await self.ringer.put(call.id, rung=users)

    async def update_call(self, claimed: Claimed) -> None:
        """Bring Stream's copy of a plan up to date: its time, its topic, its members."""
        call = await self._call(claimed)
        if call is None or call.is_over or not call.on_stream:
            return
        async with _relayed(call):
            state = await self._state(call)
            if state is None:
                return
            await self._upsert(call, call.members)
            await self.stream.update_call(call.type, call.id, starts_at=call.starts_at, custom=self._custom(call))
            ours = {member.stream_user_id for member in call.members}
            await self.stream.update_call_members(
                call.type,
                call.id,
                update_members=[self._member(member) for member in call.members],
                remove_members=sorted({member.user_id for member in state.members} - ours),
            )

    async def notify_again(self, claimed: Claimed) -> None:
        call = await self._call(claimed)
        if call is None or call.is_over:
            return
        async with _relayed(call):
            await self.stream.get_call(call.type, call.id, notify=True)

    # --- answers, leaving, the end

    async def accept(self, claimed: Claimed) -> None:
        """Leave what they are in, then accept, as them."""
        work = claimed.work
        assert isinstance(work, Accept)
        for other_id in work.leave:
            if other := await self.ringer.call(other_id):
                await self._kick(other, work.user)
        call = await self._call(claimed)
        if call is not None:
            async with _relayed(call):
                await self.stream.accept_call(call.type, call.id, user_id=_stream_id(call, work.user))

    async def reject(self, claimed: Claimed) -> None:
        work = claimed.work
        assert isinstance(work, Reject)
        call = await self._call(claimed)
        if call is not None:
            async with _relayed(call):
                await self.stream.reject_call(
                    call.type, call.id, user_id=_stream_id(call, work.user), reason=work.reason
                )

    async def kick(self, claimed: Claimed) -> None:
        work = claimed.work
        assert isinstance(work, Kick)
        call = await self._call(claimed)
        if call is not None:
            await self._kick(call, work.user)

    async def _kick(self, call: Call, user: str) -> None:
        async with _relayed(call):
            await self.stream.kick_user(call.type, call.id, user_id=_stream_id(call, user))

    async def end_call(self, claimed: Claimed) -> None:
        """The caller's own reject first, where there was a ring: it is what clients that still ring listen for."""
        work = claimed.work
        assert isinstance(work, EndCall)
        call = await self._call(claimed)
        if call is None or not _stream_id(call, call.caller):
            return
        if work.reject:
            async with _relayed(call):
                await self.stream.reject_call(
                    call.type, call.id, user_id=_stream_id(call, call.caller), reason=work.reject
                )
        async with _relayed(call):
            await self.stream.end_call(call.type, call.id)

    async def _call(self, claimed: Claimed) -> Call | None:
        return await self.ringer.call(claimed.work.about)


class _relayed:
    """Around a request about one call: that Stream has ended it, or never had it, is no error; silence is for later."""

    def __init__(self, call: Call) -> None:
        self.call = call

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, StreamUnavailable):
            raise _later(error) from error
        if not isinstance(error, StreamRefused):
            return False
        if error.status not in GONE:
            raise Never(str(error)) from error
        log.info("Stream has nothing to relay to", action="relay_gone", call=self.call.id, why=str(error))
        return True


def _later(silent: StreamUnavailable) -> NotNow:
    return NotNow(str(silent), after=silent.retry_after)


def _stream_id(call: Call, user: str) -> str:
    member = call.member(user)
    return member.stream_user_id if member else ""


def _batches(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[at : at + RUNG_AT_ONCE]) for at in range(0, len(ids), RUNG_AT_ONCE)]
