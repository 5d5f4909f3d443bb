"""What may be rated, ratings, visits, and what is left out of the figures."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ratings()
    _visits()
    _exclusions()
    op.create_index("case_file_of_applicant", "case_file", ["applicant_id", "matter_code", "closed_at"])


def _ratings() -> None:
    op.create_table(
        "rating",
        sa.Column("rating_id", sa.String(36), primary_key=True),
        sa.Column("rated_key", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("visit_id", sa.String(36)),
        sa.Column("rater_id", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("matter_code", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("channel", sa.String(12), nullable=False),
        sa.Column("wants_call", sa.Boolean),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("window_code", sa.String(64), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("rated_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_rating_application_id", "rating", ["application_id"])
    op.create_index("rating_once", "rating", ["rated_key", "number"], unique=True)
    op.create_index("rating_of_rater", "rating", ["rater_id", "rated_at", "rating_id"])
    op.create_index("rating_of_unit", "rating", ["unit", "period", "rating_id"])
    op.create_index("rating_of_device", "rating", ["device", "rated_at"])
    op.create_index("rating_of_window", "rating", ["window_code", "rated_at"])
    op.create_table(
        "invitation",
        sa.Column("rated_key", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("visit_id", sa.String(36)),
        sa.Column("applicant_id", sa.String(100), nullable=False),
        sa.Column("shown_from", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
    )
    still = sa.text("ended_at IS NULL")
    columns = ["applicant_id", "shown_from", "rated_key"]
    op.create_index("invitation_open", "invitation", columns, sqlite_where=still, postgresql_where=still)


def _visits() -> None:
    op.create_table(
        "visit",
        sa.Column("visit_id", sa.String(36), primary_key=True),
        sa.Column("application_id", sa.String(36)),
        sa.Column("window_code", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("registered_by", sa.String(100), nullable=False),
        sa.Column("visited_at", UtcDateTime, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    op.create_index("visit_once_a_day", "visit", ["application_id", "window_code", "day"], unique=True)
    op.create_index("visit_of_case", "visit", ["application_id", "visited_at"])
    op.create_index("visit_at_window", "visit", ["window_code", "visited_at"])
    op.create_table(
        "known_staff",
        sa.Column("subject", sa.String(100), primary_key=True),
        sa.Column("unit", sa.String(8), primary_key=True),
    )


def _exclusions() -> None:
    op.create_table(
        "unjudged",
        sa.Column("key", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("working_minutes", sa.Integer),
        sa.Column("noted_at", UtcDateTime, nullable=False),
    )
    op.create_index("unjudged_oldest", "unjudged", ["noted_at", "key"])
    op.create_table(
        "exclusion",
        sa.Column("exclusion_id", sa.String(36), primary_key=True),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("rating_id", sa.String(36), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("ruled_at", UtcDateTime, nullable=False),
        sa.Column("lifted_at", UtcDateTime),
        sa.Column("lifted_by", sa.String(100), nullable=False),
        sa.Column("lift_reason", sa.Text, nullable=False),
    )
    op.create_index("exclusion_once", "exclusion", ["rule", "application_id", "rating_id"], unique=True)
    op.create_index("exclusion_by_rule", "exclusion", ["rule", "exclusion_id"])
