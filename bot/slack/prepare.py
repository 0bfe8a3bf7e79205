"""Finds out who the people of a call are and what time was meant, before anything is put to Stream."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import structlog

from bot.call.change import Outcome
from bot.call.values import Call, CallKind, Member
from bot.person import Person
from bot.ringer.ledger import Clock, Ledger, Tx
from bot.slack.people import People, UnknownGroup
from bot.when import Unclear, read_time
from bot.work import Claimed, EndAsAdmin, Prepare, PrepareEdit, PreparePeople, Tell

log = structlog.get_logger()

MOST_PEOPLE = 99
"""A call has 100 members at most, and its caller is one of them."""
MOST_LOOKED_AT = 200
"""A channel with more than this has too many people for a call, however many of them are bots."""
YEAR = timedelta(days=366)
A_MOMENT = timedelta(minutes=1)
"""A time picked may pass while it is sent."""


class Ringer(Protocol):
    """What becomes of a call once its people are known."""

    async def prepared(
        self,
        call_id: str,
        members: tuple[Member, ...],
        *,
        caller_stream_id: str,
        starts_at: datetime | None,
        skipped: tuple[str, ...],
        response_url: str,
    ) -> Outcome: ...

    async def refused(self, call_id: str, why: str, response_url: str) -> Outcome: ...

    async def edited(
        self,
        call_id: str,
        user: str,
        members: tuple[Member, ...],
        *,
        starts_at: datetime,
        topic: str,
        skipped: tuple[str, ...],
        response_url: str,
    ) -> Outcome: ...

    async def added(
        self, call_id: str, user: str, members: tuple[Member, ...], *, skipped: tuple[str, ...], response_url: str
    ) -> Outcome: ...

    async def end_checked(self, call_id: str, user: str, is_admin: bool, response_url: str) -> Outcome: ...


class Refused(Exception):
    """It cannot be done as asked; the text is the sentence that the person reads."""


@dataclass(frozen=True)
class Guests:
    """Those to ring (tell, invite), and a sentence for each who was named and is not."""

    members: tuple[Member, ...]
    skipped: tuple[str, ...] = ()


class Preparing:
    """Handles Prepare, PrepareEdit, PreparePeople and EndAsAdmin. Each may be done twice."""

    def __init__(self, people: People, ledger: Ledger, clock: Clock, ringer: Ringer) -> None:
        self._people = people
        self._ledger = ledger
        self._clock = clock
        self._ringer = ringer

    async def prepare(self, claimed: Claimed) -> None:
        work = cast(Prepare, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None:
            return
        try:
            # Side by side: from the command to the first message is what people wait for.
            caller, guests = await asyncio.gather(self._caller(call), self._guests(call, work))
            starts_at = _starts_at(work, caller, call)
        except Refused as refused:
            log.info("The call was refused", action="call_refused", call=call.id)
            await self._ringer.refused(call.id, str(refused), work.response_url)
            return
        await self._ringer.prepared(
            call.id,
            guests.members,
            caller_stream_id=caller.stream_user_id,
            starts_at=starts_at,
            skipped=guests.skipped,
            response_url=work.response_url,
        )

    async def prepare_edit(self, claimed: Claimed) -> None:
        work = cast(PrepareEdit, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None:
            return
        try:
            starts_at = _picked(work.at, self._clock.now())
            guests = await self._named(call, work.users)
        except Refused as refused:
            await self._tell(claimed, call, work.user, str(refused), work.response_url)
            return
        await self._ringer.edited(
            call.id,
            work.user,
            guests.members,
            starts_at=starts_at,
            topic=work.topic,
            skipped=guests.skipped,
            response_url=work.response_url,
        )

    async def prepare_people(self, claimed: Claimed) -> None:
        work = cast(PreparePeople, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None:
            return
        try:
            guests = await self._named(call, work.users)
        except Refused as refused:
            await self._tell(claimed, call, work.user, str(refused), work.response_url)
            return
        await self._ringer.added(
            call.id, work.user, guests.members, skipped=guests.skipped, response_url=work.response_url
        )

    async def end_as_admin(self, claimed: Claimed) -> None:
        work = cast(EndAsAdmin, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None:
            return
        person = await self._people.person(call.team, work.user, max_age=timedelta())
        is_admin = person is not None and person.is_admin
        await self._ringer.end_checked(call.id, work.user, is_admin, work.response_url)

    async def _open_call(self, call_id: str) -> Call | None:
        call = await self._ledger.look(lambda tx: tx.call(call_id))
        return None if call is None or call.is_over else call

    async def _tell(self, claimed: Claimed, call: Call, user: str, why: str, response_url: str) -> None:
        """Only the one who pressed hears of it: the call itself goes on as it is."""
        tell = Tell(f"refused-{claimed.id}", "refused", call.team, user, call.id, why, response_url)

        def owe(tx: Tx) -> None:
            tx.owe(tell)

        await self._ledger.commit(owe)

    # --- who

    async def _caller(self, call: Call) -> Person:
        caller = await self._people.person(call.team, call.caller)
        if caller is None:
            raise Refused("Slack does not show me who you are, so I cannot call anybody for you.")
        return caller

    async def _guests(self, call: Call, work: Prepare) -> Guests:
        if work.channel:
            return await self._of_channel(call, work.channel)
        try:
            groups = await asyncio.gather(*(self._people.group_members(group) for group in work.groups))
        except UnknownGroup as unknown:
            raise Refused(str(unknown)) from None
        return await self._named(call, (*work.users, *(user for group in groups for user in group)))

    async def _named(self, call: Call, users: Iterable[str]) -> Guests:
        named = tuple(user for user in dict.fromkeys(users) if user != call.caller)
        if not named:
            raise Refused(_nobody(call, alone=True))
        if len(named) > 2 * MOST_PEOPLE:
            raise Refused(_too_many(len(named), call))
        people = await self._people.people(call.team, named)
        reasons = await asyncio.gather(*(self._why_not(user, people.get(user)) for user in named))
        skipped = tuple(f"Skipped <@{user}>: {why}." for user, why in zip(named, reasons, strict=True) if why)
        members = _members(people[user] for user, why in zip(named, reasons, strict=True) if not why)
        if not members:
            raise Refused("\n".join((_nobody(call), *skipped)))
        return Guests(_few_enough(members, call), skipped)

    async def _why_not(self, user: str, person: Person | None) -> str:
        """Why somebody named is left out; empty where they are not."""
        if person is None:
            return "Slack does not show them to me"
        if person.is_bot:
            return "a bot"
        if person.is_deleted:
            return "deactivated"
        if person.is_stranger and not await self._people.may_message(user):
            return "of another organisation, and Slack does not let me message them"
        return ""

    async def _of_channel(self, call: Call, channel_id: str) -> Guests:
        """Its people are told by the card there, so strangers among them need no direct message."""
        channel, everyone, bot = await asyncio.gather(
            self._people.channel(channel_id),
            self._people.channel_members(channel_id, at_most=MOST_LOOKED_AT),
            self._people.bot_user(),
        )
        if channel is None or not channel.is_member:
            raise Refused(f"I am not in <#{channel_id}>. Type `/invite` <@{bot}> there, then the command once more.")
        if channel.is_archived:
            raise Refused(f"<#{channel_id}> is archived, so nobody can be told there.")
        if call.caller not in everyone and len(everyone) <= MOST_LOOKED_AT:
            raise Refused(f"You are not in <#{channel_id}>. Join it, then type the command once more.")
        others = [user for user in everyone if user not in (call.caller, bot)]
        if len(everyone) > MOST_LOOKED_AT:
            raise Refused(_too_many(max(channel.count, len(everyone)), call))
        people = await self._people.people(call.team, others)
        members = _members(p for p in map(people.get, others) if p and not (p.is_bot or p.is_deleted))
        if not members:
            raise Refused(f"Nobody but you is in <#{channel_id}>.")
        return Guests(_few_enough(members, call))


def _members(people: Iterable[Person]) -> tuple[Member, ...]:
    return tuple(Member(person.user, person.stream_user_id) for person in people)


def _few_enough(members: Sequence[Member], call: Call) -> tuple[Member, ...]:
    if len(members) > MOST_PEOPLE:
        raise Refused(_too_many(len(members), call))
    return tuple(members)


def _verb(call: Call) -> str:
    return "tell" if call.kind is CallKind.NOTIFY else "ring"


def _too_many(count: int, call: Call) -> str:
    return f"That is {count} people, and {MOST_PEOPLE} is the most that one call can {_verb(call)}."


def _nobody(call: Call, *, alone: bool = False) -> str:
    if alone:
        return f"There is nobody to {_verb(call)} but you. Name somebody else."
    return f"There is nobody to {_verb(call)}."


# --- when


def _starts_at(work: Prepare, caller: Person, call: Call) -> datetime | None:
    if work.at is not None:
        return _picked(work.at, call.created_at)
    if not work.when:
        return None
    found = read_time(work.when, tz=caller.tz, now=call.created_at)
    if found is None:
        raise Refused(f"I cannot read “{work.when}” as a time. Try `in 10 minutes`, `at 15:00` or `tomorrow 9:30`.")
    if isinstance(found, Unclear):
        more = f" Try `{found.suggestion_text}`." if found.suggestion_text else ""
        raise Refused(f"{found.why}{more}")
    return found.at


def _picked(at: float, now: datetime) -> datetime:
    try:
        picked = datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError, ValueError):
        raise Refused("That time is not in the calendar. Pick another.") from None
    if picked <= now - A_MOMENT:
        raise Refused("That time has passed. Pick a later one.")
    if picked > now + YEAR:
        raise Refused("That is more than a year away. Pick an earlier time.")
    return picked
