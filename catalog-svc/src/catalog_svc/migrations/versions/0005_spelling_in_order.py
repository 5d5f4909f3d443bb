"""Spellings in the order of their letters' codes on every PostgreSQL; what reads and writes them does as before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
floor = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("spelling", "spelling", type_=sa.String(64, collation="C"))
