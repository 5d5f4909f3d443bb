"""What siblings tell, the city pack's documents, the cases, the journal and the clocks."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _learned()
    _cases()
    op.create_table(
        "journal",
        sa.Column("entry_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
    )
    op.create_index("journal_of_key", "journal", ["kind", "key", "entry_id"])
    uncounted = sa.text("NOT counted")
    op.create_index("journal_uncounted", "journal", ["entry_id"], sqlite_where=uncounted, postgresql_where=uncounted)
    op.create_table(
        "timer",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("limit_unit", sa.String(16), nullable=False),
        sa.Column("warn", sa.Integer, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("reckoned_under", sa.Integer, nullable=False),
        sa.Column("warn_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime),
        sa.Column("derivation", Json),
        sa.Column("warned_at", UtcDateTime),
        sa.Column("fired_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
    )
    running = sa.text("ended_at IS NULL")
    for name, column in (("timer_due", "due_at"), ("timer_warns", "warn_at"), ("timer_reckoned", "reckoned_under")):
        op.create_index(name, "timer", [column], sqlite_where=running, postgresql_where=running)


def _learned() -> None:
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.String(8), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("short_name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("successor", sa.String(8)),
    )
    op.create_table(
        "matter",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("matter_version", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("lead_unit", sa.String(8), nullable=False),
        sa.Column("tasks", Json, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
    )
    op.create_table(
        "calendar",
        sa.Column("region", sa.String(6), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
    op.create_table(
        "pack_document",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("loaded_at", UtcDateTime, nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "case_file",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("application_number", sa.String(40)),
        sa.Column("matter_code", sa.String(64)),
        sa.Column("matter_version", sa.Integer),
        sa.Column("applicant_id", sa.String(100)),
        sa.Column("unit", sa.String(8)),
        sa.Column("lead_unit", sa.String(8)),
        sa.Column("units", Json),
        sa.Column("region", sa.String(64)),
        sa.Column("submitted_at", UtcDateTime),
        sa.Column("accepted_at", UtcDateTime),
        sa.Column("accepted_by", sa.String(100)),
        sa.Column("promised_due", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("outcome", sa.String(16)),
    )
    op.create_index("ix_case_file_application_number", "case_file", ["application_number"])
    op.create_table(
        "case_task",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("task_key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("item", sa.String(64)),
        sa.Column("promised_due", UtcDateTime),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("outcome", sa.String(16)),
        sa.Column("is_open", sa.Boolean, nullable=False),
    )
    op.create_index("ix_case_task_application_id", "case_task", ["application_id"])
