"""Requests for grants, grants, their steps and clocks."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grant_request",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("origin", sa.String(100), unique=True),
        sa.Column("resource", sa.String(64), sa.ForeignKey("resource.resource"), nullable=False),
        sa.Column("provider", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("grantee_kind", sa.String(8), nullable=False),
        sa.Column("grantee", sa.String(64), nullable=False),
        sa.Column("depth", sa.String(8), nullable=False),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_unit", sa.String(8)),
        sa.Column("decided_at", UtcDateTime),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="grant_request_by_two"),
        sa.CheckConstraint("decided_unit IS NULL OR decided_unit <> unit", name="grant_request_by_others"),
    )
    op.create_index("grant_request_of_asker", "grant_request", ["unit", "request_id"])
    op.create_index("grant_request_of_asker_in_state", "grant_request", ["unit", "state", "request_id"])
    op.create_index("grant_request_of_provider", "grant_request", ["provider", "request_id"])
    op.create_index("grant_request_of_provider_in_state", "grant_request", ["provider", "state", "request_id"])
    op.create_index("grant_request_in_state", "grant_request", ["state", "request_id"])
    op.create_index("grant_request_due", "grant_request", ["due_at", "request_id"])
    op.create_index("grant_request_due_of_asker", "grant_request", ["unit", "due_at", "request_id"])
    op.create_index("grant_request_due_of_provider", "grant_request", ["provider", "due_at", "request_id"])
    op.create_table(
        "data_grant",
        sa.Column("grant_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
        sa.Column("resource", sa.String(64), sa.ForeignKey("resource.resource"), nullable=False),
        sa.Column("provider", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("grantee_kind", sa.String(8), nullable=False),
        sa.Column("grantee", sa.String(64), nullable=False),
        sa.Column("depth", sa.String(8), nullable=False),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("is_by_rule", sa.Boolean, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index("grant_of_grantee", "data_grant", ["resource", "grantee_kind", "grantee"])
    op.create_index("grant_of_provider", "data_grant", ["provider", "grant_id"])
    op.create_index("grant_of_asker", "data_grant", ["unit", "grant_id"])
    op.create_table(
        "grant_step",
        sa.Column("request_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
    )
    op.create_table(
        "grant_timer",
        sa.Column("request_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
        sa.Column("clock", sa.String(8), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("working_days", sa.Integer, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("reckoned_under", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("derivation", Json),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("fired_at", UtcDateTime),
    )
    where = sa.text("ended_at IS NULL")
    op.create_index("grant_to_expire", "data_grant", ["until"], postgresql_where=where, sqlite_where=where)
    op.create_index("grant_timer_due", "grant_timer", ["due_at"], postgresql_where=where, sqlite_where=where)
    op.create_index(
        "grant_timer_to_reckon", "grant_timer", ["reckoned_under"], postgresql_where=where, sqlite_where=where
    )
