"""Each piece of work that is owed to Stream, and what comes of it.

Every piece may be tried again after an unknown outcome. The call's id is ours, so creating it twice is creating it
once; before a ring is repeated Stream is asked whether it rang.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from bot.call.values import Call, CallKind, CallStatus, Member, MemberState
from bot.relay.requests import CallOptions
from bot.ringer import Ringer
from bot.stream import CallState, StreamClient, StreamError, StreamRefused, StreamUnauthorized, StreamUnavailable
from bot.stream.client import RUNG_AT_ONCE
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
from bot.worker import Handler

log = structlog.get_logger()

GONE = (400, 404)
"""What Stream answers about a call that has ended, or that it never had: nothing is left to relay."""
WHY_REFUSED = "Stream refused the call, so nobody was rung. An admin can look into it with `ringer doctor`."


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
        if call is not None and call.is_live and _takes_several_rings(call):  # The first were rung by an earlier try.
            await self.ring_members(claimed)
            return
        if call is None or call.status is not CallStatus.PREPARING:
            return
        if call.ring_by is not None and call.ring_by <= self.ringer.clock.now():
            return  # Too late to ring: the clock says so to the caller.
        try:
            rung = await self._put(call, again=claimed.attempts > 1)
        except StreamRefused as refused:
            if isinstance(refused, StreamUnauthorized) and call.starts_at is not None:
                raise NotNow(str(refused)) from refused  # Whoever just rings is waiting, whoever plans is not.
            log.error(
                "Stream refused a call", action="call_refused", call=call.id, status=refused.status, why=str(refused)
            )
            await self.ringer.not_rung(call.id, WHY_REFUSED)
            await self.ringer.could_not_ring(call.id, [member.user for member in call.callees])  # Where others were.
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
            data=self.options.request(call),
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
        await self.stream.upsert_users([self.options.user(call, member, people.get(member.user)) for member in members])

    async def _ring(self, call: Call, members: Sequence[Member]) -> None:
        """Where Stream fails at some, those before them are known to be rung, and are not rung again with the rest."""
        for at in range(0, len(members), RUNG_AT_ONCE):
            ids = [member.stream_user_id for member in members[at : at + RUNG_AT_ONCE]]
            try:
                await self.stream.ring_call(call.type, call.id, members_ids=ids, video=call.video)
            except StreamError:
                if at:
                    await self.ringer.put(call.id, rung=[member.user for member in members[:at]])
                raise

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
                call.type, call.id, update_members=[self.options.member(member) for member in invited]
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
            await self.stream.update_call(
                call.type, call.id, starts_at=call.starts_at, custom=self.options.custom_of(call)
            )
            ours = {member.stream_user_id for member in call.members}
            removed = sorted({member.user_id for member in state.members} - ours)
            for user_id in _inside(state, removed):  # First: once they are no members, nobody knows who they were.
                await self.stream.kick_user(call.type, call.id, user_id=user_id)
            await self.stream.update_call_members(
                call.type,
                call.id,
                update_members=[self.options.member(member) for member in call.members],
                remove_members=removed,
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
        """Unless it is no longer so: they are about to be rung again, and Stream would take it for their answer."""
        work = claimed.work
        assert isinstance(work, Reject)
        call = await self._call(claimed)
        member = call.member(work.user) if call else None
        if call is not None and member is not None and member.state is MemberState.REJECTED:
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
        """Unless they have come back since they left: Stream would put them out of the call they are in again."""
        member = call.member(user)
        if member is None or member.takes_part:
            return
        async with _relayed(call):
            await self.stream.kick_user(call.type, call.id, user_id=member.stream_user_id)

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


@asynccontextmanager
async def _relayed(call: Call) -> AsyncIterator[None]:
    """Around a request about one call: that Stream has ended it, or never had it, is no error; silence is for later,
    and so is a refusal of the bot itself."""
    try:
        yield
    except StreamUnavailable as silent:
        raise _later(silent) from silent
    except StreamUnauthorized as refused:
        raise NotNow(str(refused)) from refused
    except StreamRefused as refused:
        if refused.status not in GONE:
            raise Never(str(refused)) from refused
        log.info("Stream has nothing to relay to", action="relay_gone", call=call.id, why=str(refused))


def _takes_several_rings(call: Call) -> bool:
    """A plan's people are rung so many at a time."""
    return call.starts_at is not None and len(call.callees) > RUNG_AT_ONCE


def _inside(state: CallState, user_ids: Sequence[str]) -> list[str]:
    """Those of them who are in the call early, by whatever device."""
    session = state.call.session
    there = {participant.user.id for participant in session.participants} if session else set()
    return [user_id for user_id in user_ids if user_id in there]


def _later(silent: StreamUnavailable) -> NotNow:
    return NotNow(str(silent), after=silent.retry_after)


def _stream_id(call: Call, user: str) -> str:
    member = call.member(user)
    return member.stream_user_id if member else ""
