"""By which event of its matter a version was told last: its words may be newer, what it means never is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("definition", sa.Column("told", sa.Integer, nullable=False, server_default=sa.text("0")))
