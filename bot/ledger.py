"""What the ringer needs of a store: transactions, and in each of them these verbs. `bot.store` fits it by shape.

A transaction is a plain function of a `Tx`, run as a whole: what it returns is returned once everything it did is
durable, and nothing it did is kept if it raises. It may be run again where the database asks for that (a deadlock, a
serialization failure), so it touches nothing but its `Tx`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.call.values import Call, TimelineEntry
from bot.messages import Message, MessageKey
from bot.person import Person
from bot.work import Claimed, Work

T = TypeVar("T")


PATIENCE: ContextVar[float] = ContextVar("patience", default=8.0)
"""Seconds for which whoever asks the ledger something waits: by itself longer than a silent connection is kept, and
shorter than a clock may be without a tick."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Who waits for somebody that waits for them: what they ask in here has this long."""
    before = PATIENCE.set(seconds)
    try:
        yield
    finally:
        PATIENCE.reset(before)


class LedgerAway(Exception):
    """It cannot be used right now; what was asked of it can be asked again."""


@dataclass(frozen=True)
class Delivery:
    """Something that came in from outside, raw, as it was acknowledged."""

    key: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Dead:
    """A piece of work that was given up; it can be revived."""

    id: int
    kind: str
    call_id: str
    attempts: int
    error: str
    dead_at: datetime


@dataclass(frozen=True)
class SetAside:
    """Stream's events that were kept and could not be applied."""

    count: int
    last_at: datetime | None = None
    last_why: str = ""


@dataclass(frozen=True)
class Link:
    """A personal link to join: one person, one call. Its times are real ones."""

    call_id: str
    user: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class Want:
    """One from a rate bucket that all replicas share, while `reserve` are left in it for what is more urgent."""

    bucket: str
    per_minute: float
    burst: float
    reserve: float = 0.0


@dataclass(frozen=True)
class Full:
    """A bucket from which nothing can be taken for so many seconds."""

    bucket: str
    wait: float


@dataclass(frozen=True)
class Queue:
    """What is owed at one moment, in numbers."""

    depth_by_kind: Mapping[str, Mapping[str, int]]
    """By kind of work and by state: `ready` to be claimed, `held` by somebody, `waiting` for its time."""
    ages: Mapping[str, float]
    """Seconds since the oldest of each kind was owed."""
    dead: Mapping[str, int]
    unapplied: int
    """Stream's events that were kept and not applied."""
    unapplied_age: float
    overdue: float
    """Seconds since the call that waits longest for the clock was due."""


class Tx(Protocol):
    def one_at_a_time(self, key: str) -> None:
        """Nobody else goes on from here with the same `key` before this transaction has ended; what it did is then
        seen. Best before any call is held: two that wait for each other cost a second, until one is run again."""

    # --- calls
    def add_call(self, call: Call, due_at: datetime | None) -> None: ...

    def call(self, call_id: str) -> Call | None:
        """The call with its members; nobody else can change it until this transaction ends."""

    def calls(self, call_ids: Collection[str]) -> list[Call]:
        """Those of them that there are, as `call` gives each."""

    def save_all(self, changes: Sequence[tuple[Call, Call, datetime | None]]) -> None:
        """Write what differs between a call before (as `call()` gave it) and as it is now, and when something is due
        for it next; each is another call."""

    def note(self, call_id: str, entries: Sequence[TimelineEntry]) -> None:
        """Append to the call's timeline, numbering from the last one on. The transaction holds the call."""

    def note_all(self, entries: Mapping[str, Sequence[TimelineEntry]]) -> None:
        """`note` for each of these calls."""

    def timeline(self, call_id: str, after: int = 0) -> list[TimelineEntry]: ...

    def first_of(self, key: str, value: str, now: datetime, within: timedelta) -> str:
        """What was settled first under a key, so that the same asked twice is the same: a command's call, a huddle's
        channel. It is `value` if nothing was within that time before `now`."""

    def commands_since(self, team: str, user: str, since: datetime) -> int:
        """How many calls they have begun since."""

    def all_commands_since(self, team: str, since: datetime) -> int:
        """How many calls were begun in the workspace since."""

    def ringing_alone(self, team: str, caller: str, callee: str) -> str | None:
        """The call in which `caller` is ringing (or just about to ring) `callee` and nobody else right now."""

    def calls_taken_part_in(self, team: str, user: str) -> list[str]:
        """Open calls they are in, be it while they ring or before their time; and accepted ones that they accepted or
        called, and have not left. Sorted ids, not locked."""

    def calls_of(self, team: str, user: str, ended_since: datetime, limit: int) -> list[Call]:
        """Calls they are a member of, or that they called: those going on, the newest first, then plans, the soonest
        first, then those ended since, the newest first."""

    def due_calls(self, now: datetime, limit: int) -> dict[str, datetime]:
        """Calls something is due for and since when, the longest due first; skips those another replica holds."""

    def silent_calls(self, heard_before: datetime, limit: int) -> list[Call]:
        """Open calls that Stream has and that it has told nothing of since, the most silent first."""

    def heard(self, call_ids: Collection[str], now: datetime) -> None:
        """Stream has told something of these calls just now."""

    # --- messages
    def want(self, call_id: str, keys: Sequence[MessageKey]) -> list[Message]:
        """The messages with these keys, each made now if there is none."""

    def message(self, message_id: str) -> Message | None: ...

    def messages(self, call_id: str) -> list[Message]: ...

    def messages_of(self, call_ids: Collection[str]) -> Mapping[str, list[Message]]: ...

    def placed(self, message_id: str, channel: str, ts: str) -> None:
        """It is in Slack, here. A message that has its place already keeps it."""

    def told(self, message_id: str, seq: int) -> None:
        """The thread of this card tells everything up to that entry."""

    def pressed(self, message_id: str, response_url: str, now: datetime) -> None:
        """Somebody pressed something on it: its next picture may go through this response_url (30 minutes, 5 uses)."""

    def use_response_url(self, message_id: str, now: datetime) -> str:
        """A response_url that will still take a picture, counted as used once more; empty if there is none."""

    def gone(self, message_id: str) -> None: ...

    def let_go(self, message_id: str) -> None:
        """It stays in Slack as it is, and its key is free for another."""

    # --- work
    def owe(self, *work: Work, at: datetime | None = None) -> None:
        """Owe each, from `at` on (at once if None). Owed already: the newer payload counts, and what is just being
        done is done once more afterwards. What had died lives again."""

    def owed(self, *work: Work) -> list[Work]:
        """Those of them that are yet to be done, or being done."""

    # --- what came in
    def keep_all(self, deliveries: Sequence[Delivery]) -> int:
        """Keep those whose key was not kept before; returns how many these were."""

    def unapplied(self, limit: int) -> list[Delivery]:
        """What was kept and not applied, oldest first; skips what another replica holds."""

    def applied(self, keys: Collection[str], now: datetime, error: str = "") -> None: ...

    def set_aside(self) -> SetAside: ...

    # --- people
    def person(self, team: str, user: str) -> Person | None: ...

    def people(self, team: str, users: Collection[str]) -> dict[str, Person]: ...

    def save_people(self, people: Collection[Person]) -> None: ...

    def opened_home(self, team: str, user: str, now: datetime) -> None: ...

    def homes_opened(self, team: str, users: Collection[str], since: datetime) -> list[str]:
        """Which of these people opened their Home since."""

    # --- limits
    def take(self, bucket: str, *, per_minute: float, burst: float, now: datetime, reserve: float = 0.0) -> float:
        """Take what is wanted (see Want). 0.0: taken; else the seconds until there is one."""

    def take_each(self, wanted: Sequence[Sequence[Want]], now: datetime) -> list[Full | None]:
        """For each in their order one from all the buckets it wants, or from none of them; None: taken."""

    def hold(self, bucket: str, until: datetime) -> None:
        """Slack said Retry-After: nothing may be taken from this bucket before then."""

    # --- personal links, and the cookies they are exchanged for, by their hashes; `now` is the real time
    def add_links(self, links: Mapping[str, Link]) -> None: ...

    def link(self, hash: str) -> Link | None:
        """It, however old or used."""

    def use_link(self, hash: str, now: datetime) -> bool:
        """Use it up; False where somebody has, or its time is over."""

    def links_used_up(self, call_id: str, user: str) -> bool:
        """They had links into this call, and have used them all."""

    def add_cookie(self, hash: str, link: Link) -> None: ...

    def cookie(self, hash: str, now: datetime) -> Link | None:
        """Whose it is, unless its time is over."""

    def forget_links(self, before: datetime) -> None:
        """Forget links and cookies whose time was over before then."""

    # --- the worker's side of owed work
    def claim(self, now: datetime, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to that many pieces of work that may be done now, by priority, then age. Leases run in real time (on
        Postgres by the database's clock), whatever clock `now` is from."""

    def finish_all(self, claimed: Collection[Claimed]) -> set[int]:
        """Done: the ids of those that nothing stood in the way of. The others are to be finished one by one."""

    def finish(self, claimed: Claimed) -> bool:
        """Done. False, and nothing is changed, if its lease was lost to another."""

    def put_back(self, claimed: Claimed, at: datetime, error: str = "", *, counts: bool = True) -> bool:
        """Not done: available again at `at`. A wait that is nobody's failure does not count as an attempt."""

    def bury(self, claimed: Claimed, error: str, now: datetime) -> bool:
        """It can never succeed: visible among the dead, out of its lane's way. What was owed once more meanwhile,
        perhaps with another payload, gets its own chance: then, too, False is returned."""

    def next_work_at(self) -> datetime | None:
        """When the next piece of work becomes available, or the next call something is due for. Work that a claim has
        found (or would find) available already is not counted: it only waits for room, its lane or a lease's end."""

    def dead(self, limit: int) -> list[Dead]: ...

    def queue(self, now: datetime) -> Queue:
        """What is owed now; `now` by the clock that due times follow, ages in real time."""

    def revive(self, ids: Collection[int], now: datetime) -> int:
        """They start anew, at the end of their lanes; returns how many of them were still dead."""

    def prune(self, before: datetime) -> bool:
        """Forget some of what ended before then: calls with all they own, applied deliveries, people not fetched
        since. Says whether there may be more."""


class Ledger(Protocol):
    async def commit(self, change: Callable[[Tx], T]) -> T:
        """Run a transaction; returns once it is durable. Whoever stops awaiting it does not stop it. Raises LedgerAway
        where that takes longer than PATIENCE; then it does not happen any more, unless its commit was on its way."""

    async def look(self, query: Callable[[Tx], T]) -> T:
        """Run a query that changes nothing and locks nothing; all it reads is of one moment. Raises as `commit`."""


class Clock(Protocol):
    def now(self) -> datetime: ...

    def on_turn(self, listener: Callable[[], None]) -> Callable[[], None]: ...
