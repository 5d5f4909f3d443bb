"""Notices from one unit to another."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("document_id", sa.String(36), sa.ForeignKey("document.document_id"), primary_key=True),
        sa.Column("letter_id", sa.String(36), nullable=False, unique=True),
        sa.Column("letter_kind", sa.String(12), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("to_unit", sa.String(8), nullable=False),
        sa.Column("paragraphs", Json, nullable=False),
        sa.Index("notice_from", "unit", "document_id"),
        sa.Index("notice_to", "to_unit", "document_id"),
    )
