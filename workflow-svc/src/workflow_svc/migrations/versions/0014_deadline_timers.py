"""Timers of open tasks: when each warns and runs out; a task says whether it has them."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline_timer",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("warn_at", UtcDateTime),
        sa.Column("warned_at", UtcDateTime),
        sa.Column("overdue_at", UtcDateTime),
        sa.Column("next_at", UtcDateTime),
    )
    runs = sa.text("next_at IS NOT NULL")
    op.create_index("timer_next", "deadline_timer", ["next_at"], postgresql_where=runs, sqlite_where=runs)
    op.add_column("task", sa.Column("timed", sa.Boolean, nullable=False, server_default=sa.false()))
