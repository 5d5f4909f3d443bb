"""Letters of the office that leads evaluation."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("letter_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("paragraphs", Json, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("drafted_by", sa.String(100), nullable=False),
        sa.Column("drafted_at", UtcDateTime, nullable=False),
        sa.Column("edited_by", sa.String(100)),
        sa.Column("approved_by", sa.String(100)),
        sa.Column("approved_at", UtcDateTime),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("number", sa.String(80)),
        sa.Column("document_id", sa.String(36)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("sealed_at", UtcDateTime),
        sa.UniqueConstraint("kind", "subject", "unit", name="letter_once"),
        sa.Index("letter_of_unit", "unit", "state", "letter_id"),
        sa.Index("letter_in_state", "state", "letter_id"),
    )
