"""What the catalogue tells of each item."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_fact",
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("item_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False, index=True),
        sa.Column("task_type", sa.String(64), nullable=False),
        sa.Column("project_type", sa.String(64), nullable=False),
        sa.Column("is_applied_for", sa.Boolean, nullable=False),
        sa.Column("handle_type", Json, nullable=False),
        sa.Column("online_handle_depth", sa.String(4), nullable=False),
        sa.Column("limit_scene_num", sa.Integer, nullable=False),
        sa.Column("promise", Json, nullable=False),
        sa.Column("statutory", Json),
        sa.Column("clock_start", sa.String(16), nullable=False),
        sa.Column("materials", sa.Integer, nullable=False),
        sa.Column("materials_required", sa.Integer, nullable=False),
        sa.Column("is_fee", sa.Boolean, nullable=False),
    )
    op.create_table(
        "item_end",
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("withdrawn_from", sa.Date, nullable=False),
    )
