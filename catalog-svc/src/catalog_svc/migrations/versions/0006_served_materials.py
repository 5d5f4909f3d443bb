"""Which materials of a matter the networks serve, as it was told last."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "served",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("materials", Json, nullable=False),
    )
