"""All who changed a letter's text, not the last alone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_writer",
        sa.Column("letter_id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(100), primary_key=True),
    )
    op.execute("INSERT INTO letter_writer SELECT letter_id, edited_by FROM letter WHERE edited_by IS NOT NULL")
