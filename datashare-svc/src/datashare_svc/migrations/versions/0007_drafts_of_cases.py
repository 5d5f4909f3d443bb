"""An application's draft, so that what was asked for the draft is read with the application."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("draft_id", sa.String(36)))
