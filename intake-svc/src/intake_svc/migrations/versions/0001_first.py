"""Drafts, applications, counters, timelines."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("draft_id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("matter_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("guide", Json, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "application",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("application_number", sa.String(40), nullable=False, unique=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("matter_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("guide", Json, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.Column("accepted_at", UtcDateTime),
        sa.Column("accepted_by", sa.String(100)),
        sa.Column("accept_doc_no", sa.String(50)),
        sa.Column("accept_note", sa.Text),
        sa.Column("case_id", sa.String(36)),
        sa.Column("expected_finish", UtcDateTime),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("tasks_total", sa.Integer, nullable=False),
        sa.Column("tasks_done", sa.Integer, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("elapsed_working_minutes", sa.Integer),
    )
    op.create_table(
        "person",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    op.create_table(
        "timeline",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("task_key", sa.String(64), nullable=False),
    )
    op.create_index("draft_own", "draft", ["owner", "draft_id"])
    op.create_index("application_own", "application", ["owner", "application_id"])
    op.create_index("application_unit", "application", ["unit", "application_id"])
    op.create_index("application_window", "application", ["unit", "state", "application_id"])
