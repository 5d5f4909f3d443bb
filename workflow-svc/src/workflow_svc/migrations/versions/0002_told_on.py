"""What events tell on: a case's region, a task's result; unknown in the rows that are there."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("region", sa.String(6)))
    op.add_column("task", sa.Column("result", Json))
