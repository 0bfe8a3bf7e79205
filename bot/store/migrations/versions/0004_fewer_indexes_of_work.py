"""No index of work by its call: only pruning asks for that, of a short table, and every piece of work paid for it."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_index("work_call", "work")
