"""Open tasks without timers are found along an index; while it is built, the table is read."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    untimed = sa.text("NOT timed")
    columns = ["state", "by_applicant", "task_id"]
    op.create_index("task_untimed", "task", columns, postgresql_where=untimed, sqlite_where=untimed)
