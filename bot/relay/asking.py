"""Asks Stream how calls stand, where a report of it may have been lost."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.call.values import Call
from bot.ringer import Ringer
from bot.stream import Page, StreamClient, StreamError

log = structlog.get_logger()

ANSWERS_WITHIN = 2.0
"""Seconds that a deadline waits for Stream."""
AT_ONCE = 100
"""Calls that Stream is asked about, all of which it lists in one page: one that is not in it is known to it no more."""


class Asking:
    def __init__(self, stream: StreamClient, ringer: Ringer) -> None:
        self.stream = stream
        self.ringer = ringer
        self._since: datetime | None = None
        """When it was asked first: what Stream told before that may have been lost while the bot was stopped."""

    async def late_answers(self) -> set[str] | None:
        """A lost report must not make a call that was taken one that nobody answered: Stream is asked first.

        Returns the calls it was asked about; None where there is no asking it.
        """
        if self.ringer.rules.huddle:
            return None
        expiring = await self.ringer.expiring_calls(AT_ONCE)
        if not expiring:
            return set()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                page = await self._ask(expiring)
        except (StreamError, TimeoutError) as silent:
            log.warning("Stream does not say who has answered", action="answers_unknown", why=str(silent))
            return None
        known = {state.call.cid for state in page.calls}
        await self.ringer.reconcile([call for call in expiring if call.cid in known], page.calls)
        return {call.id for call in expiring}

    async def silent_calls(self) -> None:
        """The open calls that it has told nothing of for a minute, nor since the start, are brought up to what it says
        of them."""
        now = self.ringer.clock.now()
        self._since = min(self._since or now, now)  # A clock that was set back must not have it asked without end.
        while silent := await self.ringer.silent_calls(self._since, AT_ONCE):
            try:
                page = await self._ask(silent)
            except StreamError as why:  # It is asked again in a minute.
                log.warning("Stream does not say how calls stand", action="stream_silent", why=str(why))
                return
            await self.ringer.reconcile(silent, page.calls)

    async def _ask(self, calls: Iterable[Call]) -> Page:
        return await self.stream.query_calls({"cid": {"$in": [call.cid for call in calls]}}, limit=AT_ONCE)
