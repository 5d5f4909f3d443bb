"""Licences that may be offered as materials, as esign tells of them."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence",
        sa.Column("licence_id", sa.String(36), primary_key=True),
        sa.Column("identifier", sa.String(100), nullable=False, unique=True),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("licence_type", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("holder_id", sa.String(100), nullable=False),
        sa.Column("application_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("valid_until", sa.Date),
        sa.Column("materials", Json, nullable=False),
        sa.Column("subject", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("licence_of_number", "licence", ["number"])
    op.create_table(
        "application_licence",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
        sa.Column("material", sa.String(64), primary_key=True),
        sa.Column("licence_id", sa.String(36), nullable=False),
    )
