"""Keeps a call's Slack messages true: posts each once, then draws it anew from the call's state as that changes."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import structlog

from bot.batch import Batch
from bot.call.values import Call, Event, TimelineEntry
from bot.ledger import Clock, Ledger, Tx
from bot.messages import Message, MessageKey, MessageKind
from bot.slack.api import Posted, SlackApi, SlackBusy, SlackRefused
from bot.slack.blocks import Drawn, Note, draw, unreached
from bot.slack.finding import BROKEN, MESSAGE, find, find_direct, group_dm, not_here
from bot.work import Claimed, Never, Paint, Tell, TellThread

log = structlog.get_logger()

Mint = Callable[[Call, str], Awaitable[str]]
"""A personal link for one member of a call; it carries a token, so only that person sees it, and no log."""

IN_A_GROUP_DM = "in a group message with everyone you are ringing"
REMEMBERED = 500
"""Messages of calls that go on; hardly ever are there more."""
TOO_LATE = "came_too_late"
NEEDLESS_WHEN_OVER = frozenset({MessageKind.OUTGOING, MessageKind.CALLED_IN, MessageKind.REMINDER})
"""Ways into a call: never posted, they say nothing once it is over."""
FIRST_WORDS = frozenset({MessageKind.INCOMING, MessageKind.TOLD, MessageKind.INVITE})
"""By these a callee hears of a call: where one cannot be posted, they do not in Slack."""
GATHERED_FOR = timedelta(seconds=2)
"""Those found out of reach within this long are named in one note."""
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "update_failed"})


@dataclass(frozen=True)
class Sketch:
    """A message as it is to be seen now, but for the link into the call, which is another each time."""

    plain: Drawn
    leads_in: bool
    """It shows its one reader such a link."""
    members: tuple[str, ...]
    """Other people may mean another huddle to link to."""

    @property
    def fingerprint(self) -> bytes:
        shown = json.dumps([self.plain.text, self.plain.blocks, self.members])
        return hashlib.sha256(shown.encode()).digest()


class Painter:
    """Handles Paint.

    `sole`: no other process paints from this ledger, so that a picture painted here last is still what Slack shows.
    `huddle`: people meet where nobody can tell who is in.
    `own_links`: each person's link into the call is theirs alone.
    """

    def __init__(
        self,
        api: SlackApi,
        ledger: Ledger,
        clock: Clock,
        mint: Mint,
        *,
        sole: bool = True,
        huddle: bool = False,
        own_links: bool = True,
    ) -> None:
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._mint = mint
        self._sole = sole
        self._huddle = huddle
        self._own_links = own_links
        self._looking = Batch(self._look_at, name="looking")
        self._painted: OrderedDict[str, bytes] = OrderedDict()
        """What each message showed last, as a hash."""

    async def __call__(self, claimed: Claimed) -> None:
        work = cast(Paint, claimed.work)
        message, call = await self._looking.do(work)
        if message is None or call is None or message.gone:
            return
        try:
            await self._paint(message, call, tried=claimed.attempts > 1)
        except SlackRefused as refused:
            if refused.code in BROKEN:
                raise Never(str(refused)) from refused
            if refused.code not in GONE and not not_here(refused):
                raise
            await self._gone(message, call, refused.code)

    async def _look_at(self, works: Sequence[Paint]) -> list[tuple[Message | None, Call | None]]:
        """Of many messages of one call, it is loaded once for all."""

        def look(tx: Tx) -> list[tuple[Message | None, Call | None]]:
            calls = {call_id: tx.call(call_id) for call_id in {work.call_id for work in works}}
            return [(tx.message(work.message_id), calls[work.call_id]) for work in works]

        return await self._ledger.look(look)

    async def _paint(self, message: Message, call: Call, *, tried: bool) -> None:
        if message.ts:
            await self._update(message, Posted(message.channel, message.ts), call)
            if tried and message.key.kind is MessageKind.CARD:
                await self._thread_begins(message, call)
        elif _came_too_late(message, call):
            await self._gone(message, call, TOO_LATE)
        elif tried and (found := await self._find(message, call)):
            await self._placed(message, call, found)
            await self._update(message, found, call)
        else:
            sketch = self._sketch(message, call)
            posted = await self._post(message, call, await self._drawn(message, call, sketch))
            await self._placed(message, call, posted)
            self._remember(message, sketch)

    async def _gone(self, message: Message, call: Call, why: str) -> None:
        say = log.info if why == TOO_LATE else log.warning
        say("A message is given up", action="message_gone", call=message.call_id, kind=message.key.kind, why=why)

        now = self._clock.now()

        def gone(tx: Tx) -> None:
            tx.gone(message.id)
            if _missed_the_first_word(replace(message, gone=True), call):
                _say_unreached(tx, message.key, call, now)

        await self._ledger.commit(gone)

    # --- drawing

    def _sketch(self, message: Message, call: Call) -> Sketch:
        now = self._clock.now()
        plain = draw(call, message.key, message_id=message.id, now=now, huddle=self._huddle, own_links=self._own_links)
        may_lead_in = bool(message.key.user) and not call.is_over and call.member(message.key.user) is not None
        return Sketch(plain, may_lead_in and plain.leads_in, tuple(member.user for member in call.members))

    async def _drawn(self, message: Message, call: Call, sketch: Sketch) -> Drawn:
        if not sketch.leads_in:
            return sketch.plain
        return sketch.plain.with_link(await self._mint(call, message.key.user))

    def _remember(self, message: Message, sketch: Sketch) -> None:
        self._painted[message.id] = sketch.fingerprint
        self._painted.move_to_end(message.id)
        if len(self._painted) > REMEMBERED:
            self._painted.popitem(last=False)

    # --- again

    async def _update(self, message: Message, place: Posted, call: Call) -> None:
        sketch = self._sketch(message, call)
        looks_the_same = self._sole and self._painted.get(message.id) == sketch.fingerprint
        if looks_the_same and not (sketch.leads_in and await self._link_is_used_up(message, call)):
            return
        self._painted.pop(message.id, None)  # Until Slack has answered nobody knows what it shows.
        drawn = await self._drawn(message, call, sketch)
        if not await self._through_response_url(message, drawn):
            await self._api.update(place.channel, place.ts, drawn.text, drawn.blocks)
        self._remember(message, sketch)

    async def _link_is_used_up(self, message: Message, call: Call) -> bool:
        """It looks the same, but its link opens nothing any more."""
        return await self._ledger.look(lambda tx: tx.links_used_up(call.id, message.key.user))

    async def _through_response_url(self, message: Message, drawn: Drawn) -> bool:
        """Costs nothing of chat.update's tier, but there is only one after a press, and not for long."""
        if not message.response_url:
            return False
        now = self._clock.now()
        url = await self._ledger.commit(lambda tx: tx.use_response_url(message.id, now))
        if not url:
            return False
        try:
            await self._api.respond(url, drawn.text, drawn.blocks, replace_original=True)
        except (SlackRefused, SlackBusy):
            return False
        return True

    # --- for the first time

    async def _post(self, message: Message, call: Call, drawn: Drawn) -> Posted:
        to = partial(
            self._api.post_inside,
            text=drawn.text,
            blocks=drawn.blocks,
            event_type=MESSAGE,
            payload={"message_id": message.id},
        )
        if message.key.user:
            return await to(message.key.user)
        if posted := await _unless_not_here(to(call.channel)):
            return posted
        group = await group_dm(self._api, call)
        if group and (posted := await _unless_not_here(to(group))):
            return posted
        return await to(call.caller)

    async def _find(self, message: Message, call: Call) -> Posted | None:
        """Where an earlier try, whose answer nobody heard, may have posted it."""
        if message.key.user:
            return await find_direct(self._api, message.key.user, call, MESSAGE, message_id=message.id)
        if found := await find(self._api, call.channel, call, MESSAGE, message_id=message.id):
            return found
        group = await group_dm(self._api, call)
        if group and (found := await find(self._api, group, call, MESSAGE, message_id=message.id)):
            return found
        return await find_direct(self._api, call.caller, call, MESSAGE, message_id=message.id)

    async def _placed(self, message: Message, call: Call, posted: Posted) -> None:
        """Where it is; and for a card, what is to be said because of that."""

        def placed(tx: Tx) -> None:
            tx.placed(message.id, posted.channel, posted.ts)
            if message.key.kind is not MessageKind.CARD:
                return
            _owe_thread(tx, message, call)
            if _is_elsewhere(posted, call):
                text = "" if posted.channel.startswith("D") else IN_A_GROUP_DM
                tx.owe(Tell(f"elsewhere-{message.id}", Note.CARD_ELSEWHERE, call.team, call.caller, call.id, text))

        await self._ledger.commit(placed)

    async def _thread_begins(self, card: Message, call: Call) -> None:
        """A press on it may have told the place of a card whose painter died, and its thread waits for the painter."""

        await self._ledger.commit(lambda tx: _owe_thread(tx, card, call))


async def _unless_not_here(posting: Awaitable[Posted]) -> Posted | None:
    try:
        return await posting
    except SlackRefused as refused:
        if not not_here(refused):
            raise
        return None


def _owe_thread(tx: Tx, card: Message, call: Call) -> None:
    if tx.timeline(call.id, after=card.told):
        tx.owe(TellThread(call.id))


def _missed_the_first_word(message: Message, call: Call) -> bool:
    """Slack let the bot not write to a callee, who would have learned of the call by this."""
    is_callees = message.key.kind in FIRST_WORDS and message.key.user != call.caller
    return is_callees and message.gone and not message.ts and not _came_too_late(message, call)


def _say_unreached(tx: Tx, key: MessageKey, call: Call, now: datetime) -> None:
    """To all in the thread; to the caller, whom it concerns most, in a note too: with everyone this is so of by now.

    Once: whom a plan could not be told to in Slack, its ring cannot either.
    """
    if any(entry.event is Event.SKIPPED and key.user in entry.users for entry in tx.timeline(call.id)):
        return
    tx.note(call.id, [TimelineEntry(Event.SKIPPED, now, users=(key.user,), text=unreached([key.user]))])
    tx.owe(TellThread(call.id))
    missed = [message.key for message in tx.messages(call.id) if _missed_the_first_word(message, call)]
    before = {each.user for each in missed if each.kind is not key.kind}
    who = [each.user for each in missed if each.kind is key.kind and each.user not in before]
    note = Tell(f"unreached-{call.id}-{key.kind}", Note.SKIPPED, call.team, call.caller, call.id, unreached(who))
    tx.owe(note, at=now + GATHERED_FOR)


def _is_elsewhere(posted: Posted, call: Call) -> bool:
    """The conversation of a call may be a user's id: then it is their direct message with the bot."""
    return posted.channel != call.channel and call.channel[:1] not in ("U", "W")


def _came_too_late(message: Message, call: Call) -> bool:
    """Nobody misses it who never saw it."""
    if message.key.kind is MessageKind.INCOMING:
        member = call.member(message.key.user)
        return member is not None and message.key.nth < member.rings
    return call.is_over and message.key.kind in NEEDLESS_WHEN_OVER
