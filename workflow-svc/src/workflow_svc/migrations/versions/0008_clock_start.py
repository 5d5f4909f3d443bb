"""From when a task's clock runs, what kind of item it is, and when the application was received."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("submitted_at", UtcDateTime))
    op.add_column(
        "task", sa.Column("clock_start", sa.String(12), nullable=False, server_default=sa.text("'ACCEPTANCE'"))
    )
    op.add_column("task", sa.Column("task_type", sa.String(8), nullable=False, server_default=sa.text("''")))
