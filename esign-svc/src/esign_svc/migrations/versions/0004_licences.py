"""Electronic licences: types, numbers, states, what was done to them, use copies."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence_type",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
    op.create_table(
        "licence_item",
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(64), sa.ForeignKey("licence_type.code"), nullable=False),
    )
    op.create_table(
        "issuer",
        sa.Column("unit_code", sa.String(8), primary_key=True),
        sa.Column("uscc", sa.String(18), nullable=False),
    )
    op.create_table(
        "licence_counter",
        sa.Column("type", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "licence",
        sa.Column("licence_id", sa.String(36), primary_key=True),
        sa.Column("task_id", sa.String(36), nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("supersedes", sa.String(36)),
        sa.Column("type", sa.String(64), sa.ForeignKey("licence_type.code"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("identifier", sa.String(100), nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("region", sa.String(6)),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("task_name", sa.String(100), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("holder_id", sa.String(100), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date),  # none: 长期
        sa.Column("issued_at", UtcDateTime),
        sa.Column("face", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(36)),
        sa.Column("corrections", sa.Text, nullable=False),
        sa.UniqueConstraint("task_id", "edition", name="licence_once_a_decision"),
        sa.UniqueConstraint("type", "number", "edition", name="licence_number_once"),
    )
    op.create_index("licence_of_holder", "licence", ["holder_id", "licence_id"])
    op.create_index("licence_of_unit", "licence", ["unit", "licence_id"])
    op.create_index("licence_of_unit_in_state", "licence", ["unit", "state", "licence_id"])
    op.create_index("licence_of_unit_of_type", "licence", ["unit", "type", "licence_id"])
    op.create_index("licence_of_unit_of_type_in_state", "licence", ["unit", "type", "state", "licence_id"])
    op.create_index("licence_to_expire", "licence", ["state", "valid_until"])
    op.create_table(
        "licence_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("licence_id", sa.String(36), sa.ForeignKey("licence.licence_id"), nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("corrections", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String(100), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("ended_by", sa.String(100)),
        sa.Column("ended_at", UtcDateTime),
        sa.CheckConstraint(
            "action = 'resume' OR status <> 'confirmed' OR ended_by <> proposed_by", name="licence_step_by_two"
        ),
    )
    op.create_index("licence_step_of", "licence_step", ["licence_id", "step_id"])
    op.create_table(
        "licence_copy",
        sa.Column("copy_id", sa.String(36), primary_key=True),
        sa.Column("licence_id", sa.String(36), sa.ForeignKey("licence.licence_id"), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("made_at", UtcDateTime),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(36)),
    )
    op.create_index("licence_copy_of", "licence_copy", ["licence_id", "copy_id"])
    op.create_index("licence_copy_asked", "licence_copy", ["licence_id", "asked_at"])
    op.create_index("licence_copy_code", "licence_copy", ["licence_id", "code_digest"])
    op.create_index(
        "licence_step_open",
        "licence_step",
        ["licence_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
        sqlite_where=sa.text("status = 'proposed'"),
    )
