"""Open cases are found by the unit that leads them, for when it ends."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("case_led", "case_file", ["lead_unit", "state"])
