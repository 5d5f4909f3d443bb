"""Running cases, the persons they concern, who asked for whose data."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("application_number", sa.String(40)),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("matter_version", sa.Integer, nullable=False),
        sa.Column("applicant_id", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("lead_unit", sa.String(8), nullable=False),
        sa.Column("tasks", Json, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("closed_at", UtcDateTime),
    )
    op.create_index("ix_case_file_application_number", "case_file", ["application_number"])
    op.create_table(
        "case_task",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("task_key", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
    )
    op.create_table(
        "case_person",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("element", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(36), nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "person_digest",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(36), nullable=False),
    )
    op.create_index("ix_person_digest_person_id", "person_digest", ["person_id"])
    op.create_table(
        "account_person",
        sa.Column("subject", sa.String(100), primary_key=True),
        sa.Column("person_id", sa.String(36), primary_key=True),
        sa.Column("linked_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "access",
        sa.Column("query_id", sa.String(36), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("officer", sa.String(100), nullable=False),
        sa.Column("officer_kind", sa.String(10), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("is_draft", sa.Boolean, nullable=False),
        sa.Column("application_number", sa.String(40), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("depth", sa.String(8), nullable=False),
        sa.Column("is_unmasked", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("is_cached", sa.Boolean, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("answer_sha256", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(300), nullable=False),
        sa.Index("access_by_person", "person_id", "at", "query_id"),
        sa.Index("access_by_case", "case_id", "at", "query_id"),
        sa.Index("access_by_officer", "officer", "at"),
    )
