"""The basis of a decision, sealed as its reason is; those from before stay where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("sealed_basis", sa.Text, nullable=False, server_default=sa.text("''")))
