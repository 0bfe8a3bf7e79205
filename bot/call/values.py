"""What a call is: its people, their answers, its times, as frozen values; it knows no Slack, Stream or database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.call.frozen import replace

CLOCKS_DIFFER = timedelta(minutes=1)
"""By less than this, among replicas: one may draw, or count, what was pressed at another."""
TIME_TO_JOIN = timedelta(minutes=5)
"""A personal link lives for the ring and this long after it."""
SHORTEST_RING, LONGEST_RING = 5, 180
"""Seconds."""
MEMBERS_AT_MOST = 100
"""Caller and callees: what Stream takes in one request (its `CallRequest.members`)."""


class CallKind(StrEnum):
    RING = "ring"
    NOTIFY = "notify"


class CallStatus(StrEnum):
    PREPARING = "preparing"
    """Commanded, but Stream has not rung anybody yet."""
    SCHEDULED = "scheduled"
    """Waits for `starts_at`."""
    NOTIFIED = "notified"
    """A notify: people were told of it, nobody is rung, nobody can miss it."""
    RINGING = "ringing"
    """Somebody is being rung and nobody has accepted."""
    ACCEPTED = "accepted"
    """Somebody accepted: the call lives, others may still be rung."""
    ENDED = "ended"


class EndReason(StrEnum):
    ENDED = "ended"
    """Somebody ended it for all, here or in another Stream client."""
    LEFT = "left"
    """Everybody left: Stream says its session ended."""
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    """Everybody declined."""
    MISSED = "missed"
    """Nobody answered in time."""
    NOT_JOINED = "not_joined"
    """Accepted, but nobody joined."""
    NOT_RUNG = "not_rung"
    """It could not be put to Stream: nobody was rung."""
    REFUSED = "refused"
    """The command could not be carried out and its typist was told why; nobody else heard of it."""


class MemberState(StrEnum):
    CALLER = "caller"
    INVITED = "invited"
    """Not rung yet: the call is for later, or Stream has not answered."""
    NOTIFIED = "notified"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSED = "missed"
    NOT_RUNG = "not_rung"


class Reason(StrEnum):
    """Why somebody rejected, in Stream's own words; TEXT stands for words of their own."""

    DECLINE = "decline"
    BUSY = "busy"
    CANCEL = "cancel"
    TIMEOUT = "timeout"
    TEXT = "text"


UNANSWERED = frozenset({MemberState.INVITED, MemberState.RINGING})
"""States out of which a first answer leads."""


@dataclass(frozen=True)
class Rejection:
    reason: Reason = Reason.DECLINE
    text: str = ""
    """Their own words, where reason is TEXT."""

    @property
    def on_stream(self) -> str:
        """The reason as Stream is told it; words that equal one of Stream's own reasons go out in quotes, so that
        no client takes them for that reason."""
        if self.reason is not Reason.TEXT:
            return self.reason.value
        words = self.text.strip()
        return f"“{words}”" if words.casefold() in {*Reason, "rejected", ""} else words

    @classmethod
    def from_stream(cls, reason: str | None) -> "Rejection":
        """What Stream's `reason` says; none at all, or `rejected` (its own spec's other word), is a plain decline."""
        if not reason or reason in ("rejected", Reason.TEXT):
            return cls()
        if reason in {*Reason}:
            return cls(Reason(reason))
        return cls(Reason.TEXT, reason)


CANT_MAKE_IT = Rejection(Reason.TEXT, "Can't make it")


@dataclass(frozen=True)
class Member:
    """Somebody the call is about: its caller, or somebody it rings, invites or tells."""

    user: str
    """Their Slack user id."""
    stream_user_id: str = ""
    state: MemberState = MemberState.INVITED
    rejection: Rejection | None = None
    deadline: datetime | None = None
    """While ringing: answer-by. While invited to a call that lives already: ring-by."""
    rings: int = 0
    """How often they were rung; each ring is a message of its own."""
    answered_at: datetime | None = None
    """When they answered. While they are rung again: when that was asked for, so that what Stream reports of their
    answer before is not taken for a new one."""
    missed_at: datetime | None = None
    sessions: frozenset[str] = frozenset()
    """Stream's ids of the sessions they are in the call with now: one for each device."""
    gone: frozenset[str] = frozenset()
    """Sessions known to be over, so that a join that arrives after its own leave is not believed."""
    joined_at: datetime | None = None
    """When they came in last; with several devices, with the first of these."""
    left_at: datetime | None = None
    remind_at: datetime | None = None
    """When they are to be reminded next of a scheduled call."""
    reminders: int = 0
    """How many reminders they were sent: each is a message of its own."""

    @property
    def is_caller(self) -> bool:
        return self.state is MemberState.CALLER

    @property
    def is_in(self) -> bool:
        """In the call right now, as Stream tells."""
        return bool(self.sessions)

    @property
    def was_there(self) -> bool:
        return self.joined_at is not None

    @property
    def takes_part(self) -> bool:
        """In the call, or said they would be and have not left since."""
        return self.is_in or (self.state is MemberState.ACCEPTED and self.left_at is None)

    def came_at(self, call: "Call") -> datetime | None:
        """When they last came into the call, or said they would; None where they neither are nor will be in it."""
        if not self.takes_part and not (self.is_caller and self.left_at is None):
            return None
        said = call.accepted_at if self.is_caller else self.answered_at
        times = [said] if self.is_caller or self.state is MemberState.ACCEPTED else []
        times += [self.joined_at] if self.is_in else []
        return max((at for at in times if at), default=None)

    @property
    def said_no_ahead(self) -> bool:
        return self.state is MemberState.REJECTED and self.rejection == CANT_MAKE_IT


class Event(StrEnum):
    """What the thread tells; one line each."""

    RINGING = "ringing"
    SCHEDULED = "scheduled"
    NOTIFIED = "notified"
    SKIPPED = "skipped"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSED = "missed"
    JOINED = "joined"
    LEFT = "left"
    RUNG_AGAIN = "rung_again"
    ADDED = "added"
    NOT_RUNG = "not_rung"
    EDITED = "edited"
    REMOVED = "removed"
    REMINDED = "reminded"
    CAN_MAKE_IT = "can_make_it"
    ENDED = "ended"


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened in a call; the store numbers them in the order they were committed."""

    event: Event
    at: datetime
    user: str | None = None
    """Who did it."""
    users: tuple[str, ...] = ()
    """Whom it was done to."""
    text: str = ""
    """A reason, a new topic (`as_planned`): people's own words, never escaped here."""
    seq: int = 0

    @property
    def planned(self) -> tuple[datetime | None, str]:
        """Of a plan, what `text` says of it: for when it was then, and its new topic."""
        first, _, topic = self.text.partition(" ")
        try:
            at = datetime.fromisoformat(first)
        except ValueError:
            return None, self.text
        return (at, topic) if at.tzinfo else (None, self.text)


def as_planned(starts_at: datetime, topic: str = "") -> str:
    """The `text` of an entry that tells of a plan: what it is for by then may change before the thread tells it."""
    return f"{starts_at.isoformat()} {topic}"


@dataclass(frozen=True)
class Rules:
    """The settings a call's life depends on."""

    ring_timeout: timedelta = timedelta(seconds=60)
    join_grace: timedelta = timedelta(minutes=5)
    reminder: timedelta = timedelta(minutes=10)
    several_calls: bool = False
    huddle: bool = False
    """People join in Slack's own huddle: Stream sees no sessions."""
    huddle_length: timedelta = timedelta(minutes=60)
    notify_length: timedelta = timedelta(hours=24)
    """A notify that nobody joined is put away after this long."""


@dataclass(frozen=True)
class Call:
    id: str
    """Ours, and Stream's call id."""
    type: str
    team: str
    """Slack team id."""
    channel: str
    """The Slack conversation it was typed in; for a notify, the one it tells."""
    caller: str
    kind: CallKind
    created_at: datetime
    ring_timeout: timedelta
    topic: str = ""
    video: bool = True
    status: CallStatus = CallStatus.PREPARING
    members: tuple[Member, ...] = ()
    """The caller first, then the others in the order they were named."""
    ring_by: datetime | None = None
    starts_at: datetime | None = None
    on_stream: bool = False
    """Stream has this call."""
    rung_at: datetime | None = None
    accepted_at: datetime | None = None
    """The first accept."""
    started_at: datetime | None = None
    """The first join of the session that is going on; None again where all left before anybody accepted."""
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    ended_by: str | None = None
    why: str = ""
    """Why nobody was rung, as a sentence to show: of NOT_RUNG, of REFUSED, and of a plan that was slept through."""
    to_channel: bool = False
    """A notify of a channel's people, whose message is the card in that channel."""
    notified_at: datetime | None = None
    """When people were last told of a notify."""
    asked: str = ""
    """What was asked for, as JSON of bot.ringer.press.Asked: what Try again repeats."""
    edits: int = 0
    """How often a scheduled call was changed or called off; each change is told to its people."""

    @property
    def cid(self) -> str:
        return f"{self.type}:{self.id}"

    @property
    def callees(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if not member.is_caller)

    @property
    def is_over(self) -> bool:
        return self.status is CallStatus.ENDED

    @property
    def is_for_later(self) -> bool:
        """Its time has not come, whether Stream has it already or not."""
        waits_for_stream = self.status is CallStatus.PREPARING and self.starts_at is not None and self.ring_by is None
        return self.status is CallStatus.SCHEDULED or waits_for_stream

    @property
    def was_slept_through(self) -> bool:
        """Planned, and its time passed while nobody was there to ring it."""
        return self.end_reason is EndReason.MISSED and self.rung_at is None

    @property
    def went_on_unrung(self) -> bool:
        """The same, but somebody was in it early, for whom it goes on (or went on, by now)."""
        return bool(self.why) and self.accepted_at is not None

    @property
    def is_live(self) -> bool:
        return self.status in (CallStatus.RINGING, CallStatus.ACCEPTED, CallStatus.NOTIFIED)

    @property
    def inside(self) -> tuple[Member, ...]:
        """Those in the call right now."""
        return tuple(member for member in self.members if member.is_in)

    @property
    def ringing(self) -> tuple[Member, ...]:
        return tuple(callee for callee in self.callees if callee.state is MemberState.RINGING)

    def member(self, user: str) -> Member | None:
        return next((member for member in self.members if member.user == user), None)

    def was_rung_to_its_end(self, member: Member) -> bool:
        """They were still being rung when it was ended or taken back: no fault of theirs."""
        return self.ended_at == member.missed_at and self.end_reason in (EndReason.CANCELLED, EndReason.ENDED)

    def by_stream_id(self, stream_user_id: str) -> Member | None:
        return next((member for member in self.members if member.stream_user_id == stream_user_id), None)

    def with_member(self, changed: Member) -> "Call":
        return self.with_members(changed)

    def with_members(self, *changed: Member) -> "Call":
        now = {member.user: member for member in changed}
        return replace(self, members=tuple(now.get(member.user, member) for member in self.members))
