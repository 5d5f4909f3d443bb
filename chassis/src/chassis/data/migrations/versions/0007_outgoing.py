"""Work that leaves a service after the transaction that asked for it."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("state = 'waiting'")
    op.create_table(
        "outgoing",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Index("outgoing_due", "kind", "next_attempt_at", postgresql_where=waiting, sqlite_where=waiting),
    )
