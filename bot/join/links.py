"""Personal links to join: each is for one person and one call, lives briefly, and is exchanged once for a cookie.

What a link or a cookie holds is random and known to its reader alone; the ledger keeps a hash of it. Both live in real
time, whatever clock the calls follow.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.batch import Batch
from bot.call.change import Outcome
from bot.call.values import TIME_TO_JOIN, Call
from bot.ledger import Ledger, Link, Tx
from bot.ringer import Ringer
from bot.ringer.base import say
from bot.ringer.press import Press
from bot.work import Paint

COOKIE_LIVES = timedelta(hours=12)
KEPT = timedelta(days=1)
"""How long a link that is over is remembered: its owner can still ask for a new one."""
NEW_LINKS_A_MINUTE = 2


class Problem(StrEnum):
    """Why somebody is not let in."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    NOT_YOURS = "not_yours"
    """A call's address without the cookie of one of its people."""
    NOT_YET = "not_yet"
    """Who they are on Stream is still being found out."""
    OVER = "over"
    """The call is, and this opens nothing any more: how it ended, a link tells whom it would have let in."""


@dataclass(frozen=True)
class Seat:
    """One person in one call."""

    call: Call
    user: str

    @property
    def id(self) -> str:
        """Tells their addresses from those of others in the same browser; it opens nothing."""
        return seat_id(self.call.id, self.user)

    @property
    def stream_user_id(self) -> str:
        member = self.call.member(self.user)
        return member.stream_user_id if member else ""


@dataclass(frozen=True)
class Found:
    """What a link leads to; with a problem, only its owner may be told more."""

    seat: Seat | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Entered:
    seat: Seat
    cookie: str = ""
    """Empty where nothing was exchanged: the call is over."""


class JoinLinks:
    def __init__(
        self, ledger: Ledger, ringer: Ringer, *, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._ledger = ledger
        self._ringer = ringer
        self.real_now = real_now
        self._minting = Batch(self._keep_all, name="minting")

    async def mint(self, call: Call, user: str) -> str:
        """A new way in for one person; those minted before go on until they are over."""
        token = secrets.token_urlsafe(32)
        link = Link(call.id, user, self.real_now() + call.ring_timeout + TIME_TO_JOIN)
        await self._minting.do((hashed(token), link))
        return token

    async def _keep_all(self, minted: Sequence[tuple[str, Link]]) -> Sequence[None]:
        await self._ledger.commit(lambda tx: tx.add_links(dict(minted)))
        return [None] * len(minted)

    async def look(self, token: str) -> Found:
        """Where it leads. Changes nothing: scanners and previews look too."""
        return await self._ledger.look(lambda tx: self._found(tx, token))

    def _found(self, tx: Tx, token: str) -> Found:
        link = tx.link(hashed(token))
        call = tx.call(link.call_id) if link else None
        if link is None or call is None or call.member(link.user) is None:
            return Found(None, Problem.UNKNOWN)
        seat = Seat(call, link.user)
        if link.used_at is not None:
            return Found(seat, Problem.OVER if call.is_over else Problem.USED)
        if link.expires_at <= self.real_now():
            return Found(seat, Problem.OVER if call.is_over else Problem.EXPIRED)
        return Found(seat, None if seat.stream_user_id or call.is_over else Problem.NOT_YET)

    async def enter(self, token: str) -> Entered | Problem:
        """Open the link for good: who is being rung accepts by it, and it is exchanged for a cookie.

        The answer comes first: a link whose exchange is lost on the way can be opened again.
        """
        found = await self.look(token)
        if found.seat is None or found.problem is not None:
            return found.problem or Problem.UNKNOWN
        if found.seat.call.is_over:
            return Entered(found.seat)
        await self.comes(found.seat)
        entered = await self._ledger.commit(lambda tx: self._exchange(tx, token))
        self._ringer.nudge()
        return entered

    async def comes(self, seat: Seat) -> Outcome:
        """They are on their way in: the same as pressing Accept, or Join, with the browser open already."""
        return await self._ringer.opened(seat.call.id, Press(seat.call.team, seat.user, opened_link=True))

    def _exchange(self, tx: Tx, token: str) -> Entered | Problem:
        found = self._found(tx, token)
        if found.seat is None or found.problem is not None:
            return found.problem or Problem.UNKNOWN
        if not tx.use_link(hashed(token), self.real_now()):  # Of two at once, one is first.
            return Problem.USED
        self._renew(tx, found.seat)
        return Entered(found.seat, self._cookie(tx, found.seat))

    def _renew(self, tx: Tx, seat: Seat) -> None:
        """Their messages are drawn anew with a link that works, where this was the last one that did."""
        if tx.links_used_up(seat.call.id, seat.user):
            own = [message for message in tx.messages(seat.call.id) if message.key.user == seat.user and message.ts]
            tx.owe(*(Paint(message.id, seat.call.id) for message in own if not message.gone))

    def _cookie(self, tx: Tx, seat: Seat) -> str:
        cookie = secrets.token_urlsafe(32)
        tx.add_cookie(hashed(cookie), Link(seat.call.id, seat.user, self.real_now() + COOKIE_LIVES))
        return cookie

    async def seat(self, cookie: str, call_id: str, seat: str) -> Seat | None:
        """Whose cookie it is, if it is for this very seat."""

        def look(tx: Tx) -> Seat | None:
            link = tx.cookie(hashed(cookie), self.real_now())
            if link is None or link.call_id != call_id or seat_id(link.call_id, link.user) != seat:
                return None
            call = tx.call(call_id)
            return Seat(call, link.user) if call and call.member(link.user) else None

        return await self._ledger.look(look) if cookie else None

    async def another(self, seat: Seat, call_id: str) -> Entered | None:
        """They take another call that they are in, or are rung by, from where they are."""
        call = await self._ringer.call(call_id)
        if call is None or call.team != seat.call.team or call.is_over or call.member(seat.user) is None:
            return None
        other = Seat(call, seat.user)
        await self.comes(other)
        return Entered(other, await self._ledger.commit(lambda tx: self._cookie(tx, other)))

    async def owner(self, call_id: str, seat: str) -> Seat | None:
        """Whose address it is, cookie or none: enough to send that person something, not to let anybody in."""
        call = await self._ringer.call(call_id)
        users = [member.user for member in call.members if seat_id(call_id, member.user) == seat] if call else []
        return Seat(call, users[0]) if call and users else None

    async def send_anew(self, seat: Seat) -> float:
        """Send them a new link in Slack. Returns 0, or the seconds after which they may ask again."""

        def send(tx: Tx) -> float:
            wait = tx.take(
                f"new_link:{seat.call.id}:{seat.user}", per_minute=NEW_LINKS_A_MINUTE, burst=1, now=self.real_now()
            )
            if not wait:
                say(tx, Outcome.JOIN, seat.call.team, seat.user, call_id=seat.call.id)
            return wait

        wait = await self._ledger.commit(send)
        self._ringer.nudge()
        return wait

    async def forget(self) -> None:
        """Links and cookies that nobody can use, or ask about, any more."""
        before = self.real_now() - KEPT
        await self._ledger.commit(lambda tx: tx.forget_links(before))


def hashed(secret: str) -> str:
    """They are 256 random bits: a plain hash gives nothing away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def seat_id(call_id: str, user: str) -> str:
    return hashlib.sha256(f"{call_id}:{user}".encode()).hexdigest()[:12]
