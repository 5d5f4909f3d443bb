"""Which tasks of an application became needless, for its steps."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("tasks_dropped", Json))
