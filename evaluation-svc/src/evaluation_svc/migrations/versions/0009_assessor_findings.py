"""What third-party assessors found: signed statements, and the files that their signatures name."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessor_finding",
        sa.Column("finding_id", sa.String(36), primary_key=True),
        sa.Column("assessor", sa.String(8), nullable=False),
        sa.Column("statement_id", sa.String(36), nullable=False),
        sa.Column("assessor_name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("assessed_on", sa.String(10), nullable=False),
        sa.Column("checked", sa.Integer),
        sa.Column("right", sa.Integer),
        sa.Column("score", sa.Integer),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("public_key", Json, nullable=False),
        sa.Column("submitted_by", sa.String(100), nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.Column("entered_at", UtcDateTime),
        sa.Column("withdrawn_at", UtcDateTime),
        sa.Column("withdrawal_reason", sa.String(20)),
        sa.Column("withdrawal", sa.Text),
        sa.Column("withdrawal_signature", sa.Text),
        sa.UniqueConstraint("assessor", "statement_id", name="finding_once"),
    )
    op.create_index("finding_of_assessor", "assessor_finding", ["assessor", "finding_id"])
    op.create_index("finding_of_unit", "assessor_finding", ["unit", "finding_id"])
    op.create_index("finding_in_period", "assessor_finding", ["period", "finding_id"])
    op.create_table(
        "assessor_evidence",
        sa.Column("finding_id", sa.String(36), sa.ForeignKey("assessor_finding.finding_id"), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("given_at", UtcDateTime),
        sa.Column("size", sa.Integer),
        sa.Column("file_name", sa.String(100), unique=True),
    )
