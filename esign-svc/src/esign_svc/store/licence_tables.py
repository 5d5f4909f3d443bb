"""The tables of licences: their types, their numbers, themselves, what was done to them, their use copies."""

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime

from esign_svc.store.tables import metadata

licence_types = sa.Table(
    "licence_type",
    metadata,
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("document", Json, nullable=False),
)
licence_items = sa.Table(
    "licence_item",
    metadata,
    sa.Column("item", sa.String(64), primary_key=True),
    sa.Column("code", sa.String(64), sa.ForeignKey("licence_type.code"), nullable=False),
)
issuers = sa.Table(
    "issuer",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("uscc", sa.String(18), nullable=False),
)
licence_counters = sa.Table(
    "licence_counter",
    metadata,
    sa.Column("type", sa.String(64), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
licences = sa.Table(
    "licence",
    metadata,
    sa.Column("licence_id", sa.String(36), primary_key=True),
    sa.Column("task_id", sa.String(36), nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("supersedes", sa.String(36)),
    sa.Column("type", sa.String(64), sa.ForeignKey("licence_type.code"), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("number", sa.String(60), nullable=False),
    sa.Column("identifier", sa.String(100), nullable=False, unique=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("unit_name", sa.String(100), nullable=False),
    sa.Column("region", sa.String(6)),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("task_name", sa.String(100), nullable=False),
    sa.Column("case_id", sa.String(36), nullable=False),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("holder_id", sa.String(100), nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_until", sa.Date),  # none: 长期
    sa.Column("issued_at", UtcDateTime),
    sa.Column("face", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("code_digest", sa.String(64), nullable=False),
    sa.Column("document_id", sa.String(36)),
    sa.Column("corrections", sa.Text, nullable=False),
    sa.UniqueConstraint("task_id", "edition", name="licence_once_a_decision"),
    sa.UniqueConstraint("type", "number", "edition", name="licence_number_once"),
    sa.Index("licence_of_holder", "holder_id", "licence_id"),
    sa.Index("licence_of_unit", "unit", "licence_id"),
    sa.Index("licence_of_unit_in_state", "unit", "state", "licence_id"),
    sa.Index("licence_of_unit_of_type", "unit", "type", "licence_id"),
    sa.Index("licence_of_unit_of_type_in_state", "unit", "type", "state", "licence_id"),
    sa.Index("licence_to_expire", "state", "valid_until"),
)
PROPOSED = "proposed"
licence_steps = sa.Table(
    "licence_step",
    metadata,
    sa.Column("step_id", sa.String(36), primary_key=True),
    sa.Column("licence_id", sa.String(36), sa.ForeignKey("licence.licence_id"), nullable=False),
    sa.Column("action", sa.String(12), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("corrections", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.String(100), nullable=False),
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("ended_by", sa.String(100)),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("licence_step_of", "licence_id", "step_id"),
    sa.CheckConstraint(
        "action = 'resume' OR status <> 'confirmed' OR ended_by <> proposed_by", name="licence_step_by_two"
    ),
)
OPEN = licence_steps.c.status == sa.literal_column(f"'{PROPOSED}'")
"""Waits for its second person; written out, so that both databases know the index."""
sa.Index("licence_step_open", licence_steps.c.licence_id, unique=True, postgresql_where=OPEN, sqlite_where=OPEN)
licence_copies = sa.Table(
    "licence_copy",
    metadata,
    sa.Column("copy_id", sa.String(36), primary_key=True),
    sa.Column("licence_id", sa.String(36), sa.ForeignKey("licence.licence_id"), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("made_at", UtcDateTime),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("code_digest", sa.String(64), nullable=False),
    sa.Column("document_id", sa.String(36)),
    sa.Index("licence_copy_of", "licence_id", "copy_id"),
    sa.Index("licence_copy_asked", "licence_id", "asked_at"),
    sa.Index("licence_copy_code", "licence_id", "code_digest"),
)
SEALED: tuple[Sealed, ...] = (
    Sealed(licences.c.face, (licences.c.licence_id,), licences.c.licence_id),
    Sealed(licences.c.code, (licences.c.licence_id,), licences.c.licence_id),
    Sealed(licence_steps.c.reason, (licence_steps.c.step_id,), licence_steps.c.step_id),
    Sealed(licences.c.corrections, (licences.c.licence_id,), licences.c.licence_id),
    Sealed(licence_steps.c.corrections, (licence_steps.c.step_id,), licence_steps.c.step_id),
    Sealed(licence_steps.c.basis, (licence_steps.c.step_id,), licence_steps.c.step_id),
    Sealed(licence_copies.c.purpose, (licence_copies.c.copy_id,), licence_copies.c.copy_id),
    Sealed(licence_copies.c.code, (licence_copies.c.copy_id,), licence_copies.c.copy_id),
)
