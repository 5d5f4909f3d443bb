"""Units with an end, a successor, the word of their papers, and the remedies against their decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = {
    "successor": 8,
    "acceptance_word": 50,
    "review_basis": 30,
    "review_authority": 200,
    "court": 200,
    "authority_address": 200,
    "authority_phone": 200,
    "complaint_way": 200,
}


def upgrade() -> None:
    op.add_column("unit", sa.Column("valid_to", sa.Date))
    for name, length in TEXTS.items():
        op.add_column("unit", sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''")))
    op.add_column("unit", sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")))
