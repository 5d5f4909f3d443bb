"""Drafts: the situation as it was chosen, when they were last changed; what became of one; matters' newest versions."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("answers", Json))
    op.create_index("ix_draft_updated_at", "draft", ["updated_at"])
    op.add_column("application", sa.Column("draft_id", sa.String(36)))
    op.create_index("ix_application_draft_id", "application", ["draft_id"])
    op.create_table(
        "matter",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("matter_version", sa.Integer, nullable=False),
        sa.Column("withdrawn_from", sa.Date),
    )
