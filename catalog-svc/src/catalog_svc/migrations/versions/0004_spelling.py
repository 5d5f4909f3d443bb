"""How titles are spelt, for suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spelling",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("spelling", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("text", sa.String(100), primary_key=True),
    )
