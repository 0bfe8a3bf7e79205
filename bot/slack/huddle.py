"""Finds the conversation in whose huddle a call's people meet: the call's own where all of them are in it, else a
group DM of them all."""

import asyncio
import hashlib
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.call.values import Call
from bot.ledger import Clock, Ledger
from bot.slack.api import SlackApi
from bot.slack.finding import group_dm
from bot.slack.people import People

MOST_LOOKED_AT = 1000
"""Members of a channel; in a larger one nobody is looked for."""
DECIDED_FOR = timedelta(days=2)
"""Longer than a huddle lasts."""
REMEMBERED = 10_000


class Huddles:
    def __init__(self, api: SlackApi, people: People, ledger: Ledger, clock: Clock) -> None:
        self._api = api
        self._people = people
        self._ledger = ledger
        self._clock = clock
        self._decided: dict[str, str] = {}
        self._deciding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def channel(self, call: Call) -> str:
        """The same for the same people of a call, whoever joins or leaves a channel meanwhile: they are to meet."""
        key = _key(call)
        if known := self._decided.get(key):
            return known
        # A call's messages are drawn side by side, and all ask this.
        async with self._deciding.setdefault(key, asyncio.Lock()):
            if key not in self._decided:
                self._remember(key, await self._first(key, await self._find(call)))
            return self._decided[key]

    async def _first(self, key: str, found: str) -> str:
        now = self._clock.now()
        return await self._ledger.commit(lambda tx: tx.first_of(key, found, now, DECIDED_FOR))

    def _remember(self, key: str, channel: str) -> None:
        if len(self._decided) >= REMEMBERED:
            self._decided.clear()
        self._decided[key] = channel

    async def _find(self, call: Call) -> str:
        """Where no conversation is everybody's, the call's own: of a public channel, most people find in."""
        everyone = {member.user for member in call.members}
        here = set(await self._people.channel_members(call.channel, at_most=MOST_LOOKED_AT))
        return call.channel if everyone <= here else await group_dm(self._api, call) or call.channel


def _key(call: Call) -> str:
    people = hashlib.sha256(",".join(sorted(member.user for member in call.members)).encode()).hexdigest()
    return f"huddle:{call.id}:{people}"
