"""The ledger's tables: the best description of what the bot remembers.

No foreign keys: a call's rows are only written by transactions that hold the call, `prune` deletes them with it, and
checking would take locks on calls in an order of its own.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from bot.call.values import CallKind, CallStatus, EndReason, Event, MemberState, Reason
from bot.messages import MessageKind
from bot.store.columns import Instant, Payload, Span, Word, WordList, Words, WordSet

metadata = MetaData()

_Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column whose type is INTEGER."""


def _index(name: str, *columns: Column[object], where: ColumnElement[bool] | None = None) -> None:
    """`where`: only these rows are in it, so that finished ones cost nothing. SQLite uses such an index only where a
    query uses the same words: for a flag, `is_`."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


# A row for each call that was commanded and is not pruned yet. The columns are those of bot.call.values.Call.
calls = Table(
    "calls",
    metadata,
    Column("id", Words, nullable=False),  # ours, and Stream's call id
    Column("type", Words, nullable=False),
    Column("team", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("caller", Words, nullable=False),
    Column("kind", Word(CallKind), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ring_timeout", Span, nullable=False),
    Column("topic", Words, nullable=False),
    Column("video", Boolean, nullable=False),
    Column("status", Word(CallStatus), nullable=False),
    Column("ring_by", Instant),
    Column("starts_at", Instant),
    Column("on_stream", Boolean, nullable=False),
    Column("rung_at", Instant),
    Column("accepted_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),  # null while the call is open
    Column("end_reason", Word(EndReason)),
    Column("ended_by", Words),
    Column("why", Words, nullable=False),
    Column("to_channel", Boolean, nullable=False),
    Column("notified_at", Instant),
    Column("asked", Words, nullable=False),  # JSON: what Try again repeats
    Column("edits", Integer, nullable=False),
    Column("due_at", Instant),  # when time next does something to it; null when nothing is due
    Column("heard_at", Instant, nullable=False),  # when Stream last told something of it; at first, its creation
    PrimaryKeyConstraint("id", name="calls_pkey"),
)
_index("calls_due", calls.c.due_at, where=calls.c.due_at.is_not(None))
_index("calls_silent", calls.c.heard_at, where=and_(calls.c.ended_at.is_(None), calls.c.on_stream.is_(True)))
_index("calls_begun", calls.c.team, calls.c.caller, calls.c.created_at)
_index("calls_lately", calls.c.team, calls.c.created_at)
_index("calls_ended", calls.c.ended_at, where=calls.c.ended_at.is_not(None))

# A row for each person in a call, its caller included: who they are, what they answered, when they were in.
members = Table(
    "members",
    metadata,
    Column("call_id", Words, nullable=False),
    Column("user", Words, nullable=False),  # Slack user id
    Column("position", Integer, nullable=False),  # the caller 0, then in the order they were named
    Column("stream_user_id", Words, nullable=False),
    Column("state", Word(MemberState), nullable=False),
    Column("rejection_reason", Word(Reason)),  # null: no rejection on record
    Column("rejection_text", Words, nullable=False),
    Column("deadline", Instant),
    Column("rings", Integer, nullable=False),
    Column("answered_at", Instant),
    Column("missed_at", Instant),
    Column("sessions", WordSet, nullable=False),  # Stream's session ids they are in with now
    Column("gone", WordSet, nullable=False),  # session ids known to be over
    Column("joined_at", Instant),
    Column("left_at", Instant),
    Column("remind_at", Instant),
    Column("reminders", Integer, nullable=False),
    Column("call_ended_at", Instant),  # the call's ended_at again: someone's open calls are found in one index
    PrimaryKeyConstraint("call_id", "user", name="members_pkey"),
)
_index("members_user", members.c.user, members.c.call_ended_at)

# What happened in a call, in the order it was committed; also what its thread says. Append-only.
timeline = Table(
    "timeline",
    metadata,
    Column("call_id", Words, nullable=False),
    Column("seq", Integer, nullable=False),  # 1, 2, 3… within the call
    Column("event", Word(Event), nullable=False),
    Column("at", Instant, nullable=False),
    Column("user", Words),
    Column("users", WordList, nullable=False),
    Column("text", Words, nullable=False),
    PrimaryKeyConstraint("call_id", "seq", name="timeline_pkey"),
)

# A row for each Slack message that is kept true.
messages = Table(
    "messages",
    metadata,
    Column("id", Words, nullable=False),
    Column("call_id", Words, nullable=False),
    Column("kind", Word(MessageKind), nullable=False),
    Column("user", Words, nullable=False),  # whose direct message it is; empty for the card
    Column("nth", Integer, nullable=False),
    Column("channel", Words, nullable=False),  # where it is in Slack; empty until it was posted
    Column("ts", Words, nullable=False),
    Column("told", Integer, nullable=False),  # for a card: the last timeline entry that its thread tells
    Column("response_url", Words, nullable=False),  # of the last press on it
    Column("response_until", Instant),  # Slack takes it for 30 minutes…
    Column("response_uses", Integer, nullable=False),  # …and 5 times
    Column("gone", Boolean, nullable=False),
    PrimaryKeyConstraint("id", name="messages_pkey"),
    UniqueConstraint("call_id", "kind", "user", "nth", name="messages_key"),
)

# What is owed to the outside world. A row is deleted when it is done; a dead one stays until it is revived or pruned.
work = Table(
    "work",
    metadata,
    Column("id", _Number, nullable=False),  # also its place in its lane and among its priority; never given twice
    Column("kind", Text, nullable=False),
    Column("key", Words, nullable=False),  # owing the same thing twice is owing it once
    Column("lane", Words, nullable=False),
    Column("exclusive", Boolean, nullable=False),  # waits for all before it in its lane, and holds up all behind it
    Column("priority", Integer, nullable=False),  # the smaller, the sooner
    Column("call_id", Words, nullable=False),  # the call it is for; empty where there is none
    Column("payload", Payload, nullable=False),
    Column("owed_at", Instant, nullable=False),  # in real time, for the age of the queue
    Column("available_at", Instant, nullable=False),  # by the clock that tests turn; 1970: at once
    Column("ready", Boolean, nullable=False),  # available_at was seen to have passed: it is among those to claim
    Column("leased_until", Instant),  # in real time; not null while someone has it or let it lapse
    Column("again", Boolean, nullable=False),  # owed once more while someone had it
    Column("fence", Integer, nullable=False),  # grows with each claim: the holder of an older one is not believed
    Column("attempts", Integer, nullable=False),
    Column("error", Words, nullable=False),  # why it was not done the last time
    Column("dead_at", Instant),  # when it was given up; then it is never ready
    PrimaryKeyConstraint("id", name="work_pkey"),
    UniqueConstraint("key", name="work_key"),
    sqlite_autoincrement=True,
)
_index("work_ready", work.c.priority, work.c.id, where=work.c.ready.is_(True))
_index("work_waiting", work.c.available_at, where=and_(work.c.ready.is_(False), work.c.dead_at.is_(None)))
_index("work_lane", work.c.lane, work.c.id, where=work.c.dead_at.is_(None))
_index("work_dead", work.c.dead_at, where=work.c.dead_at.is_not(None))

# What came in from outside, raw, as it was acknowledged; deduped by its key, applied later.
inbox = Table(
    "inbox",
    metadata,
    Column("id", _Number, nullable=False),  # in the order it came
    Column("key", Words, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("error", Words, nullable=False),  # why it could not be applied; empty: it was
    PrimaryKeyConstraint("id", name="inbox_pkey"),
    UniqueConstraint("key", name="inbox_key"),
    sqlite_autoincrement=True,
)
_index("inbox_unapplied", inbox.c.id, where=inbox.c.applied_at.is_(None))
_index("inbox_applied", inbox.c.applied_at, where=inbox.c.applied_at.is_not(None))

# Slack people as they were when last asked for: bot.person.Person. A cache; losing it costs only questions to Slack.
people = Table(
    "people",
    metadata,
    Column("team", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("tz", Words, nullable=False),
    Column("image", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("stream_user_id", Words, nullable=False),
    Column("is_bot", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("is_stranger", Boolean, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("fetched_at", Instant),
    PrimaryKeyConstraint("team", "user", name="people_pkey"),
)

# Who opened their App Home, and when last: only theirs are published.
homes = Table(
    "homes",
    metadata,
    Column("team", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    PrimaryKeyConstraint("team", "user", name="homes_pkey"),
)

# Whose a bot token is: known also where Slack cannot be reached at the start. The token itself is nowhere.
identities = Table(
    "identities",
    metadata,
    Column("token_hash", Words, nullable=False),
    Column("team", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("bot", Words, nullable=False),
    PrimaryKeyConstraint("token_hash", name="identities_pkey"),
)

# The rate limits that all replicas share.
buckets = Table(
    "buckets",
    metadata,
    Column("name", Words, nullable=False),
    Column("full_at", Instant, nullable=False),  # when it is full again if nothing more is taken
    Column("held_until", Instant, nullable=False),  # Slack's Retry-After: nothing is taken before then
    PrimaryKeyConstraint("name", name="buckets_pkey"),
)

# What was settled first under a key, so that the same asked twice is the same: a command's call, a huddle's channel.
commands = Table(
    "commands",
    metadata,
    Column("key", Words, nullable=False),  # who typed what, where; or who meets in which call's huddle
    Column("call_id", Words, nullable=False),  # what was settled: a call's id, or a channel's
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("key", name="commands_pkey"),
)

# Personal links by which people join; what a link holds is known to its reader alone, here is a hash of it.
links = Table(
    "links",
    metadata,
    Column("hash", Words, nullable=False),
    Column("call_id", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),  # in real time
    Column("used_at", Instant),  # in real time; null: it may be exchanged for a cookie
    PrimaryKeyConstraint("hash", name="links_pkey"),
)
_index("links_call", links.c.call_id)
_index("links_expire", links.c.expires_at)

# What links were exchanged for: a browser's way back into one call as one person. Hashes too.
cookies = Table(
    "cookies",
    metadata,
    Column("hash", Words, nullable=False),
    Column("call_id", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),  # in real time
    PrimaryKeyConstraint("hash", name="cookies_pkey"),
)
_index("cookies_call", cookies.c.call_id)
_index("cookies_expire", cookies.c.expires_at)
