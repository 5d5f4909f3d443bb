"""From when a thing is not offered any more; how often a version was reworded; how many events a matter has."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("withdrawn_from", sa.Date))
    op.add_column("matter", sa.Column("withdrawn_from", sa.Date))
    op.add_column("matter", sa.Column("wording", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("matter", sa.Column("told", sa.Integer))
    # Until now each version was told once.
    op.execute(
        "UPDATE matter SET told = (SELECT count(*) FROM matter AS other"
        " WHERE other.matter_code = matter.matter_code AND other.matter_version <= matter.matter_version)"
    )
