"""The figures, by generation: marks, tallies and notes of late changes."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figures",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("current", sa.Integer, nullable=False),
        sa.Column("building", sa.Integer),
        sa.Column("built_kind", sa.String(12), nullable=False),
        sa.Column("built_key", sa.String(64), nullable=False),
        sa.Column("built_entries", sa.Integer, nullable=False),
        sa.Column("begun_at", UtcDateTime),
    )
    op.create_table(
        "mark",
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("nth", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("measure", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    of_figure = ["generation", "measure", "period", "unit", "key", "kind", "nth"]
    op.create_index("mark_of_figure", "mark", of_figure)
    op.create_table(
        "tally",
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("dimension", sa.String(8), primary_key=True),
        sa.Column("period", sa.String(7), primary_key=True),
        sa.Column("measure", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    op.create_index("tally_over_time", "tally", ["generation", "dimension", "measure", "period", "key"])
    op.create_table(
        "late_note",
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(7), primary_key=True),
        sa.Column("measure", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(8), primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("why", sa.String(64), nullable=False),
    )
    op.create_index("late_note_of_period", "late_note", ["generation", "period", "unit", "key", "measure", "kind"])
