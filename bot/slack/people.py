"""Who somebody is: Slack's people, groups and channels, with their user ids on Stream. People are remembered for a day,
or until Slack tells of a change in them."""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.ledger import Clock, Ledger
from bot.person import Person
from bot.slack.api import Channel, SlackApi, SlackBusy, SlackRefused
from bot.slack.finding import direct

log = structlog.get_logger()

DAY = timedelta(days=1)
CROWD = 25
"""So many at once are looked for in the list of everyone first."""
LISTED_AT_MOST = 1500
A_WHILE = timedelta(minutes=10)
NOT_SHOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
NOT_A_CHANNEL = frozenset({"channel_not_found", "method_not_supported_for_channel_type", "missing_scope"})


class UnknownGroup(Exception):
    """Its text is a sentence for whoever named the group."""


class People:
    def __init__(
        self, api: SlackApi, ledger: Ledger, clock: Clock, stream_user_id_template: str = "{team}-{user}"
    ) -> None:
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._template = stream_user_id_template
        self._bot_user = ""
        self._passed: dict[str, Person] = {}
        """Everyone on the pages read last. Only those who are asked for come into the ledger."""
        self._is_busy = False
        """There was no room to look people up one by one."""

    async def person(self, team: str, user: str, *, max_age: timedelta = DAY) -> Person | None:
        """None: Slack does not know them, or does not show them to the bot."""
        return (await self.people(team, (user,), max_age=max_age)).get(user)

    async def people(self, team: str, users: Collection[str], *, max_age: timedelta = DAY) -> dict[str, Person]:
        """Those of them that Slack shows to the bot, by user id, looked at no longer ago than `max_age`.

        What was found out is kept even where not all could be, so that the next try has less to ask.
        """
        users = tuple(dict.fromkeys(users))
        known = await self._ledger.look(lambda tx: tx.people(team, users))
        now = self._clock.now()
        fresh = {user: person for user, person in known.items() if _is_fresh(person, now, max_age)}
        missing = [user for user in users if user not in fresh]
        return {**fresh, **await self._looked_up(team, missing, max_age)} if missing else fresh

    def described(self, team: str, shown: Mapping[str, Any]) -> Person:
        """Somebody of whom Slack tells by itself, perhaps without their address."""
        return person_from(shown, team, self._template, self._clock.now())

    async def changed(self, told: Person) -> None:
        """Whoever is known otherwise is asked for anew when they are needed next. Most changes are of a status only,
        which is nothing to calls."""
        self._passed.pop(told.user, None)
        known = await self._ledger.look(lambda tx: tx.person(told.team, told.user))
        if known is None or known == _with_what_events_leave_out(told, known):
            return
        old = replace(known, fetched_at=self._clock.now() - DAY)
        await self._ledger.commit(lambda tx: tx.save_people([old]))

    async def _looked_up(self, team: str, users: Collection[str], max_age: timedelta) -> dict[str, Person]:
        listed = self._in_passing(users, max_age)
        if len(listed) < len(users) and (len(users) >= CROWD or self._is_busy):
            listed = await self._listed(team, users)
        rest = [user for user in users if user not in listed]
        answers = await asyncio.gather(*(self._look_up(team, user) for user in rest), return_exceptions=True)
        self._is_busy = any(isinstance(answer, SlackBusy) for answer in answers)
        found = [*listed.values(), *(person for person in answers if isinstance(person, Person))]
        if found:
            await self._ledger.commit(lambda tx: tx.save_people(found))
        _raise_first(answers)
        return {person.user: person for person in found}

    async def _listed(self, team: str, users: Collection[str]) -> dict[str, Person]:
        """Those of a crowd who stand in the first pages of everyone: one call where users.info would take a minute."""
        wanted = set(users)
        seen: dict[str, Person] = {}
        try:
            async with aclosing(self._api.users_list()) as everyone:
                async for shown in everyone:
                    seen[shown["id"]] = person_from(shown, team, self._template, self._clock.now())
                    if wanted <= seen.keys() or len(seen) >= LISTED_AT_MOST:
                        break
        except SlackBusy as busy:
            log.info("Everyone cannot be listed now", action="list_busy", after=busy.after)
        self._passed = seen or self._passed
        return {user: person for user, person in seen.items() if user in wanted}

    def _in_passing(self, users: Collection[str], max_age: timedelta) -> dict[str, Person]:
        """Those who were seen lately in the list of everyone, when others were looked for."""
        now = self._clock.now()
        known = ((user, self._passed.get(user)) for user in users)
        return {user: person for user, person in known if person and _is_fresh(person, now, min(max_age, A_WHILE))}

    async def _look_up(self, team: str, user: str) -> Person | None:
        try:
            shown = await self._api.users_info(user)
        except SlackRefused as refused:
            if refused.code in NOT_SHOWN:
                return None
            raise
        return person_from(shown, team, self._template, self._clock.now())

    async def group_members(self, group: str) -> tuple[str, ...]:
        """Raises UnknownGroup with a sentence for whoever named it."""
        try:
            return await self._api.usergroups_users_list(group)
        except SlackRefused as refused:
            if refused.code == "plan_upgrade_required":
                raise UnknownGroup(
                    "Groups are not part of this workspace's Slack plan. Name the people instead."
                ) from None
            if refused.code == "no_such_subteam":
                raise UnknownGroup(
                    "That group is not there any more. Pick another from Slack's list, or name the people."
                ) from None
            raise

    async def channel(self, channel: str) -> Channel | None:
        """None where the bot cannot see it, or where it is no channel."""
        if _is_direct(channel):
            return None
        try:
            found = await self._api.conversations_info(channel)
        except SlackRefused as refused:
            if refused.code in NOT_A_CHANNEL:
                return None
            raise
        return None if found.is_direct else found

    async def channel_members(self, channel: str, *, at_most: int) -> tuple[str, ...]:
        """Everyone in it, bots and all; none where the bot cannot see it. Few more than `at_most` are looked at."""
        if _is_direct(channel):
            return ()
        try:
            return await self._api.conversations_members(channel, at_most=at_most)
        except SlackRefused as refused:
            if refused.code in NOT_A_CHANNEL:
                return ()
            raise

    async def may_message(self, user: str) -> bool:
        """Whether Slack lets the bot write to somebody of another organisation."""
        return bool(await direct(self._api, user))

    async def bot_user(self) -> str:
        """The bot's own user id."""
        if not self._bot_user:
            self._bot_user = (await self._api.auth_test()).user
        return self._bot_user


def _is_direct(channel: str) -> bool:
    """A direct message, or the id of whom it is with: the bot has no scope to look into any, its own neither."""
    return channel[:1] in ("D", "U", "W")


def _with_what_events_leave_out(told: Person, known: Person) -> Person:
    return replace(told, email=known.email, stream_user_id=known.stream_user_id, fetched_at=known.fetched_at)


def _is_fresh(person: Person, now: datetime, max_age: timedelta) -> bool:
    return person.fetched_at is not None and now - person.fetched_at < max_age


def _raise_first(answers: Iterable[object]) -> None:
    """A real failure first; of several waits, the longest."""
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    failures.sort(key=lambda failure: (isinstance(failure, SlackBusy), -(getattr(failure, "after", None) or 0)))
    if failures:
        raise failures[0]


def person_from(shown: Mapping[str, Any], team: str, template: str, now: datetime) -> Person:
    """https://docs.slack.dev/reference/objects/user-object; people of other organisations come with less."""
    profile = shown.get("profile") or {}
    user = str(shown["id"])
    email = str(profile.get("email") or "")
    stranger = _is_stranger(shown, team)
    return Person(
        team=team,
        user=user,
        name=_name(shown, profile),
        tz=str(shown.get("tz") or "UTC"),
        image=str(profile.get("image_192") or profile.get("image_72") or ""),
        email=email,
        stream_user_id=stream_user_id(template, team=team, user=user, email=email),
        is_bot=bool(shown.get("is_bot") or shown.get("is_workflow_bot") or user == "USLACKBOT"),
        is_deleted=bool(shown.get("deleted")),
        is_guest=bool(shown.get("is_restricted") or shown.get("is_ultra_restricted")),
        is_stranger=stranger,
        is_admin=not stranger and bool(shown.get("is_admin") or shown.get("is_owner") or shown.get("is_primary_owner")),
        fetched_at=now,
    )


def _name(shown: Mapping[str, Any], profile: Mapping[str, Any]) -> str:
    return str(
        profile.get("display_name") or profile.get("real_name") or shown.get("real_name") or shown.get("name") or ""
    )


def _is_stranger(shown: Mapping[str, Any], team: str) -> bool:
    """On an Enterprise Grid somebody's own team may be another of the same organisation."""
    teams = {shown.get("team_id", team), *((shown.get("enterprise_user") or {}).get("teams") or ())}
    return bool(shown.get("is_stranger")) or team not in teams


def stream_user_id(template: str, *, team: str, user: str, email: str) -> str:
    """`template` with its values in Stream's alphabet; without an address, the plain one for `{email}`."""
    if "{email}" in template and not email:
        template = "{team}-{user}"
    return template.format(team=_encoded(team), user=_encoded(user), email=_encoded(email))


def _encoded(value: str) -> str:
    """Stream's user ids are made of a-z, 0-9, @, _ and -. Everything else becomes `_` and its bytes in hex, and so does
    `_` itself: no two values look the same. Case means nothing in Slack's ids, nor in people's addresses."""
    return re.sub(r"[^a-z0-9@-]", lambda found: "".join(f"_{b:02x}" for b in found[0].encode()), value.lower())
