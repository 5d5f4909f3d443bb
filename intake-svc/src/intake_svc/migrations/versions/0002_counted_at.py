"""When a counter was last counted, so that one whose day is over can go; those there are have their time from now."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("counter", sa.Column("counted_at", UtcDateTime))
    op.create_index("ix_counter_counted_at", "counter", ["counted_at"])
    op.execute("UPDATE counter SET counted_at = CURRENT_TIMESTAMP")
