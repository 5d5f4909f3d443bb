"""Whose schema this is and which releases may run on it; proofs of the keys that this database needs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schema_line",
        sa.Column("package", sa.String(100), primary_key=True),
        sa.Column("floor", sa.String(32), nullable=False),
    )
    op.create_table(
        "key_check",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("proof", sa.String(200), nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
    )
