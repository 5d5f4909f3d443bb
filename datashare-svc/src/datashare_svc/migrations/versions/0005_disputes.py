"""Disputes of values and their evidence."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispute",
        sa.Column("dispute_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("application_number", sa.String(40), nullable=False),
        sa.Column("applicant_id", sa.String(100), nullable=False),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("source_unit", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("place", sa.String(10), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("query_id", sa.String(36)),
        sa.Column("shared_value", sa.Text, nullable=False),
        sa.Column("claimed_value", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("filed_at", UtcDateTime, nullable=False),
        sa.Column("calendar", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("derivation", Json),
        sa.Column("rank_at", UtcDateTime, nullable=False),
        sa.Column("overdue_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("answered_by", sa.String(100)),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("corrected_value", sa.Text, nullable=False),
    )
    untold = sa.text("state = 'open' AND overdue_at IS NULL")
    op.create_index("dispute_of_applicant", "dispute", ["applicant_id", "filed_at", "dispute_id"])
    op.create_index("dispute_of_unit", "dispute", ["unit", "state", "rank_at", "dispute_id"])
    op.create_index("dispute_to_reckon", "dispute", ["calendar"], postgresql_where=untold, sqlite_where=untold)
    op.create_index("dispute_to_tell", "dispute", ["due_at"], postgresql_where=untold, sqlite_where=untold)
    op.create_table(
        "dispute_evidence",
        sa.Column("evidence_id", sa.String(36), primary_key=True),
        sa.Column("dispute_id", sa.String(36), sa.ForeignKey("dispute.dispute_id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("reserved_at", UtcDateTime, nullable=False),
        sa.Column("given_at", UtcDateTime),
        sa.Column("size", sa.Integer),
        sa.Column("sha256", sa.String(64)),
        sa.Column("file_name", sa.String(100), unique=True),
    )
    op.create_index("ix_dispute_evidence_dispute_id", "dispute_evidence", ["dispute_id"])
