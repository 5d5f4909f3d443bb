"""What a parked event awaits; published events by age, for trimming."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parked", sa.Column("awaits", sa.String(130), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_parked_awaits", "parked", ["awaits"])
    published = sa.text("published_at IS NOT NULL")
    op.create_index("outbox_published", "outbox", ["published_at"], postgresql_where=published, sqlite_where=published)
