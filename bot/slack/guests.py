"""Whom a call is for: the people named, a group's members or a channel's; who of them is left out, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.call.values import Call, CallStatus, Member, MemberState
from bot.person import Person
from bot.slack.api import SlackError
from bot.slack.blocks.parts import mentions
from bot.slack.blocks.says import verb
from bot.slack.command import MOST_PEOPLE
from bot.slack.people import People, UnknownGroup
from bot.slack.together import together
from bot.work import Prepare

log = structlog.get_logger()

MOST_LOOKED_AT = 200
"""A channel with more than this has too many people for a call, however many of them are bots."""

MOST_IN_A_SENTENCE = 50
"""People named."""
A_BOT = "a bot"


class Refused(Exception):
    """It cannot be done as asked; the text is the sentence that the person reads."""


@dataclass(frozen=True)
class Guests:
    """Those to ring (tell, invite), and a sentence for each who was named and is not."""

    members: tuple[Member, ...]
    skipped: tuple[str, ...] = ()


class GuestList:
    def __init__(self, people: People) -> None:
        self._people = people

    async def caller(self, call: Call) -> Person:
        caller = await self._people.person(call.team, call.caller)
        if caller is None:
            raise Refused("Slack does not show me who you are, so I cannot call anybody for you.")
        return caller

    async def asked(self, call: Call, work: Prepare) -> Guests:
        if work.channel:
            return await self._of_channel(call, work.channel)
        try:
            async with together() as all_of_them:
                groups = [all_of_them.create_task(self._people.group_members(group)) for group in work.groups]
        except UnknownGroup as unknown:
            raise Refused(str(unknown)) from None
        users = (*work.users, *(user for group in groups for user in group.result()))
        if not {*users} - {call.caller}:
            raise Refused(f"There is nobody to {verb(call)} but you. Name somebody else.")
        return await self.named(call, users, afresh=work.afresh)

    async def named(self, call: Call, users: Iterable[str], *, afresh: bool = False) -> Guests:
        named = tuple(user for user in dict.fromkeys(users) if user != call.caller)
        if not named:  # By somebody else in the call, who adds people to it.
            raise Refused(f"This is <@{call.caller}>'s own call. Name somebody else.")
        if len(named) > 2 * MOST_PEOPLE:
            raise Refused(_too_many(len(named), call))
        people = await (self._afresh(call, named) if afresh else self._people.people(call.team, named))
        async with together() as all_of_them:
            asked = [all_of_them.create_task(self._why_not(user, people.get(user))) for user in named]
        reasons = [each.result() for each in asked]
        skipped = tuple(_skipped(zip(named, reasons, strict=True)))
        members = _members(people[user] for user, why in zip(named, reasons, strict=True) if not why)
        if not members:
            raise Refused("\n".join((f"There is nobody to {verb(call)}.", *skipped)))
        return Guests(_few_enough(members, call), skipped)

    async def _afresh(self, call: Call, users: Sequence[str]) -> dict[str, Person]:
        """Where Slack does not say in one try who is still there, what it said within the day has to do."""
        try:
            return await self._people.people(call.team, users, max_age=timedelta())
        except SlackError as error:
            log.warning("Nobody was looked at afresh", action="not_looked_afresh", call=call.id, why=str(error))
            return await self._people.people(call.team, users)

    async def gone(self, call: Call) -> dict[str, str]:
        """By a fresh look: those still waiting to be rung who cannot be any more, and a sentence for each. Of a plan
        its caller too: nobody else could call it off. Nobody is told in a channel that is none any more: that is said
        of its caller."""
        waiting = [member.user for member in call.callees if member.state is MemberState.INVITED]
        planner = [call.caller] if call.status is CallStatus.PREPARING else []
        people = await self._people.people(call.team, [*planner, *waiting], max_age=timedelta())
        why = {user: _why_gone(people.get(user)) for user in waiting}
        gone = {user: f"Skipped <@{user}>: {reason}." for user, reason in why.items() if reason}
        if any(person.is_deleted for person in map(people.get, planner) if person):
            gone[call.caller] = f"<@{call.caller}>, who planned this call, is deactivated, so nobody was rung."
        elif planner and call.to_channel and not call.inside and (why_not := await self._why_no_channel(call)):
            gone[call.caller] = why_not
        return gone

    async def _why_no_channel(self, call: Call) -> str:
        """Why the card of a channel's call cannot be seen there; empty where it can."""
        channel = await self._people.channel(call.channel)
        if channel is None:
            return f"I am not in <#{call.channel}> any more, so nobody was told."
        return f"<#{call.channel}> is archived, so nobody was told." if channel.is_archived else ""

    async def _why_not(self, user: str, person: Person | None) -> str:
        """Why somebody named is left out; empty where they are not."""
        if person is not None and person.is_bot:
            return A_BOT
        if person is None or person.is_deleted:
            return _why_gone(person)
        if person.is_stranger and not await self._people.may_message(user):
            return "from another organisation, and Slack does not let me message them"
        return ""

    async def _of_channel(self, call: Call, channel_id: str) -> Guests:
        """Its people are told by the card there, so strangers among them need no direct message."""
        async with together() as all_three:
            asked = all_three.create_task(self._people.channel(channel_id))
            members = all_three.create_task(self._people.channel_members(channel_id, at_most=MOST_LOOKED_AT))
            ourselves = all_three.create_task(self._people.bot_user())
        channel, everyone, bot = asked.result(), members.result(), ourselves.result()
        if channel is None or not channel.is_member:
            raise Refused(f"I am not in <#{channel_id}>. Type `/invite` <@{bot}> there, then the command once more.")
        if channel.is_archived:
            raise Refused(f"<#{channel_id}> is archived, so nobody can be told there.")
        if call.caller not in everyone and len(everyone) <= MOST_LOOKED_AT:
            raise Refused(f"You are not in <#{channel_id}>. Join it, then type the command once more.")
        others = [user for user in everyone if user not in (call.caller, bot)]
        if len(everyone) > MOST_LOOKED_AT:
            raise Refused(_too_many(max(channel.count, len(everyone)) - len((call.caller, bot)), call))
        people = await self._people.people(call.team, others)
        guests = _members(p for p in map(people.get, others) if p and not (p.is_bot or p.is_deleted))
        if not guests:
            raise Refused(f"Nobody but you is in <#{channel_id}>.")
        return Guests(_few_enough(guests, call))


def _skipped(reasons: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each reason; several where it is so of many, so that each can be shown whole."""
    by_reason: dict[str, list[str]] = {}
    for user, why in reasons:
        by_reason.setdefault(why, []).append(user)
    by_reason.pop("", None)
    for why, users in by_reason.items():
        for first in range(0, len(users), MOST_IN_A_SENTENCE):
            some = users[first : first + MOST_IN_A_SENTENCE]
            yield f"Skipped {mentions(some, len(some))}: {'bots' if why == A_BOT and len(some) > 1 else why}."


def _why_gone(person: Person | None) -> str:
    if person is None:
        return "Slack does not show them to me"
    return "deactivated" if person.is_deleted else ""


def _members(people: Iterable[Person]) -> tuple[Member, ...]:
    return tuple(Member(person.user, person.stream_user_id) for person in people)


def _few_enough(members: Sequence[Member], call: Call) -> tuple[Member, ...]:
    if len(members) > MOST_PEOPLE:
        raise Refused(_too_many(len(members), call))
    return tuple(members)


def _too_many(count: int, call: Call) -> str:
    return f"That is {count} people, and {MOST_PEOPLE} is the most that one call can {verb(call)}."
