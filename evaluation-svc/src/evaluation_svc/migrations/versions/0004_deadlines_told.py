"""When workflow told that a task's promised time is near, and past."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_task", sa.Column("warned_at", UtcDateTime))
    op.add_column("case_task", sa.Column("overdue_at", UtcDateTime))
