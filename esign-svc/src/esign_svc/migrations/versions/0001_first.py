"""What the catalogue tells of units."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.String(8), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("successor", sa.String(8)),
        sa.Column("acceptance_word", sa.String(50), nullable=False),
    )
