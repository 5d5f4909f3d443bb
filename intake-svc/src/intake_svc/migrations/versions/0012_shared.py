"""What the networks gave, for drafts and for applications' disputes, and the ledger of what applicants were spared.

Whom the applications that run already concern is still to be told to datashare: without it no query in them is made.
"""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("shared", sa.Text))
    op.create_table(
        "shared",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "booked",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
        sa.Column("place", sa.String(10), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("network_name", sa.String(100), nullable=False),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("resource_name", sa.String(100), nullable=False),
        sa.Column("use", sa.String(64), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("query_id", sa.String(36)),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("answered_at", UtcDateTime),
    )
    op.execute(
        "INSERT INTO outgoing (kind, subject, state, attempts, next_attempt_at, last_error, asked_at)"
        " SELECT 'sharing', application_id, 'waiting', 0, CURRENT_TIMESTAMP, '', CURRENT_TIMESTAMP"
        " FROM application WHERE state <> 'closed'"
    )
