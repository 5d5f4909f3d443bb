"""Indexes for what is looked at all the time: parked events by their turn, what has had its time by its age."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    published, alive = sa.text("published_at IS NOT NULL"), sa.text("state != 'dead'")
    columns = ["topic", "published_at"]
    op.create_index("outbox_by_topic", "outbox", columns, postgresql_where=published, sqlite_where=published)
    op.create_index("inbox_by_age", "inbox", ["handled_at", "topic", "subject", "version"])
    op.create_index("parked_by_state", "parked", ["state"])
    op.create_index("parked_alive", "parked", ["next_attempt_at"], postgresql_where=alive, sqlite_where=alive)
