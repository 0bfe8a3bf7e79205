"""Personal links to join, and the cookies they are exchanged for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("hash", name="links_pkey"),
    )
    op.create_index("links_call", "links", ["call_id"])
    op.create_index("links_expire", "links", ["expires_at"])
    op.create_table(
        "cookies",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="cookies_pkey"),
    )
    op.create_index("cookies_call", "cookies", ["call_id"])
    op.create_index("cookies_expire", "cookies", ["expires_at"])
