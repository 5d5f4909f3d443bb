"""Seals, their life and their uses, and the software keys of those that have one."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("seal_id", sa.String(36), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("line", sa.String(20), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("seal_code", sa.String(13), nullable=False, unique=True),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("algorithm", sa.String(8), nullable=False),
        sa.Column("capacities", Json, nullable=False),
        sa.Column("subjects", Json, nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("applicant", sa.String(100), nullable=False),
        sa.Column("maker", sa.String(100), nullable=False),
        sa.Column("auditor", sa.String(100), nullable=False),
        sa.Column("filing_no", sa.String(40), nullable=False),
        sa.Column("key_id", sa.String(100), nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("chain", Json, nullable=False),
        sa.Column("applied_at", UtcDateTime, nullable=False),
        sa.Column("used_from", UtcDateTime),
        sa.CheckConstraint("maker = '' OR maker <> applicant", name="seal_not_made_by_applicant"),
        sa.CheckConstraint("auditor = '' OR (auditor <> applicant AND auditor <> maker)", name="seal_filed_by_others"),
    )
    op.create_index("seal_of_unit", "seal", ["unit", "seal_id"])
    op.create_index("seal_in_use", "seal", ["unit", "kind", "state", "used_from"])
    op.create_table(
        "seal_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("seal_id", "number", name="seal_step_in_order"),
    )
    op.create_table(
        "seal_use",
        sa.Column("use_id", sa.String(36), primary_key=True),
        sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("document_kind", sa.String(30), nullable=False),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("task_id", sa.String(36), nullable=False),
        sa.Column("approver", sa.String(100), nullable=False),
        sa.Column("approver_unit", sa.String(8), nullable=False),
        sa.Column("capacity", sa.String(20), nullable=False),
        sa.Column("format", sa.String(4), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("document_id", "seal_id", "format", name="seal_use_once_a_file"),
    )
    op.create_index("seal_use_newest", "seal_use", ["seal_id", "use_id"])
    op.create_index("seal_use_of_file", "seal_use", ["sha256"])
    op.create_table(
        "seal_certificate",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
    )
    op.create_table(
        "seal_key",
        sa.Column("key_id", sa.String(36), primary_key=True),
        sa.Column("algorithm", sa.String(8), nullable=False),
        sa.Column("private", sa.Text, nullable=False),
    )
    op.create_table(
        "national_seal",
        sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), primary_key=True),
        sa.Column("key_id", sa.String(100), nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("chain", Json, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("valid_from", UtcDateTime),
        sa.Column("valid_until", UtcDateTime),
        sa.Column("key_made_at", UtcDateTime, nullable=False),
    )
