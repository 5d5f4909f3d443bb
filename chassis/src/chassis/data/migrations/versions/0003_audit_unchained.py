"""Audit rows wait in a table of their own until they are chained; what is chained stays as it is."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import BigKey

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_unchained",
        sa.Column("position", BigKey, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("seal", sa.String(300), nullable=False),
    )
