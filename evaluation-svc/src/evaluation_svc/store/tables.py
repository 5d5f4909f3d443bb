"""Evaluation's tables that several concepts share: what siblings told, the city pack's documents, the journal.

Tables of one concept alone stand in its own module of this room.
"""

import sqlalchemy as sa
from chassis.data.schema import Json, UtcDateTime

metadata = sa.MetaData()

units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("short_name", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8)),
)
"""`kind` is department, company or coordinator."""

matters = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("matter_version", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("lead_unit", sa.String(8), nullable=False),
    sa.Column("tasks", Json, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
)
"""`tasks` are a list of task_key, name, item and unit."""

calendars = sa.Table(
    "calendar",
    metadata,
    sa.Column("region", sa.String(6), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

pack_documents = sa.Table(
    "pack_document",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("loaded_at", UtcDateTime, nullable=False),
)
"""What the city pack says of evaluation, a document a file; `version` counts the changes."""

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("entry_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("counted", sa.Boolean, nullable=False),
)
"""All that is counted, as it was told, never changed: the figures are a fold of it.

`entry_id` is the event's id, `kind` and `key` name what it is about, `at` is when it happened, `counted` whether it is
in the figures yet. `version` orders what one topic tells of a key.
"""
sa.Index("journal_of_key", journal.c.kind, journal.c.key, journal.c.entry_id)
sa.Index(
    "journal_uncounted",
    journal.c.entry_id,
    sqlite_where=sa.literal_column("NOT counted"),
    postgresql_where=sa.literal_column("NOT counted"),
)
