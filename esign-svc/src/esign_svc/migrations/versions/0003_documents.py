"""Documents, wanted and sealed, and letter numbers."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("number", sa.String(80)),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36)),
        sa.Column("task_id", sa.String(36)),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("applicant_id", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("lead_unit", sa.String(8), nullable=False),
        sa.Column("approver", sa.String(100), nullable=False),
        sa.Column("dated", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("wanted_at", UtcDateTime, nullable=False),
        sa.Column("template", sa.String(40)),
        sa.Column("template_version", sa.String(16)),
        sa.Column("seal_id", sa.String(36)),
        sa.Column("sealed_at", UtcDateTime),
        sa.Column("sha256", sa.String(64)),
        sa.Column("size", sa.Integer),
        sa.Column("file_name", sa.String(100), unique=True),
        sa.Column("code_digest", sa.String(64)),
        sa.Column("extended_sha256", sa.String(64)),
        sa.Column("extended_at", UtcDateTime),
        sa.UniqueConstraint("kind", "subject", name="document_of_subject"),
        sa.UniqueConstraint("unit", "number", name="document_of_number"),
        sa.Index("document_of_application", "application_id", "document_id"),
        sa.Index("document_of_unit", "unit", "state", "document_id"),
        sa.Index("document_of_file", "sha256"),
    )
    op.create_table(
        "document_export",
        sa.Column("document_id", sa.String(36), sa.ForeignKey("document.document_id"), primary_key=True),
        sa.Column("seal_id", sa.String(36), nullable=False),
        sa.Column("sealed_at", UtcDateTime, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False, unique=True),
        sa.Index("document_export_of_file", "sha256"),
    )
    op.create_table(
        "case_unit",
        sa.Column("application_id", sa.String(36), primary_key=True),
        sa.Column("unit", sa.String(8), primary_key=True),
    )
    op.create_table(
        "letter_counter",
        sa.Column("unit", sa.String(8), primary_key=True),
        sa.Column("word", sa.String(60), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
