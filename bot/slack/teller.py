"""Says something to one person alone: where they pressed or typed, else in their direct messages."""

from typing import cast

import structlog

from bot.call.values import Call
from bot.ledger import Ledger
from bot.slack.api import SlackApi, SlackRefused
from bot.slack.blocks import Drawn, Note, note
from bot.slack.finding import BROKEN, NOTE, find_direct, not_here
from bot.slack.painter import Mint
from bot.work import Claimed, Never, Tell

log = structlog.get_logger()


class Teller:
    """Handles Tell. What nobody but its reader sees cannot be looked up: after an unknown outcome it may repeat.

    `own_links`: each person's link into the call is theirs alone.
    """

    def __init__(self, api: SlackApi, ledger: Ledger, mint: Mint, *, own_links: bool = True) -> None:
        self._api = api
        self._ledger = ledger
        self._mint = mint
        self._own_links = own_links

    async def __call__(self, claimed: Claimed) -> None:
        tell = cast(Tell, claimed.work)
        call = await self._ledger.look(lambda tx: tx.call(tell.call_id)) if tell.call_id else None
        drawn = await self._drawn(tell, call)
        try:
            if await self._where_they_are(tell, drawn):
                return
            await self._by_direct_message(tell, call, drawn, tried=claimed.attempts > 1)
        except SlackRefused as refused:
            if refused.code in BROKEN:
                raise Never(str(refused)) from refused
            if not not_here(refused):
                raise
            log.warning("Nobody could be told", action="not_told", call=tell.call_id, note=tell.note, why=refused.code)

    async def _drawn(self, tell: Tell, call: Call | None) -> Drawn:
        kind = Note(tell.note)
        may_join = call is not None and not call.is_over and call.member(tell.user) is not None
        drawn = note(kind, call=call, user=tell.user, text=tell.text, own_links=self._own_links)
        if call is not None and may_join and drawn.leads_in:
            return drawn.with_link(await self._mint(call, tell.user))
        return drawn

    async def _where_they_are(self, tell: Tell, drawn: Drawn) -> bool:
        """Whether it could be said where they pressed, typed or are."""
        try:
            if tell.response_url:
                await self._api.respond(tell.response_url, drawn.text, drawn.blocks, replace_original=False)
                return True
            if tell.channel:
                await self._api.post_ephemeral(tell.channel, tell.user, drawn.text, drawn.blocks)
                return True
        except SlackRefused as refused:
            if refused.code in BROKEN:
                raise
        return False

    async def _by_direct_message(self, tell: Tell, call: Call | None, drawn: Drawn, *, tried: bool) -> None:
        if tried and call and await find_direct(self._api, tell.user, call, NOTE, id=tell.id):
            return
        await self._api.post(tell.user, drawn.text, drawn.blocks, event_type=NOTE, payload={"id": tell.id})
