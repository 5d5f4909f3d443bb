"""The names of the units beside their codes, as they were when the case was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("unit_name", sa.String(100), nullable=False, server_default=""))
    op.add_column("case_file", sa.Column("lead_unit_name", sa.String(100), nullable=False, server_default=""))
