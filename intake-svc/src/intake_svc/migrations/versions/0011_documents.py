"""Sealed documents of an application, as esign tells of them."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("task_id", sa.String(36)),
        sa.Column("sealed_at", UtcDateTime, nullable=False),
    )
