"""Whether a row is in the chain already is looked up by its moment."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("audit_at", "audit", ["at"])
