"""The tables of seals."""

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime

from esign_svc.store.tables import metadata

seals = sa.Table(
    "seal",
    metadata,
    sa.Column("seal_id", sa.String(36), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("unit_name", sa.String(100), nullable=False),
    sa.Column("uscc", sa.String(18), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("line", sa.String(20), nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("seal_code", sa.String(13), nullable=False, unique=True),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("algorithm", sa.String(8), nullable=False),
    sa.Column("capacities", Json, nullable=False),
    sa.Column("subjects", Json, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("applicant", sa.String(100), nullable=False),
    sa.Column("maker", sa.String(100), nullable=False),
    sa.Column("auditor", sa.String(100), nullable=False),
    sa.Column("filing_no", sa.String(40), nullable=False),
    sa.Column("key_id", sa.String(100), nullable=False),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("chain", Json, nullable=False),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sa.Column("used_from", UtcDateTime),
    sa.CheckConstraint("maker = '' OR maker <> applicant", name="seal_not_made_by_applicant"),
    sa.CheckConstraint("auditor = '' OR (auditor <> applicant AND auditor <> maker)", name="seal_filed_by_others"),
    sa.Index("seal_of_unit", "unit", "seal_id"),
    sa.Index("seal_in_use", "unit", "kind", "state", "used_from"),
)
"""Seals as they are now.

`line` is what stands below the star, `holder` the name on a person's seal; `applicant`, `maker` and `auditor` are
callers' ids; `used_from` says since when it is in use.
"""

seal_steps = sa.Table(
    "seal_step",
    metadata,
    sa.Column("step_id", sa.String(36), primary_key=True),
    sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("step", sa.String(12), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("seal_id", "number", name="seal_step_in_order"),
)

seal_uses = sa.Table(
    "seal_use",
    metadata,
    sa.Column("use_id", sa.String(36), primary_key=True),
    sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
    sa.Column("document_id", sa.String(36), nullable=False),
    sa.Column("document_kind", sa.String(30), nullable=False),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("case_id", sa.String(36), nullable=False),
    sa.Column("task_id", sa.String(36), nullable=False),
    sa.Column("approver", sa.String(100), nullable=False),
    sa.Column("approver_unit", sa.String(8), nullable=False),
    sa.Column("capacity", sa.String(20), nullable=False),
    sa.Column("format", sa.String(4), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("document_id", "seal_id", "format", name="seal_use_once_a_file"),
    sa.Index("seal_use_newest", "seal_id", "use_id"),
    sa.Index("seal_use_of_file", "sha256"),
)
"""Each use of a seal, for one document in one format; `sha256` is of the sealed file."""

national_seals = sa.Table(
    "national_seal",
    metadata,
    sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), primary_key=True),
    sa.Column("key_id", sa.String(100), nullable=False),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("chain", Json, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
    sa.Column("valid_from", UtcDateTime),
    sa.Column("valid_until", UtcDateTime),
    sa.Column("key_made_at", UtcDateTime, nullable=False),
)
"""The national side of seals: the SM2 key, and once it was made its certificate and the SESeal (base64 of DER).

`valid_from` and `valid_until` are those of all of them together; none while only the key is there.
"""

seal_certificates = sa.Table(
    "seal_certificate",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("seal_id", sa.String(36), sa.ForeignKey("seal.seal_id"), nullable=False),
)
"""All certificates that seals have or had, by their digest: whose seal a file bears."""

seal_keys = sa.Table(
    "seal_key",
    metadata,
    sa.Column("key_id", sa.String(36), primary_key=True),
    sa.Column("algorithm", sa.String(8), nullable=False),
    sa.Column("private", sa.Text, nullable=False),
)
"""Software keys, each under the envelope key, which is not the data key."""

SEALED: tuple[Sealed, ...] = (
    Sealed(seals.c.holder, (seals.c.seal_id,), seals.c.seal_id),
    Sealed(seal_steps.c.reason, (seal_steps.c.step_id,), seal_steps.c.step_id),
)
"""What is kept encrypted."""
ENVELOPED = (Sealed(seal_keys.c.private, (seal_keys.c.key_id,), seal_keys.c.key_id),)
"""What is kept under the envelope key."""
