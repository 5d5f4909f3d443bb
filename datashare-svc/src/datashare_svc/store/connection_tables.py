"""The tables of connections: steps, acceptance, probes, and what was told to be served."""

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime

from datashare_svc.store.tables import metadata

NETWORK = "network.network"

connection_steps = sa.Table(
    "connection_step",
    metadata,
    sa.Column("step_id", sa.String(36), primary_key=True),
    sa.Column("network", sa.String(64), sa.ForeignKey(NETWORK), nullable=False),
    sa.Column("step", sa.String(12), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Index("connection_step_of", "network", "step_id"),
)
"""`state` is the one that the step led to, `note` is sealed: it may name people."""

acceptance_cases = sa.Table(
    "acceptance_case",
    metadata,
    sa.Column("case_key", sa.String(64), primary_key=True),
    sa.Column("network", sa.String(64), sa.ForeignKey(NETWORK), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
"""`document` is the whole `domain.acceptance.AcceptanceCase`, sealed."""

acceptance_runs = sa.Table(
    "acceptance_run",
    metadata,
    sa.Column("run_id", sa.String(36), primary_key=True),
    sa.Column("network", sa.String(64), sa.ForeignKey(NETWORK), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("cases", sa.Integer, nullable=False),
    sa.Column("passed", sa.Integer, nullable=False),
    sa.Column("provider_by", sa.String(100), nullable=False),
    sa.Column("provider_at", UtcDateTime),
    sa.Column("authority_by", sa.String(100), nullable=False),
    sa.Column("authority_at", UtcDateTime),
    sa.Index("acceptance_run_newest", "network", "number", unique=True),
)

acceptance_outcomes = sa.Table(
    "acceptance_outcome",
    metadata,
    sa.Column("run_id", sa.String(36), sa.ForeignKey("acceptance_run.run_id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("case_key", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("wrong", sa.String(500), nullable=False),
    sa.Column("answer_digest", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

probes = sa.Table(
    "probe",
    metadata,
    sa.Column("probe_id", sa.String(36), primary_key=True),
    sa.Column("network", sa.String(64), sa.ForeignKey(NETWORK), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("ms", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Index("probe_newest", "network", "probe_id"),
    sa.Index("probe_since", "network", "at"),
)

told_served = sa.Table(
    "served",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("served", Json, nullable=False),
    sa.Column("to_bring", Json, nullable=False),
)
"""What was told last of a matter."""

SEALED = (
    Sealed(acceptance_cases.c.document, (acceptance_cases.c.case_key,), acceptance_cases.c.case_key),
    Sealed(connection_steps.c.note, (connection_steps.c.step_id,), connection_steps.c.step_id),
)
"""What is kept encrypted of connections."""
