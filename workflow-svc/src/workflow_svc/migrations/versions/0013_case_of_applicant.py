"""The index that `case_own` stands for goes, once that is there."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
floor = "0001"


def upgrade() -> None:
    op.drop_index("ix_case_file_applicant_id", "case_file")
