"""The life of connections: steps, acceptance cases, runs with their outcomes and signatures, probes, what is served."""

import sqlalchemy as sa
from alembic import op
from chassis.data.schema import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("connection_step_of", "connection_step", ["network", "step_id"])
    op.create_table(
        "acceptance_case",
        sa.Column("case_key", sa.String(64), primary_key=True),
        sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_acceptance_case_network", "acceptance_case", ["network"])
    op.create_table(
        "acceptance_run",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("provider_by", sa.String(100), nullable=False),
        sa.Column("provider_at", UtcDateTime),
        sa.Column("authority_by", sa.String(100), nullable=False),
        sa.Column("authority_at", UtcDateTime),
    )
    op.create_index("acceptance_run_newest", "acceptance_run", ["network", "number"], unique=True)
    op.create_table(
        "acceptance_outcome",
        sa.Column("run_id", sa.String(36), sa.ForeignKey("acceptance_run.run_id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("case_key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("wrong", sa.String(500), nullable=False),
        sa.Column("answer_digest", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "probe",
        sa.Column("probe_id", sa.String(36), primary_key=True),
        sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("ms", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_index("probe_newest", "probe", ["network", "probe_id"])
    op.create_index("probe_since", "probe", ["network", "at"])
    op.create_index("ix_probe_at", "probe", ["at"])
    op.create_table(
        "served",
        sa.Column("matter_code", sa.String(64), primary_key=True),
        sa.Column("served", Json, nullable=False),
        sa.Column("to_bring", Json, nullable=False),
    )
