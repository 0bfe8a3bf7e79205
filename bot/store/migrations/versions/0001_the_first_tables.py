"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ring_timeout", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("video", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ring_by", sa.BigInteger()),
        sa.Column("starts_at", sa.BigInteger()),
        sa.Column("on_stream", sa.Boolean(), nullable=False),
        sa.Column("rung_at", sa.BigInteger()),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("end_reason", sa.Text()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("to_channel", sa.Boolean(), nullable=False),
        sa.Column("notified_at", sa.BigInteger()),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="calls_pkey"),
    )
    _index("calls_begun", "calls", ["team", "caller", "created_at"])
    _index("calls_called", "calls", ["team", "caller", "ended_at"])
    _index("calls_due", "calls", ["due_at"], where=_is_set("due_at"))
    _index("calls_ended", "calls", ["ended_at"], where=_is_set("ended_at"))
    _index("calls_silent", "calls", ["heard_at"], where=sa.and_(_is_null("ended_at"), _is("on_stream", True)))
    op.create_table(
        "members",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stream_user_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rejection_reason", sa.Text()),
        sa.Column("rejection_text", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("missed_at", sa.BigInteger()),
        sa.Column("sessions", sa.Text(), nullable=False),
        sa.Column("gone", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("remind_at", sa.BigInteger()),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("call_ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("call_id", "user", name="members_pkey"),
    )
    _index("members_user", "members", ["user", "call_ended_at"])
    op.create_table(
        "timeline",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.Text()),
        sa.Column("users", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name="timeline_pkey"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("response_url", sa.Text(), nullable=False),
        sa.Column("response_until", sa.BigInteger()),
        sa.Column("response_uses", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
        sa.UniqueConstraint("call_id", "kind", "user", "nth", name="messages_key"),
    )
    op.create_table(
        "work",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("owed_at", sa.BigInteger(), nullable=False),
        sa.Column("available_at", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("dead_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="work_pkey"),
        sa.UniqueConstraint("key", name="work_key"),
        sqlite_autoincrement=True,
    )
    _index("work_call", "work", ["call_id"])
    _index("work_dead", "work", ["dead_at"], where=_is_set("dead_at"))
    _index("work_lane", "work", ["lane", "id"], where=_is_null("dead_at"))
    _index("work_ready", "work", ["priority", "id"], where=_is("ready", True))
    _index("work_waiting", "work", ["available_at"], where=sa.and_(_is("ready", False), _is_null("dead_at")))
    op.create_table(
        "inbox",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="inbox_pkey"),
        sa.UniqueConstraint("key", name="inbox_key"),
        sqlite_autoincrement=True,
    )
    _index("inbox_applied", "inbox", ["applied_at"], where=_is_set("applied_at"))
    _index("inbox_unapplied", "inbox", ["id"], where=_is_null("applied_at"))
    op.create_table(
        "people",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("stream_user_id", sa.Text(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("is_stranger", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("team", "user", name="people_pkey"),
    )
    op.create_table(
        "homes",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", name="homes_pkey"),
    )
    op.create_table(
        "buckets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="buckets_pkey"),
    )
    op.create_table(
        "commands",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="commands_pkey"),
    )


def _index(name: str, table: str, columns: list[str], where: sa.ColumnElement[bool] | None = None) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _is(name: str, value: bool) -> sa.ColumnElement[bool]:
    return sa.column(name, sa.Boolean()).is_(value)


def _is_null(name: str) -> sa.ColumnElement[bool]:
    return sa.column(name).is_(None)


def _is_set(name: str) -> sa.ColumnElement[bool]:
    return sa.column(name).is_not(None)
