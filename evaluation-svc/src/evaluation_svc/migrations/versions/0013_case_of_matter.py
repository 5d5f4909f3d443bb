"""The cases of a matter by their end: among how many applicants a rater hides."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("case_file_of_matter", "case_file", ["matter_code", "closed_at"])
