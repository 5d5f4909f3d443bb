"""Units, items and matters in versions, search words, calendars."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("short_name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
    )
    op.create_table(
        "item",
        sa.Column("task_code", sa.String(64), primary_key=True),
        sa.Column("task_version", sa.Integer, primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False, index=True),
        sa.Column("task_name", sa.String(100), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
    )
    op.create_table(
        "matter",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("matter_version", sa.Integer, primary_key=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
    )
    op.create_table(
        "word",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("word", sa.String(50), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("weight", sa.Integer, nullable=False),
    )
    op.create_table(
        "synonym",
        sa.Column("phrase", sa.String(50), primary_key=True),
        sa.Column("meanings", Json, nullable=False),
    )
    op.create_table(
        "calendar",
        sa.Column("region", sa.String(6), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
