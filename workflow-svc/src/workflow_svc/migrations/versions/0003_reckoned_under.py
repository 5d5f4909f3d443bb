"""Each case says under which calendar its clocks were reckoned; those that are there are reckoned once more."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("reckoned_under", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_index("case_to_reckon", "case_file", ["state", "reckoned_under", "case_id"])
