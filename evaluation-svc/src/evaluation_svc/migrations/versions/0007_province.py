"""What the provincial platform was told of each rating."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "province_push",
        sa.Column("rating_id", sa.String(36), primary_key=True),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("provincial_eval_id", sa.String(64)),
        sa.Column("pushed_at", UtcDateTime),
        sa.Column("void_asked_at", UtcDateTime),
        sa.Column("void_told_at", UtcDateTime),
    )
    op.create_index("province_push_of_day", "province_push", ["day", "rating_id"])
