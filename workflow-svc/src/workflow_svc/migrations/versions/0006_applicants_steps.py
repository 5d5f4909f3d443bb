"""Steps that are the applicant's own act, with the receipt that she may note; those that are there are units' tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("by_applicant", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("task", sa.Column("receipt", sa.Text, nullable=False, server_default=sa.text("''")))
