"""An index by which a workspace's calls of the last minute are counted."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("calls_lately", "calls", ["team", "created_at"])
