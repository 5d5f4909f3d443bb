"""A task carries its case's matter, for lists along an index; alone, since no one may use a table that is altered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("matter_code", sa.String(64), nullable=False, server_default=sa.text("''")))
