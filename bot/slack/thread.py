"""Tells a call's story in the thread under its card: each line once, in order; lines that wait go out together."""

from collections.abc import Iterator, Sequence
from typing import cast

import structlog

from bot.call.values import Call, TimelineEntry
from bot.ledger import Ledger, Tx
from bot.messages import Message, MessageKind
from bot.slack.api import SlackApi, SlackRefused
from bot.slack.blocks import is_for_the_channel, line
from bot.slack.blocks.parts import section
from bot.slack.finding import BROKEN, LINES, not_here
from bot.work import Claimed, Never, TellThread

log = structlog.get_logger()

LONGEST = 2900
"""Characters of one post: a section takes 3000. https://docs.slack.dev/reference/block-kit/blocks/section-block"""
CLOSED = frozenset({"cannot_reply_to_message", "thread_not_found", "message_not_found"})

Line = tuple[int, str]
"""The entry's number, and what is said of it."""


class Thread:
    """Handles TellThread."""

    def __init__(self, api: SlackApi, ledger: Ledger) -> None:
        self._api = api
        self._ledger = ledger

    async def __call__(self, claimed: Claimed) -> None:
        work = cast(TellThread, claimed.work)
        call, card, entries = await self._ledger.look(lambda tx: _what_is_untold(tx, work.call_id))
        if call is None or card is None or not entries:
            return
        if card.gone:
            await self._told(card, entries[-1].seq)
            return
        if not card.ts:  # The painter owes this once more when the card has its place.
            return
        try:
            await self._tell(call, card, entries, tried=claimed.attempts > 1)
        except SlackRefused as refused:
            if refused.code in BROKEN:
                raise Never(str(refused)) from refused
            if refused.code not in CLOSED and not not_here(refused):
                raise
            log.warning("A thread is closed", action="thread_closed", call=call.id, why=refused.code)
            await self._told(card, entries[-1].seq)

    async def _tell(self, call: Call, card: Message, entries: Sequence[TimelineEntry], *, tried: bool) -> None:
        told = await self._told_already(call, card) if tried else 0
        if told > card.told:
            await self._told(card, told)
        loud = {entry.seq for entry in entries if is_for_the_channel(entry, call)}
        for post in _posts([(entry.seq, line(entry, call)) for entry in entries if entry.seq > told]):
            await self._post(call, card, post, broadcast=any(seq in loud for seq, _ in post))

    async def _told_already(self, call: Call, card: Message) -> int:
        """What an earlier try, whose answer nobody heard, may have told."""
        told = 0
        async for reply in self._api.replies(card.channel, card.ts):
            if reply.event_type == LINES and reply.payload.get("call_id") == call.id:
                told = max(told, int(reply.payload.get("to", 0)))
        return told

    async def _post(self, call: Call, card: Message, lines: Sequence[Line], *, broadcast: bool) -> None:
        first, last = lines[0][0], lines[-1][0]
        text = "\n".join(said for _, said in lines if said)
        if text:
            await self._api.post_inside(
                card.channel,
                text,
                [section(text)],
                thread_ts=card.ts,
                broadcast=broadcast,
                event_type=LINES,
                payload={"call_id": call.id, "from": first, "to": last},
            )
        await self._told(card, last)

    async def _told(self, card: Message, seq: int) -> None:
        await self._ledger.commit(lambda tx: tx.told(card.id, seq))


def _what_is_untold(tx: Tx, call_id: str) -> tuple[Call | None, Message | None, list[TimelineEntry]]:
    cards = (message for message in tx.messages(call_id) if message.key.kind is MessageKind.CARD)
    card = next(cards, None)
    return tx.call(call_id), card, tx.timeline(call_id, after=card.told) if card else []


def _posts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines in as few posts as they fit in."""
    post: list[Line] = []
    length = 0
    for seq, said in lines:
        said = said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
        if post and length + len(said) + 1 > LONGEST:
            yield post
            post, length = [], 0
        post.append((seq, said))
        length += len(said) + 1
    if post:
        yield post
