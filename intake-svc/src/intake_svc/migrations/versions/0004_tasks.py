"""The tasks of an application that were opened: which unit works on which item."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), nullable=False),
        sa.Column("task_key", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("needed", sa.Boolean, nullable=False),
    )
    op.create_index("task_of_application", "task", ["application_id", "task_key"])
