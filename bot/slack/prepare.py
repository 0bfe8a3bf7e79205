"""Finds out who the people of a call are and what time was meant, before anything is put to Stream."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog

from bot.call.change import Outcome
from bot.call.values import Call, CallStatus
from bot.ledger import Clock, Ledger
from bot.person import Person
from bot.ringer import Ringer
from bot.slack.api import SlackError, SlackRefused, SlackUnauthorized
from bot.slack.blocks.forms import time_wrong
from bot.slack.guests import GuestList, Refused
from bot.slack.people import People
from bot.slack.together import together
from bot.when import Unclear, read_time
from bot.work import Claimed, EndAsAdmin, LookAfresh, Prepare, PrepareEdit, PreparePeople, Tell

log = structlog.get_logger()

A_MOMENT = timedelta(minutes=1)
"""A time picked may pass while it is sent."""


class Preparing:
    """Handles Prepare, PrepareEdit, PreparePeople, LookAfresh and EndAsAdmin. Each may be done twice."""

    def __init__(self, people: People, ledger: Ledger, clock: Clock, ringer: Ringer) -> None:
        self._people = people
        self._guests = GuestList(people)
        self._ledger = ledger
        self._clock = clock
        self._ringer = ringer

    async def prepare(self, claimed: Claimed) -> None:
        work = cast(Prepare, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None:
            return
        try:
            with _said(call):
                # Side by side: from the command to the first message is what people wait for.
                async with together() as both:
                    who = both.create_task(self._guests.caller(call))
                    whom = both.create_task(self._guests.asked(call, work))
                caller, guests = who.result(), whom.result()
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
        call = await self._still_open(claimed, work)
        if call is None:
            return
        try:
            with _said(call):
                starts_at = _picked(work.at, self._clock.now())
                guests = await self._guests.named(call, work.users)
        except Refused as refused:
            await self._tell(claimed, "refused", call, work.user, str(refused), work.response_url)
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
        call = await self._still_open(claimed, work)
        if call is None:
            return
        try:
            with _said(call):
                guests = await self._guests.named(call, work.users)
        except Refused as refused:
            await self._tell(claimed, "refused", call, work.user, str(refused), work.response_url)
            return
        await self._ringer.added(
            call.id,
            work.user,
            guests.members,
            skipped=guests.skipped,
            response_url=work.response_url,
            claimed=claimed,
        )

    async def look_afresh(self, claimed: Claimed) -> None:
        """Before people are rung later than they were named. Where Slack does not say in one try who is still there,
        all of them are rung."""
        work = cast(LookAfresh, claimed.work)
        call = await self._open_call(work.call_id)
        if call is None or not (call.status is CallStatus.PREPARING or call.is_live):
            return
        try:
            gone = await self._guests.gone(call)
        except SlackError as error:
            log.warning("Nobody was looked at afresh", action="not_looked_afresh", call=call.id, why=str(error))
            gone = {}
        await self._ringer.looked_at(call.id, gone)

    async def end_as_admin(self, claimed: Claimed) -> None:
        work = cast(EndAsAdmin, claimed.work)
        call = await self._still_open(claimed, work)
        if call is None:
            return
        is_admin = await self._is_admin(call.team, work.user)
        await self._ringer.end_checked(call.id, work.user, is_admin, work.response_url)

    async def _is_admin(self, team: str, user: str) -> bool:
        """By a fresh look. Who cannot be looked up is none, and is told who may end a call."""
        try:
            person = await self._people.person(team, user, max_age=timedelta())
        except SlackRefused as refused:
            log.warning("Slack does not say who is an admin", action="admin_unknown", why=refused.code)
            return False
        return person is not None and person.is_admin

    async def _open_call(self, call_id: str) -> Call | None:
        call = await self._ledger.look(lambda tx: tx.call(call_id))
        return None if call is None or call.is_over else call

    async def _still_open(self, claimed: Claimed, work: PrepareEdit | PreparePeople | EndAsAdmin) -> Call | None:
        """None where it is over by now: so much is said to whoever pressed."""
        call = await self._ledger.look(lambda tx: tx.call(work.call_id))
        if call is not None and call.is_over:
            await self._tell(claimed, Outcome.OVER, call, work.user, "", work.response_url)
            return None
        return call

    async def _tell(self, claimed: Claimed, note: str, call: Call, user: str, why: str, response_url: str) -> None:
        """Only the one who pressed hears of it; nothing else comes of the press."""
        tell = Tell(f"{note}-{claimed.id}", note, call.team, user, call.id, why, response_url)
        await self._ledger.commit(lambda tx: tx.owe(tell))


@contextmanager
def _said(call: Call) -> Iterator[None]:
    """What Slack refuses to say (a scope that is missing, a token revoked) is said too: nobody waits for nothing."""
    try:
        yield
    except (SlackRefused, SlackUnauthorized) as refused:
        log.error("Slack does not say who is meant", action="people_unknown", call=call.id, why=refused.code)
        raise Refused(f"Slack does not tell me who they are ({refused.code}), so nothing was done.") from refused


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
        more = f" Try `{found.suggestion}`." if found.suggestion else ""
        raise Refused(f"{found.why}{more}")
    return found.at


def _picked(at: float, now: datetime) -> datetime:
    if wrong := time_wrong(at, now, late_by=A_MOMENT):
        raise Refused(wrong)
    return datetime.fromtimestamp(at, UTC)
