"""The loop of a bad rating: rectifications, their steps, appeals, what tags were found to be, what is public."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rectifications()
    op.create_table(
        "rectification_step",
        sa.Column("rectification_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("details", Json, nullable=False),
    )
    op.create_table(
        "rectification_person",
        sa.Column("rectification_id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(100), primary_key=True),
    )
    op.create_table(
        "tag_finding",
        sa.Column("rating_id", sa.String(36), primary_key=True),
        sa.Column("tag", sa.String(8), primary_key=True),
        sa.Column("finding", sa.String(12), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("checked_at", UtcDateTime, nullable=False),
    )
    _appeals()
    _published()


def _rectifications() -> None:
    op.create_table(
        "rectification",
        sa.Column("rectification_id", sa.String(36), primary_key=True),
        sa.Column("rating_id", sa.String(36), nullable=False, unique=True),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("rater_id", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("is_named", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("officer", sa.String(100)),
        sa.Column("clock", sa.String(12)),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("overdue_at", UtcDateTime),
        sa.Column("overdue_count", sa.Integer, nullable=False),
        sa.Column("was_appealed", sa.Boolean, nullable=False),
        sa.Column("called_back_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("done", sa.Text, nullable=False),
    )
    listed = ["rank", "opened_at", "rectification_id"]
    for name, columns in (
        ("rectification_of_case", ["application_id", "visit_id"]),
        ("rectification_of_rater", ["rater_id", *listed[1:]]),
        ("rectification_of_unit", ["unit", *listed]),
        ("rectification_of_unit_in_state", ["unit", "state", *listed]),
        ("rectification_of_all", listed),
        ("rectification_of_all_in_state", ["state", *listed]),
    ):
        op.create_index(name, "rectification", columns)


def _appeals() -> None:
    op.create_table(
        "rating_appeal",
        sa.Column("appeal_id", sa.String(36), primary_key=True),
        sa.Column("rectification_id", sa.String(36), nullable=False, unique=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("ground", sa.String(12), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("filed_at", UtcDateTime, nullable=False),
        sa.Column("filed_by", sa.String(100), nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_for", sa.String(8)),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("rating_appeal_in_state", "rating_appeal", ["state", "filed_at", "appeal_id"])


def _published() -> None:
    op.create_table(
        "rectification_published",
        sa.Column("publication_id", sa.String(36), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("done", sa.Text, nullable=False),
        sa.Column("month", sa.String(7)),
    )
    op.create_index("rectification_published_by_month", "rectification_published", ["month", "publication_id"])
    op.create_index("rectification_published_of_unit", "rectification_published", ["unit", "month", "publication_id"])
