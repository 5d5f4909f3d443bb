"""Guides by their digest, each kept once; how far an application's timeline goes, counted from now on."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guide",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.add_column("draft", sa.Column("guide_digest", sa.String(64)))
    op.add_column("draft", sa.Column("digest_version", sa.Integer))
    op.add_column("application", sa.Column("guide_digest", sa.String(64)))
    op.add_column("application", sa.Column("place", sa.Integer, nullable=False, server_default="0"))
