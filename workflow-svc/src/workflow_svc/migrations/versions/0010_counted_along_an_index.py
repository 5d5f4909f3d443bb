"""A unit's own tasks, without its applicants' steps, are counted along an index; the one before it is not needed."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
floor = "0001"


def upgrade() -> None:
    op.create_index("task_of_unit", "task", ["unit", "by_applicant", "state", "promised_due", "task_id"])
    op.drop_index("task_inbox", "task")
