"""Networks, resources and sharing catalogues of the city pack; what the catalogue tells."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network",
        sa.Column("network", sa.String(64), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("owner_name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_since", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )
    op.create_table(
        "resource",
        sa.Column("resource", sa.String(64), primary_key=True),
        sa.Column("resource_code", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("sharing_class", sa.String(1), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_resource_network", "resource", ["network"])
    op.create_table(
        "sharing",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("document", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.String(8), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("successor", sa.String(8)),
    )
    op.create_table(
        "matter",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("matter_version", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("tasks", Json, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
    )
    op.create_table(
        "calendar",
        sa.Column("region", sa.String(6), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", Json, nullable=False),
    )
