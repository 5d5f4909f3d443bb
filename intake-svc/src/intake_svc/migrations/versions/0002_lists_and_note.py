"""Indexes that carry the lists in their order, and the clerk's note on an acceptance (encrypted)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("accept_note", sa.Text))
    op.drop_index("ix_application_owner", "application")
    op.create_index("application_own", "application", ["owner", "application_id"])
    op.create_index("application_unit", "application", ["unit", "application_id"])
    op.drop_index("ix_draft_owner", "draft")
    op.create_index("draft_own", "draft", ["owner", "draft_id"])
