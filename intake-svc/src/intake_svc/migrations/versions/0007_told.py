"""How much was told of a matter, so that one that is offered again under its old version is known to be."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matter", sa.Column("told", sa.Integer, nullable=False, server_default="0"))
