"""Definitions, calendars, cases, tasks and their derived deadlines."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "definition",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("matter_version", sa.Integer, primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
    op.create_table(
        "calendar",
        sa.Column("region", sa.String(6), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
    op.create_table(
        "case_file",
        sa.Column("case_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), nullable=False, unique=True),
        sa.Column("application_number", sa.String(40), nullable=False, index=True),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("matter_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("lead_unit", sa.String(8), nullable=False),
        sa.Column("lead_unit_name", sa.String(100), nullable=False),
        sa.Column("applicant_id", sa.String(100), nullable=False, index=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("promised_due", UtcDateTime, nullable=False),
        sa.Column("statutory_due", UtcDateTime),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("elapsed_working_minutes", sa.Integer),
    )
    op.create_table(
        "task",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.case_id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("task_key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("hard", sa.Boolean, nullable=False),
        sa.Column("promise", Json, nullable=False),
        sa.Column("statutory", Json),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_at", UtcDateTime),
        sa.Column("promised_due", UtcDateTime),
        sa.Column("statutory_due", UtcDateTime),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.UniqueConstraint("case_id", "task_key", name="task_once_a_case"),
    )
    op.create_table(
        "deadline",
        sa.Column("subject", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("derivation", Json, nullable=False),
        sa.Column("cause", sa.String(100), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_index("task_inbox", "task", ["unit", "state", "promised_due", "task_id"])
