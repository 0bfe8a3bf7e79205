"""No index of calls by their caller and end: a caller is a member, and found as one."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("calls_called", "calls")
