"""Queries are counted by network and time."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("access_by_network", "access", ["network", "at"])
