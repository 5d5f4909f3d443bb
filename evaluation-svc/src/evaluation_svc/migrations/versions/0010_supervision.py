"""Supervisions, overdue first answers, and the indexes of running tasks."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervision",
        sa.Column("supervision_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("application_number", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("light", sa.String(8), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("content", sa.String(100), nullable=False),
        sa.Column("letter_id", sa.String(36), nullable=False, unique=True),
        sa.Column("number", sa.String(80)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("state_at", UtcDateTime, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("answered_at", UtcDateTime),
        sa.Column("warned_at", UtcDateTime),
        sa.Column("escalated_at", UtcDateTime),
        sa.UniqueConstraint("application_id", "unit", name="supervision_once"),
        sa.Index("supervision_of_unit", "unit", "rank", "supervision_id"),
        sa.Index("supervision_ranked", "rank", "supervision_id"),
    )
    op.create_table(
        "supervision_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("supervision_id", sa.String(36), sa.ForeignKey("supervision.supervision_id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.UniqueConstraint("supervision_id", "number", name="supervision_step_in_order"),
    )
    op.create_table(
        "late_answer",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("application_number", sa.String(40), nullable=False),
        sa.Column("matter_name", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("overdue_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime),
    )
    late = sa.text("answered_at IS NULL")
    for name, columns in (
        ("late_answer_of_unit", ["unit", "due_at", "application_id"]),
        ("late_answer_due", ["due_at", "application_id"]),
    ):
        op.create_index(name, "late_answer", columns, sqlite_where=late, postgresql_where=late)
    running = sa.text("is_open")
    for name, columns in (
        ("case_task_running_of_unit", ["unit", "promised_due", "task_id"]),
        ("case_task_running", ["promised_due", "task_id"]),
    ):
        op.create_index(name, "case_task", columns, sqlite_where=running, postgresql_where=running)
