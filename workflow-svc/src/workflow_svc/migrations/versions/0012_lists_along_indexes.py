"""Lists are read along an index whatever they are narrowed by; while these are built, the tables are read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("case_led_newest", "case_file", ["lead_unit", "case_id"])
    op.create_index("case_own", "case_file", ["applicant_id", "case_id"])
    of_unit = ["unit", "by_applicant", "state"]
    op.create_index("task_by_id", "task", [*of_unit, "task_id"])
    op.create_index("task_of_matter_by_id", "task", [*of_unit, "matter_code", "task_id"])
    op.create_index("task_of_matter", "task", [*of_unit, "matter_code", "promised_due", "task_id"])
    op.create_index("task_in_case", "task", ["unit", "case_id", "by_applicant", "task_id"])
    unfilled = sa.text("matter_code = ''")
    op.create_index("task_unfilled", "task", ["task_id"], postgresql_where=unfilled, sqlite_where=unfilled)
